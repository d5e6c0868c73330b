/** One task against its siblings: is exactly one of them in trouble? Needs every running sibling to be known and fine. */
import type { SignalName, TaskFact } from '../domain/evidence.ts';
import { isMoreThanChance } from './significance.ts';
import { healthOf, isAbove } from './symptoms.ts';
import { type Cited, now, recentRequests, runningTasks, type Signals, taskSignalsOf, type View } from './view.ts';

export interface Outlier {
  taskId: string;
  signals: Signals;
  siblings: Signals[];
  /** What sets it apart, in sentences. */
  marks: string[];
  fact: Cited<TaskFact> | undefined;
}

/** Fewest requests of which the 95th percentile is not just the slowest one. */
const requestsForP95 = 20;
/** Smallest number of waiting requests that sets a task apart. */
const waitingAtLeast = 3;

export function outlierTask(view: View, service: string): Outlier | undefined {
  const { settings } = view;
  const running = runningTasks(view, service);
  const known = taskSignalsOf(view, service);
  // Stopped tasks linger in the metrics of the window; without the list of running ones, all count.
  const ids = running.length > 0 ? running.map((task) => task.taskId) : [...known.keys()];
  if (ids.length < 2) return undefined;

  const found: Outlier[] = [];
  for (const taskId of ids) {
    const signals = known.get(taskId);
    if (!signals) continue;
    const siblings = ids.filter((id) => id !== taskId).map((id) => known.get(id) ?? new Map());
    if (!siblings.every((sibling) => healthOf(sibling, settings) === 'fine')) continue;
    const marks = marksOf(signals, siblings, view);
    if (marks.length > 0) found.push({ taskId, signals, siblings, marks, fact: running.find((task) => task.taskId === taskId) });
  }
  // With two tasks, both "alone" means neither is.
  return found.length === 1 ? found[0] : undefined;
}

function marksOf(signals: Signals, siblings: readonly Signals[], view: View): string[] {
  const { settings } = view;
  const factor = settings.outlierFactor;
  const marks: string[] = [];
  const isFar = (name: SignalName) => (now(signals, name) ?? 0) >= factor * median(siblings, name);

  if (isAbove(signals, 'error-ratio', settings) && isFar('error-ratio') && failsMoreThanChance(view, signals, siblings)) {
    marks.push(
      `${percent(now(signals, 'error-ratio'))} of its requests fail, ${percent(median(siblings, 'error-ratio'))} of its siblings'`,
    );
  }
  const waiting = now(signals, 'in-flight') ?? 0;
  if (waiting >= waitingAtLeast && isFar('in-flight')) {
    marks.push(`${waiting.toFixed(1)} requests wait in it, ${median(siblings, 'in-flight').toFixed(1)} in a sibling`);
  }
  const finished = now(signals, 'request-rate');
  if (finished !== null && finished * factor <= median(siblings, 'request-rate') && waiting > median(siblings, 'in-flight')) {
    marks.push(
      `it finishes ${finished.toFixed(2)} requests/s, a sibling ${median(siblings, 'request-rate').toFixed(2)}, while more wait in it`,
    );
  }
  // Of fewer requests the p95 is the slowest one: alone it is chance, beside another mark it counts.
  const isSlow = isAbove(signals, 'latency-p95', settings) && isFar('latency-p95');
  const counted = recentRequests(view, signals);
  if (isSlow && (marks.length > 0 || counted === null || counted.total >= requestsForP95)) {
    marks.push(`its p95 is ${seconds(now(signals, 'latency-p95'))}, its siblings' ${seconds(median(siblings, 'latency-p95'))}`);
  }
  return marks;
}

/** What is not counted is taken as it is read. */
function failsMoreThanChance(view: View, signals: Signals, siblings: readonly Signals[]): boolean {
  const own = recentRequests(view, signals);
  if (own === null) return true;
  const others = siblings.map((sibling) => recentRequests(view, sibling) ?? { failed: 0, total: 0 });
  const sum = (name: 'failed' | 'total') => others.reduce((all, other) => all + other[name], 0);
  return isMoreThanChance(own.failed, own.total, sum('failed'), sum('total'));
}

/** Of the known values; 0 when none is known. */
export function median(all: readonly Signals[], name: SignalName): number {
  const values = all
    .map((signals) => now(signals, name))
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  const middle = values.length / 2;
  if (values.length === 0) return 0;
  return values.length % 2 === 1 ? (values[Math.floor(middle)] ?? 0) : ((values[middle - 1] ?? 0) + (values[middle] ?? 0)) / 2;
}

export function percent(ratio: number | null): string {
  return ratio === null ? 'an unknown share' : `${(ratio * 100).toFixed(1)} %`;
}

export function seconds(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(3)} s`;
}
