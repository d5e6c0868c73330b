/** What the rules about a whole service share: is every running task in trouble, how did traffic move, are the callees fine? */
import { calleeHealth, healthOf } from '../symptoms.ts';
import { before, callsFrom, now, runningTasks, taskSignalsOf } from '../view.ts';
import type { Scene } from './rule.ts';

/** Every task ECS lists as running is bad or clearly strained; a task without readings is unknown, so the answer is no. */
export function everyTaskSuffers({ view, service }: Scene): boolean {
  const running = runningTasks(view, service);
  const known = taskSignalsOf(view, service);
  return (
    running.length > 0 &&
    running.every((task) => {
      const health = healthOf(known.get(task.taskId) ?? new Map(), view.settings);
      return health === 'bad' || health === 'strained';
    })
  );
}

/** Request rate now as a multiple of the baseline; null when either is missing or the baseline had no traffic. */
export function trafficFactor({ signals }: Scene): number | null {
  const rate = now(signals, 'request-rate');
  const baseline = before(signals, 'request-rate');
  return rate === null || baseline === null || baseline <= 0 ? null : rate / baseline;
}

/** fine: all callees known and fine · none: it calls nobody we see · bad / unknown: at least one is */
export function calleesOf({ view, service }: Scene): 'fine' | 'none' | 'bad' | 'unknown' {
  if (view.calls.size === 0) return 'unknown';
  const all = [...callsFrom(view, service).keys()]
    .filter((callee) => callee !== service)
    .map((callee) => calleeHealth(view, service, callee));
  if (all.length === 0) return 'none';
  if (all.includes('bad')) return 'bad';
  return all.includes('unknown') ? 'unknown' : 'fine';
}
