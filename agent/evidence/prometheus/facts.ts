/** From the rows Prometheus answered to facts. A missing number stays null; only a question that was answered can mean zero. */
import type { Fact, SignalName, SignalReading } from '../../domain/evidence.ts';
import type { Sample } from './client.ts';
import type { Measure, Question, Scope, When } from './queries.ts';

export interface Answered {
  question: Question;
  samples: readonly Sample[];
}

type Rows = Map<string, number | null>;

const everySignal: readonly SignalName[] = ['error-ratio', 'latency-p95', 'request-rate', 'in-flight', 'memory', 'cpu'];
const trafficSignals: readonly SignalName[] = ['error-ratio', 'latency-p95', 'request-rate'];

export function factsOf(answered: readonly Answered[]): Fact[] {
  const table = new Map<string, Rows>();
  for (const { question, samples } of answered)
    table.set(cell(question.scope, question.measure, question.when), rows(question.by, samples));

  const facts: Fact[] = [];
  for (const [service = ''] of keys(table, 'service')) {
    for (const reading of readings(table, 'service', [service], everySignal)) facts.push({ kind: 'service-signal', service, ...reading });
  }
  facts.push(...reporting(table));
  for (const key of keys(table, 'call')) {
    const [caller = '', callee = ''] = key;
    for (const reading of readings(table, 'call', key, trafficSignals)) facts.push({ kind: 'call-signal', caller, callee, ...reading });
  }
  for (const key of keys(table, 'task')) {
    const [service = '', taskId = ''] = key;
    for (const reading of readings(table, 'task', key, everySignal)) facts.push({ kind: 'task-signal', service, taskId, ...reading });
  }
  for (const key of keys(table, 'route')) {
    const [service = '', method = '', route = ''] = key;
    for (const reading of readings(table, 'route', key, trafficSignals))
      facts.push({ kind: 'route-signal', service, method, route, ...reading });
  }
  return facts;
}

function rows(by: readonly string[], samples: readonly Sample[]): Rows {
  const found: Rows = new Map();
  for (const { labels, value } of samples) {
    const names = by.map((label) => labels[label] ?? '');
    // A series without one of the names belongs to nobody we could name.
    if (names.every((name) => name !== '')) found.set(JSON.stringify(names), value);
  }
  return found;
}

function cell(scope: Scope, measure: Measure, when: When): string {
  return `${scope}/${measure}/${when}`;
}

/** Every row any of the scope's questions answered, sorted. */
function keys(table: ReadonlyMap<string, Rows>, scope: Scope): string[][] {
  const all = new Set<string>();
  for (const [name, found] of table) if (name.startsWith(`${scope}/`)) for (const key of found.keys()) all.add(key);
  return [...all].sort().map((key) => JSON.parse(key) as string[]);
}

function readings(
  table: ReadonlyMap<string, Rows>,
  scope: Scope,
  names: readonly string[],
  signals: readonly SignalName[],
): SignalReading[] {
  const key = JSON.stringify(names);
  const value = (measure: Measure, when: When) => table.get(cell(scope, measure, when))?.get(key) ?? null;
  return signals.map((signal) => {
    if (signal === 'request-rate') return { signal, now: value('requests', 'now'), before: value('requests', 'before') };
    if (signal === 'error-ratio')
      return { signal, now: errorRatio(table, scope, key, 'now'), before: errorRatio(table, scope, key, 'before') };
    return { signal, now: value(signal, 'now'), before: value(signal, 'before') };
  });
}

/** No failed request ever means no series of failed requests: that is zero, but only if both questions were answered. */
function errorRatio(table: ReadonlyMap<string, Rows>, scope: Scope, key: string, when: When): number | null {
  const errors = table.get(cell(scope, 'errors', when));
  const requests = table.get(cell(scope, 'requests', when))?.get(key) ?? null;
  if (errors === undefined || requests === null || requests <= 0) return null;
  const failed = errors.has(key) ? (errors.get(key) ?? null) : 0;
  return failed === null ? null : failed / requests;
}

function reporting(table: ReadonlyMap<string, Rows>): Fact[] {
  const up = table.get(cell('service', 'targets-up', 'now'));
  const all = table.get(cell('service', 'targets', 'now'));
  if (up === undefined || all === undefined) return [];
  return [...all].map(([key, count]) => {
    const [service = ''] = JSON.parse(key) as string[];
    const reached = up.get(key) ?? 0;
    return { kind: 'reporting', service, up: reached, down: Math.max(0, (count ?? 0) - reached) };
  });
}
