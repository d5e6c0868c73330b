/** Gathers lines into patterns and counts them since the onset and before it. Memory is bounded whatever is logged. */
import { catchAll, createTemplateMiner } from '../diagnosis/log-templates/miner.ts';
import type { LogPattern } from '../domain/evidence.ts';
import { cleanText } from './answer.ts';
import { readLine } from './log-line.ts';

const maxDistinct = 2_000;
const maxTemplateLength = 2_000;
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
  /** As the miner knew it when the first of its lines came. */
  templateId: number;
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
  readonly #miner = createTemplateMiner({ maxShapes: maxDistinct + 1 });
  /** Lines of kinds beyond the limit. */
  #uncounted = 0;

  constructor(windows: CountWindows) {
    this.#windows = windows;
  }

  add({ message, timestamp, taskId, level }: StoredLine): void {
    const line = readLine(message, level);
    if (line === undefined) return;
    const templateId = this.#miner.add(line.text);
    if (templateId === catchAll) {
      this.#uncounted += 1;
      return;
    }
    const key = `${line.level} ${templateId}`;
    const pattern = this.#byKey.get(key) ?? emptyPattern(line.level, templateId);
    this.#byKey.set(key, pattern);
    const part = timestamp >= this.#windows.onset ? pattern.since : pattern.before;
    if (timestamp >= this.#windows.beforeFrom) part.count += 1;
    part.sample ??= cleanText(line.text, maxSampleLength);
    if (taskId !== '' && part.taskIds.size < maxTaskIds) part.taskIds.add(taskId);
    pattern.firstAt = Math.min(pattern.firstAt, timestamp);
  }

  /** Which kinds are one is known when all lines are read. */
  #merged(): (Pattern & { template: string })[] {
    const byKey = new Map<string, Pattern>();
    for (const pattern of this.#byKey.values()) {
      const templateId = this.#miner.resolve(pattern.templateId);
      const key = `${pattern.level} ${templateId}`;
      const known = byKey.get(key);
      byKey.set(key, known === undefined ? { ...pattern, templateId } : together(known, pattern));
    }
    return [...byKey.values()].map((pattern) => ({
      ...pattern,
      template: cleanText(this.#miner.template(pattern.templateId) ?? '', maxTemplateLength),
    }));
  }

  /** New kinds first, then the most frequent; `gap` says what was left out. */
  facts(service: string, limit: number): { facts: LogPattern[]; gap: string | undefined } {
    const isOld = (pattern: Pattern) => Number(pattern.firstAt < this.#windows.onset);
    const all = this.#merged().sort(
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

function emptyPattern(level: string, templateId: number): Pattern {
  const part = (): Part => ({ count: 0, sample: undefined, taskIds: new Set() });
  return { level, templateId, since: part(), before: part(), firstAt: Number.POSITIVE_INFINITY };
}

function together(one: Pattern, other: Pattern): Pattern {
  const parts = (left: Part, right: Part): Part => ({
    count: left.count + right.count,
    sample: left.sample ?? right.sample,
    taskIds: new Set([...left.taskIds, ...right.taskIds].slice(0, maxTaskIds)),
  });
  return {
    ...one,
    since: parts(one.since, other.since),
    before: parts(one.before, other.before),
    firstAt: Math.min(one.firstAt, other.firstAt),
  };
}
