/** Ends what a run leaves behind: a change nobody finished or verified must not look in flight for ever. */
import type { ActionStore } from '../action/action-store.ts';
import type { Fence } from '../incident/store.ts';

export async function settleChanges(actions: ActionStore, fence: Fence): Promise<void> {
  for (const { key, step, status, verified } of await actions.ofIncident(fence.incidentId)) {
    if (status === 'intended') await actions.finish(key, 'unknown', 'the run ended before the outcome was known', fence);
    if (step === 'execute' && status !== 'failed' && verified === null) await actions.judge(key, 'unproven', fence);
  }
}
