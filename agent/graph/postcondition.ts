/** Whether a recovery may be credited to our change: only to one that was made, and that is still as it was made. Reads only. */
import type { Recovery } from '../verification/sample.ts';
import type { NodeDependencies } from './dependencies.ts';
import type { Change } from './state.ts';

export interface Credit {
  result: Exclude<Recovery, 'pending'>;
  /** Why less is credited than was found; null when nothing is taken away. */
  reason: string | null;
}

/** What came back without our change, or after somebody changed it once more, is proof of nothing. Never throws for want of an answer. */
export async function creditOf(
  { catalog, logger }: Pick<NodeDependencies, 'catalog' | 'logger'>,
  { plan, outcome }: Pick<Change, 'plan' | 'outcome'>,
  result: Credit['result'],
  signal: AbortSignal,
): Promise<Credit> {
  if (result !== 'recovered') return { result, reason: null };
  const unproven = (reason: string): Credit => ({ result: 'unproven', reason: `It came back, but ${reason}.` });
  if (outcome?.applied !== 'yes') return unproven('nobody knows whether the change was made');
  const action = catalog.find(({ id }) => id === plan.action);
  if (!action) return unproven(`${plan.action} is not in the catalogue any more, so nobody can see whether the change is still in place`);
  try {
    const { applied, detail } = await action.look(plan, signal);
    return applied === 'yes' ? { result, reason: null } : unproven(`the change is not in place as it was made: ${detail}`);
  } catch (error) {
    signal.throwIfAborted();
    logger.error({ err: error, action: plan.action }, 'whether a change is still in place could not be read');
    return unproven('whether the change is still in place could not be read');
  }
}
