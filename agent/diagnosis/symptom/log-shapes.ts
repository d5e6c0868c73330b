/** Log lines by node, level and kind of message. Cost grows with the number of lines, not with their variety. */
import type { LogLine } from '../case/case.ts';
import { groupLines } from '../log-templates/miner.ts';

export interface LogShape {
  node: string;
  /** The same for all nodes that say this at this level. */
  kind: string;
  /** The first message of this shape as it was written, cut where it gets long. */
  example: string;
  /** 0 for what is only information, 0.7 for a warning, 1 for an error. */
  badness: number;
  count: number;
  first: number;
  times: number[];
}

/** More of a message is not read: a stack trace or a dump must not cost more than it tells. */
const longestMessage = 600;

/** How a line complains that has no level. */
const complaint =
  /\b(?:error|panic|fatal|exception|traceback|fail(?:ed|ure|s)?|denied|refused|rejected|timed? ?out|exceeded|exhausted|expired|killed|deadlock|unavailable|unreachable|cannot|could not|unable|invalid|missing|not found|does not exist|no such|no space|too many|slow)\b|[a-z]Error\b|[a-z]Exception\b/i;

/** Levels as words, as initials, and as numbers: OpenTelemetry counts warnings from 13 and errors from 17, many loggers errors from 50. */
export function badnessOf(level: string, message: string): number {
  if (/^(?:fatal|crit|emerg|alert|err|panic|severe|[efc]$)/i.test(level)) return 1;
  if (/^(?:warn|w$)/i.test(level)) return 0.7;
  const number = level.trim() === '' ? Number.NaN : Number(level);
  if ((number >= 17 && number <= 24) || number >= 50) return 1;
  if (number >= 13 && number <= 16) return 0.7;
  // No level, or a number that loggers do not agree on.
  if (!(number >= 5 && number <= 12) && (level === '' || !Number.isNaN(number)) && complaint.test(message)) return 0.9;
  return 0;
}

export function logShapes(logs: readonly LogLine[]): LogShape[] {
  // In order of time: which of two kinds is the older must not hang on the order of the list.
  const lines = logs.map(({ t, node, level, msg }) => ({ t, node, level, msg: msg.slice(0, longestMessage) }));
  lines.sort((a, b) => a.t - b.t || (a.msg < b.msg ? -1 : a.msg > b.msg ? 1 : 0));
  const kinds = groupLines(lines.map(({ msg }) => msg));
  const shapes = new Map<string, LogShape>();
  for (const [i, { t, node, level, msg }] of lines.entries()) {
    const key = `${kinds[i]}\n${level}\n${node}`;
    const shape = shapes.get(key);
    if (!shape)
      shapes.set(key, {
        node,
        kind: `${kinds[i]}\n${level}`,
        example: msg,
        badness: badnessOf(level, msg),
        count: 1,
        first: t,
        times: [t],
      });
    else {
      shape.count += 1;
      shape.times.push(t);
    }
  }
  return [...shapes.values()];
}
