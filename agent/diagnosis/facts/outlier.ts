/** One task against its siblings: is exactly one of them in trouble? Needs every running sibling to be known and fine. */
import type { SignalName, TaskFact } from '../../domain/evidence.ts';
import { isMoreThanChance } from './significance.ts';
import { excess, healthOf, isAbove, isJammed, riseFactor } from './symptoms.ts';
import { before, type Cited, countsForP95, now, recentRequests, runningTasks, type Signals, taskSignalsOf, type View } from './view.ts';

export interface Outlier {
  taskId: string;
  signals: Signals;
  siblings: Signals[];
  /** What sets it apart, in sentences. */
  marks: string[];
  /** Requests wait in it, yet nothing it finished was failing, slow or late: long polls and streams look like that. */
  onlyWaits: boolean;
  fact: Cited<TaskFact> | undefined;
}

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
    const fact = running.find((task) => task.taskId === taskId);
    const { waits, finishes } = marksOf(signals, siblings, view, isOlderThanOnset(fact, view));
    const marks = [...waits, ...finishes];
    const onlyWaits = finishes.length === 0 && !isJammed(signals);
    if (marks.length > 0) found.push({ taskId, signals, siblings, marks, onlyWaits, fact });
  }
  // With two tasks, both "alone" means neither is.
  return found.length === 1 ? found[0] : undefined;
}

interface Marks {
  /** Of requests that wait in the task. */
  waits: string[];
  /** Of requests it finished, or failed to finish. */
  finishes: string[];
}

/** A mark stands out from the siblings and, where the task's own past is known, from that too: what was always so is no illness. */
function marksOf(signals: Signals, siblings: readonly Signals[], view: View, hasPast: boolean): Marks {
  const { settings } = view;
  const factor = settings.outlierFactor;
  const marks: Marks = { waits: [], finishes: [] };
  const isFar = (name: SignalName) => (now(signals, name) ?? 0) >= factor * median(siblings, name);
  const isBad = (name: 'error-ratio' | 'latency-p95') =>
    isAbove(signals, name, settings) && isFar(name) && (excess(signals, name, settings) ?? 0) > 0;

  if (isBad('error-ratio') && failsMoreThanChance(view, signals, siblings)) {
    marks.finishes.push(
      `${percent(now(signals, 'error-ratio'))} of its requests fail, ${percent(median(siblings, 'error-ratio'))} of its siblings'`,
    );
  }
  const waiting = now(signals, 'in-flight') ?? 0;
  const hasQueued = waiting >= riseFactor * (before(signals, 'in-flight') ?? 0);
  if (waiting >= waitingAtLeast && isFar('in-flight') && hasQueued) {
    marks.waits.push(`${waiting.toFixed(1)} requests wait in it, ${median(siblings, 'in-flight').toFixed(1)} in a sibling`);
  }
  const finished = now(signals, 'request-rate');
  const finishedBefore = hasPast ? before(signals, 'request-rate') : null;
  const hasDropped = finishedBefore === null || (finishedBefore > 0 && (finished ?? 0) * riseFactor <= finishedBefore);
  if (finished !== null && finished * factor <= median(siblings, 'request-rate') && waiting > median(siblings, 'in-flight') && hasDropped) {
    marks.finishes.push(
      `it finishes ${finished.toFixed(2)} requests/s, a sibling ${median(siblings, 'request-rate').toFixed(2)}, while more wait in it`,
    );
  }
  // Of few requests the p95 is the slowest one: alone it is chance, beside another mark a handful will do.
  const isMarked = marks.finishes.length + marks.waits.length > 0;
  if (isBad('latency-p95') && countsForP95(view, signals, isMarked ? settings.minFailures : undefined)) {
    marks.finishes.push(`its p95 is ${seconds(now(signals, 'latency-p95'))}, its siblings' ${seconds(median(siblings, 'latency-p95'))}`);
  }
  return marks;
}

function isOlderThanOnset(fact: TaskFact | undefined, view: View): boolean {
  return fact === undefined || (fact.startedAt !== null && Date.parse(fact.startedAt) < view.onsetMs);
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
