/** Copies of a case that ask the same question in other words: an engine that reads names or the order of lists answers them otherwise. */
import type { Case } from '../agent/diagnosis/case/case.ts';
import type { Random } from '../chaos/crash/random.ts';

export interface Renamed {
  question: Case;
  /** From old names to those of the copy. */
  names: ReadonlyMap<string, string>;
}

/** Gives every node another name, wherever it stands: also in the names of metrics, and as a word of its own in texts. */
export function rename(question: Case, random: Random): Renamed {
  const names = new Map<string, string>();
  const renamed = (name: string): string => {
    if (name === '') return name;
    const fresh = names.get(name) ?? freshName(random, names);
    names.set(name, fresh);
    return fresh;
  };
  for (const node of nodesOf(question)) renamed(node);
  const text = textRenamer(names);
  const metric = (name: string) => {
    const colon = name.indexOf(':');
    const of = name.slice(colon + 1);
    return colon < 0 || !names.has(of) ? name : `${name.slice(0, colon)}:${renamed(of)}`;
  };
  const { alert, edges, metrics, logs, spans, changes } = question;
  return {
    names,
    question: {
      id: question.id,
      alert: {
        ...alert,
        node: renamed(alert.node),
        metric: metric(alert.metric),
        ...(alert.summary ? { summary: text(alert.summary) } : {}),
      },
      edges: edges.map(([caller, callee]): [string, string] => [renamed(caller), renamed(callee)]),
      metrics: metrics.map((series) => ({ ...series, node: renamed(series.node), metric: metric(series.metric) })),
      logs: logs.map((line) => ({ ...line, node: renamed(line.node), msg: text(line.msg) })),
      spans: spans.map((span) => ({ ...span, node: renamed(span.node), name: text(span.name) })),
      changes: changes.map((change) => ({
        ...change,
        node: renamed(change.node),
        message: change.message && text(change.message),
        files: change.files?.map(text),
        diff: change.diff && text(change.diff),
      })),
    },
  };
}

/** Lists in another order; the points of a series keep theirs. */
export function shuffle({ id, alert, edges, metrics, logs, spans, changes }: Case, random: Random): Case {
  return {
    id,
    alert,
    edges: random.shuffled(edges),
    metrics: random.shuffled(metrics),
    logs: random.shuffled(logs),
    spans: random.shuffled(spans),
    changes: random.shuffled(changes),
  };
}

/** All times later by so many seconds. */
export function shift({ id, alert, edges, metrics, logs, spans, changes }: Case, seconds: number): Case {
  return {
    id,
    alert: { ...alert, at: alert.at + seconds },
    edges,
    metrics: metrics.map((series) => ({ ...series, t: series.t.map((t) => t + seconds) })),
    logs: logs.map((line) => ({ ...line, t: line.t + seconds })),
    spans: spans.map((span) => ({ ...span, start: span.start + seconds })),
    changes: changes.map((change) => ({ ...change, t: change.t + seconds })),
  };
}

/** Values a little off, each by its own factor around 1, and some gone: what another day and a worse network would have measured. */
export function disturb(question: Case, random: Random, { spread, lost }: { spread: number; lost: number }): Case {
  const metrics = question.metrics.map((series) => {
    const v = series.v.map((value) => {
      if (value === null || random.next() < lost) return null;
      const factor = 1 + spread * (2 * random.next() - 1);
      return series.metric === 'availability' ? 100 - (100 - value) * factor : value * factor;
    });
    return { ...series, v };
  });
  return { ...question, metrics };
}

/** The alert's text as the last line of the alerting node's log, as a case without `summary` brings it. */
export function summaryAsLog(question: Case): Case {
  const { node, metric, stat, at, summary } = question.alert;
  if (!summary) return question;
  return { ...question, alert: { node, metric, stat, at }, logs: [...question.logs, { t: at, node, level: 'ALERT', msg: summary }] };
}

function nodesOf({ alert, edges, metrics, logs, spans, changes }: Case): string[] {
  const all = [alert.node, ...edges.flat(), ...[...metrics, ...logs, ...spans, ...changes].map(({ node }) => node)];
  return [...new Set(all)].sort();
}

const syllables = ['ba', 'de', 'fi', 'go', 'ku', 'la', 'me', 'ni', 'po', 'ru', 'sa', 'te', 'vi', 'wo', 'zu'];

function freshName(random: Random, taken: ReadonlyMap<string, string>): string {
  const used = new Set(taken.values());
  for (;;) {
    const name = Array.from({ length: 4 }, () => syllables[random.below(syllables.length)]).join('');
    if (!used.has(name)) return name;
  }
}

/** Endings that say only what sort of thing a node is; texts often leave them out. */
const kindEnding = /[-_.]?(service|svc|server|api)$/i;
const shortestStem = 4;

/** Replaces the names, and what is left of them without their ending, where they stand as words. */
function textRenamer(names: ReadonlyMap<string, string>): (text: string) => string {
  const words = new Map<string, string>();
  for (const [name, fresh] of names) {
    const stem = name.replace(kindEnding, '');
    if (stem !== name && stem.length >= shortestStem && !names.has(stem)) words.set(stem.toLowerCase(), fresh);
    words.set(name.toLowerCase(), fresh);
  }
  if (words.size === 0) return (text) => text;
  const longestFirst = [...words.keys()]
    .sort((one, other) => other.length - one.length)
    .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const anywhere = new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return (text) => text.replace(anywhere, (word) => words.get(word.toLowerCase()) ?? word);
}
