/** Log lines by node and shape: the message with its changing parts masked. Cost grows with the number of lines, not with their variety. */
import type { LogLine } from '../case.ts';

export interface LogShape {
  node: string;
  /** The first message of this shape, as it was written. */
  example: string;
  /** 0 for what is only information, 0.7 for a warning, 1 for an error. */
  badness: number;
  count: number;
  first: number;
  times: number[];
}

/** Longer messages are cut before masking. */
const longestMessage = 600;

function shapeOf(message: string): string {
  return message
    .slice(0, longestMessage)
    .replace(/"[^"]{0,80}"|'[^']{0,80}'/g, '"')
    .replace(/\b[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+/g, '#');
}

export function badnessOf(level: string, message: string): number {
  if (/^(?:fatal|crit|emerg|alert|err|panic|severe)/i.test(level)) return 1;
  if (/^warn/i.test(level)) return 0.7;
  if (level === '' && /\b(?:error|panic|fatal|exception|traceback|failed|denied|refused|timed out)\b/i.test(message)) return 0.9;
  return 0;
}

export function logShapes(logs: readonly LogLine[]): LogShape[] {
  const shapes = new Map<string, LogShape>();
  for (const { node, level, msg, t } of logs) {
    const key = `${node}\n${level}\n${shapeOf(msg)}`;
    const shape = shapes.get(key);
    if (!shape) shapes.set(key, { node, example: msg, badness: badnessOf(level, msg), count: 1, first: t, times: [t] });
    else {
      shape.count += 1;
      shape.times.push(t);
      // The earliest stands for the shape, whatever the order of the lines.
      if (t < shape.first || (t === shape.first && msg < shape.example)) {
        shape.first = t;
        shape.example = msg;
      }
    }
  }
  return [...shapes.values()];
}
