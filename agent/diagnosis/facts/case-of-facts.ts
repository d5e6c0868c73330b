/** The facts of an incident as one case, so that the parts which work on cases judge the running agent's incidents as they judge recorded ones. */
import type { ChangeFact, LogPattern } from '../../domain/evidence.ts';
import type { Case, LogLine } from '../case/case.ts';
import { isSameSha } from '../change/candidates.ts';
import type { DiagnosisInput } from '../input.ts';

/** A pattern's counts stand for lines; so many lines at most tell of one pattern. */
const linesOfPattern = 20;

/** Times in Unix seconds. What the facts do not hold stays empty: nothing is made up but the places of counted lines within their window. */
export function caseOfFacts(input: DiagnosisInput): Case {
  const onset = Date.parse(input.onset) / 1000;
  const now = Date.parse(input.now) / 1000;
  const service = input.alert.resource.service;
  const found: Case = {
    id: 'incident',
    alert: { node: service, metric: metricOf(input.alert.name), stat: '', at: onset, summary: input.alert.name },
    edges: [],
    metrics: [],
    logs: [],
    spans: [],
    changes: [],
  };
  const shas = new Map<string, string>();
  for (const fact of input.facts) if (fact.kind === 'task-definition' && fact.sha !== '') shas.set(fact.taskDefinition, fact.sha);
  const edges = new Set<string>();
  for (const fact of input.facts) {
    switch (fact.kind) {
      case 'series': {
        const { metric, stat, points } = fact;
        found.metrics.push({ node: fact.service, metric, stat, t: points.map(([t]) => t), v: points.map(([, v]) => v) });
        break;
      }
      case 'call-edge':
      case 'call-signal': {
        const key = JSON.stringify([fact.caller, fact.callee]);
        if (!edges.has(key)) found.edges.push([fact.caller, fact.callee]);
        edges.add(key);
        break;
      }
      case 'span': {
        const { trace, span, parent, name, start, durationMs, status } = fact;
        found.spans.push({ trace, span, parent, node: fact.service, name, start, durationMs, status });
        break;
      }
      case 'log-pattern':
        found.logs.push(...linesOf(fact, onset, now));
        break;
      case 'change': {
        const { t, message, files, diff, changeKind } = fact;
        found.changes.push({ t, node: fact.service, sha: changeId(fact), message, files, diff, kind: changeKind });
        break;
      }
      case 'deployment': {
        // What was built from no known commit cannot be matched with one.
        const sha = shas.get(fact.taskDefinition) ?? '';
        const t = Date.parse(fact.createdAt) / 1000;
        const isTold = input.facts.some((told) => told.kind === 'change' && told.service === fact.service && isSameSha(told.sha, sha));
        if (sha !== '' && !isTold && Number.isFinite(t)) found.changes.push({ t, node: fact.service, sha, kind: 'deploy' });
        break;
      }
      default:
        break;
    }
  }
  found.logs.sort((a, b) => a.t - b.t);
  return found;
}

/** The commit; of a change without one, where and when it was made, so that it can be told from others. */
export function changeId({ sha, service, t }: ChangeFact): string {
  return sha === '' ? `${service}@${Math.round(t)}` : sha;
}

/** What the alert is about, as far as its name tells; empty when it does not. */
function metricOf(alert: string): string {
  if (/latency|slow|duration|response.?time/i.test(alert)) return 'latency';
  return /error|fail|5xx|availab/i.test(alert) ? 'availability' : '';
}

/** As many lines in each window as the counts say, both scaled down alike where they are many. */
function linesOf({ service, level, sample, count, countBefore }: LogPattern, onset: number, now: number): LogLine[] {
  const length = Math.max(1, now - onset);
  const scale = Math.min(1, linesOfPattern / Math.max(1, count, countBefore));
  const lines = (counted: number, from: number): LogLine[] => {
    const number = counted > 0 ? Math.max(1, Math.round(counted * scale)) : 0;
    return Array.from({ length: number }, (_, index) => ({
      t: from + (length * (index + 0.5)) / number,
      node: service,
      level,
      msg: sample,
    }));
  };
  return [...lines(countBefore, onset - length), ...lines(count, onset)];
}
