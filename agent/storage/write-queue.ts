/** Writes that wait to share one commit, the urgent ones before the others. Each engine empties the queue in its own way. */
import type { CompiledQuery } from 'kysely';
import type { Steps } from './steps.ts';

/** What one statement did. */
export interface Written {
  rows: unknown[];
  /** Rows inserted, changed or deleted; unknown for a statement that returns rows on SQLite. */
  changed?: bigint;
}

/** One statement, which the engine undoes by itself when it fails, or several that stand or fall together. */
export type Work = { statement: CompiledQuery } | { steps: () => Steps<unknown> };

export interface Unit {
  work: Work;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface WriteOptions {
  /** Goes before all that are not: for what somebody outside waits for. */
  urgent?: boolean;
}

/** First in, first out, without moving what waits. */
class Line {
  #units: Unit[] = [];
  #next = 0;

  get length(): number {
    return this.#units.length - this.#next;
  }
  push(unit: Unit): void {
    this.#units.push(unit);
  }
  take(): Unit | undefined {
    const unit = this.#units[this.#next];
    if (!unit) return undefined;
    this.#next += 1;
    if (this.#next === this.#units.length) {
      this.#units = [];
      this.#next = 0;
    }
    return unit;
  }
}

export class WriteQueue {
  readonly #urgent = new Line();
  readonly #ordinary = new Line();
  readonly #wake: (urgent: boolean) => void;

  /** `wake` is called at every addition. */
  constructor(wake: (urgent: boolean) => void) {
    this.#wake = wake;
  }

  get length(): number {
    return this.#urgent.length + this.#ordinary.length;
  }
  add(work: Work, { urgent = false }: WriteOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      (urgent ? this.#urgent : this.#ordinary).push({ work, resolve, reject });
      this.#wake(urgent);
    });
  }
  take(): Unit | undefined {
    return this.#urgent.take() ?? this.#ordinary.take();
  }
  /** All that wait: when no transaction can be begun, each of them would wait for the same failure in its turn. */
  *takeAll(): Generator<Unit> {
    for (let left = this.length; left > 0; left -= 1) {
      const unit = this.take();
      if (unit) yield unit;
    }
  }
}

/** How each unit of a group ended; told to the callers only when the commit is through, for one may rest on what another wrote. */
export class Outcomes {
  readonly #ended: { unit: Unit; settle: () => void }[] = [];

  get count(): number {
    return this.#ended.length;
  }
  done(unit: Unit, value: unknown): void {
    this.#ended.push({ unit, settle: () => unit.resolve(value) });
  }
  failed(unit: Unit, error: unknown): void {
    this.#ended.push({ unit, settle: () => unit.reject(error) });
  }
  committed(): void {
    for (const { settle } of this.#ended) settle();
  }
  /** Nothing of the group is on disk. */
  lost(error: unknown): void {
    for (const { unit } of this.#ended) unit.reject(error);
  }
}
