/** What the rules about a whole service share: is every running task in trouble, how did traffic move, are the callees fine? */
import { calleeHealth, callHealth, excess, isJammed } from '../facts/symptoms.ts';
import { before, callsFrom, countsForP95, now, runningTasks, type Signals, taskSignalsOf, type View } from '../facts/view.ts';
import type { Scene } from './rule.ts';

/** Requests of one task behind its p95: fewer than alone, because all tasks have to agree and the service's own p95 is held to more. */
const requestsForP95OfEach = 10;

/** Every task ECS lists as running has clearly got worse; a task without readings is unknown, so the answer is no. */
export function everyTaskSuffers({ view, service }: Scene): boolean {
  const running = runningTasks(view, service);
  const known = taskSignalsOf(view, service);
  return running.length > 0 && running.every((task) => hasGotWorse(view, known.get(task.taskId) ?? new Map()));
}

function hasGotWorse(view: View, signals: Signals): boolean {
  if (isJammed(signals) || (excess(signals, 'error-ratio', view.settings) ?? 0) > 0) return true;
  return (excess(signals, 'latency-p95', view.settings) ?? 0) > 0 && countsForP95(view, signals, requestsForP95OfEach);
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
  // A callee that only traces or the configuration know counts too: that nobody measures it makes it unknown, not absent.
  const known = view.edges.filter(({ caller }) => caller === service).map(({ callee }) => callee);
  const all = [...new Set([...callsFrom(view, service).keys(), ...known])]
    .filter((callee) => callee !== service)
    .map((callee) => calleeHealth(view, service, callee));
  if (all.length === 0) return 'none';
  if (all.includes('bad')) return 'bad';
  return all.includes('unknown') ? 'unknown' : 'fine';
}

/** Callees whose calls go badly for this caller, while nobody can say whether they, the caller or the way between them is at fault. */
export function suspiciousCallees({ view, service }: Scene): string[] {
  return [...callsFrom(view, service)]
    .filter(([callee, signals]) => callee !== service && callHealth(signals, view.settings) === 'bad')
    .filter(([callee]) => calleeHealth(view, service, callee) === 'unknown')
    .map(([callee]) => callee)
    .sort();
}
