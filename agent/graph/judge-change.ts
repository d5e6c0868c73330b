/** Writes down how a change turned out, and says aloud when that moved how far its action may go by itself on that service. */
import { resourceKey } from '../domain/alert.ts';
import { ActionKey } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';
import { type LevelInForce, levelOf } from '../policy/earned/level-in-force.ts';
import { isFault } from '../policy/in-force.ts';
import type { Recovery } from '../verification/sample.ts';
import type { NodeDependencies } from './dependencies.ts';
import { orNull } from './policy-request.ts';
import type { Change } from './state.ts';

export async function judgeChange(
  deps: NodeDependencies,
  { key, plan }: Pick<Change, 'key' | 'plan'>,
  result: Exclude<Recovery, 'pending'>,
  fence: Fence,
): Promise<void> {
  const before = await levelNow(deps, plan);
  await deps.actions.judge(ActionKey.parse(key), result, fence);
  const after = await levelNow(deps, plan);
  if (!before || !after || before.level === after.level) return;
  const target = resourceKey(plan.target);
  const detail = { action: plan.action, target, from: before.level, to: after.level, because: after.because };
  const at = deps.clock.now().toISOString();
  await deps.trail.append({ at, incidentId: fence.incidentId, actor: 'verification', event: 'autonomy-changed', detail }, fence);
  deps.logger.warn({ incidentId: fence.incidentId, ...detail }, 'the level of an action has changed');
}

/** What cannot be read moves nothing: the next verdict reads it anew. */
async function levelNow(deps: NodeDependencies, plan: Plan): Promise<LevelInForce | null> {
  const record = await orNull(deps, deps.records.of(resourceKey(plan.target), plan.action));
  const policy = deps.policy();
  if (record === null || isFault(policy)) return null;
  const purpose = deps.catalog.find(({ id }) => id === plan.action)?.purpose ?? 'mend';
  return levelOf(record, { action: plan.action, purpose }, policy);
}
