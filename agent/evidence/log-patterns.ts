/** Gathers lines into patterns and counts them since the onset and before it. Memory is bounded whatever is logged. */
import type { LogPattern } from '../domain/evidence.ts';
import { cleanText } from './answer.ts';
import { readLine } from './log-line.ts';
import { templateOf } from './log-template.ts';

const maxDistinct = 2_000;
const maxSampleLength = 300;
const maxTaskIds = 20;

/** Milliseconds since the epoch. */
export interface CountWindows {
  onset: number;
  /** Start of the window before the onset that is as long as the one since; earlier lines only tell that a pattern is old. */
  beforeFrom: number;
}

/** One line as a log store keeps it. */
export interface StoredLine {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
  /** Empty when unknown. */
  taskId: string;
  /** What the store itself says of its level; the line's own words decide where it says nothing. */
  level?: string | undefined;
}

interface Pattern {
  level: string;
  template: string;
  since: Part;
  before: Part;
  firstAt: number;
}
interface Part {
  count: number;
  sample: string | undefined;
  taskIds: Set<string>;
}

export class Patterns {
  readonly #windows: CountWindows;
  readonly #byKey = new Map<string, Pattern>();
  /** Lines of kinds beyond the limit. */
  #uncounted = 0;

  constructor(windows: CountWindows) {
    this.#windows = windows;
  }

  add({ message, timestamp, taskId, level }: StoredLine): void {
    const line = readLine(message, level);
    if (line === undefined) return;
    const pattern = this.#pattern(line.level, templateOf(line.text));
    if (pattern === undefined) {
      this.#uncounted += 1;
      return;
    }
    const part = timestamp >= this.#windows.onset ? pattern.since : pattern.before;
    if (timestamp >= this.#windows.beforeFrom) part.count += 1;
    part.sample ??= cleanText(line.text, maxSampleLength);
    if (taskId !== '' && part.taskIds.size < maxTaskIds) part.taskIds.add(taskId);
    pattern.firstAt = Math.min(pattern.firstAt, timestamp);
  }

  #pattern(level: string, template: string): Pattern | undefined {
    const key = `${level} ${template}`;
    const known = this.#byKey.get(key);
    if (known !== undefined || this.#byKey.size >= maxDistinct) return known;
    const part = (): Part => ({ count: 0, sample: undefined, taskIds: new Set() });
    const pattern = { level, template, since: part(), before: part(), firstAt: Number.POSITIVE_INFINITY };
    this.#byKey.set(key, pattern);
    return pattern;
  }

  /** New kinds first, then the most frequent; `gap` says what was left out. */
  facts(service: string, limit: number): { facts: LogPattern[]; gap: string | undefined } {
    const isOld = (pattern: Pattern) => Number(pattern.firstAt < this.#windows.onset);
    const all = [...this.#byKey.values()].sort(
      (one, other) => isOld(one) - isOld(other) || other.since.count - one.since.count || one.template.localeCompare(other.template),
    );
    const facts = all.slice(0, limit).map(({ level, template, since, before, firstAt }): LogPattern => {
      const shown = since.count > 0 ? since : before;
      return {
        kind: 'log-pattern',
        service,
        level,
        template,
        sample: shown.sample ?? '',
        count: since.count,
        countBefore: before.count,
        firstAt: new Date(firstAt).toISOString(),
        taskIds: [...shown.taskIds],
      };
    });
    const left = all.length - facts.length;
    const lost = [
      ...(left > 0 ? [`${left} more patterns`] : []),
      ...(this.#uncounted > 0 ? [`${this.#uncounted} lines of still other kinds`] : []),
    ];
    return { facts, gap: lost.length > 0 ? `logs of ${service}: ${lost.join(' and ')} were left out` : undefined };
  }
}
