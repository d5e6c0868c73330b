/** What one node was told, in the order it asked: held until the node is done, and then cleared of secrets. */
import type { Evidence, Fact } from '../domain/evidence.ts';
import { withoutSecrets, withoutSecretsIn } from '../domain/secret-text.ts';
import type { EvidenceAnswer } from '../evidence/source.ts';

/** A bare number is a reading of the clock: milliseconds since 1970. */
export type TapeEntry = number | TapeCall;

export interface TapeCall {
  /** Port and method: `incidents.get`. */
  call: string;
  /** Tells it from other calls of that name; empty where there is nothing to tell apart. */
  key: string;
  /** Absent when it answered nothing, or nothing in time. */
  answer?: unknown;
  /** What it failed with. */
  error?: string;
}

/** What a source answered: kept as evidence under that id, or here, its facts by their places in the list of the step. */
export type TapedAnswer = { evidence: string } | (Omit<EvidenceAnswer, 'facts'> & { facts: number[] });

/** One step as it is kept. */
export interface StepBody {
  /** What the node answered: the decisions. */
  update: unknown;
  entries: TapeEntry[];
  /** Each once, however often it was told: a verification sees most of them again and again. */
  facts: Fact[];
}

interface Asked {
  entry: TapeCall;
  answer?: EvidenceAnswer;
}

export class Tape {
  readonly #mostBytes: number;
  #entries: TapeEntry[] = [];
  #facts: Fact[] = [];
  /** Of each fact, by its text. */
  #places = new Map<string, number>();
  /** The last question to each source, until it is known whether its answer is kept as evidence. */
  #asked = new Map<string, Asked>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  time(ms: number): void {
    this.#push(ms);
  }

  /** Makes the call and notes what came of it. */
  call<Answer>(call: string, key: string, make: () => Answer): Answer {
    const entry: TapeCall = { call, key: withoutSecrets(key) };
    this.#push(entry);
    try {
      const answer = make();
      if (answer instanceof Promise)
        answer.then(
          (value) => note(entry, value),
          (error) => fail(entry, error),
        );
      else note(entry, answer);
      return answer;
    } catch (error) {
      fail(entry, error);
      throw error;
    }
  }

  /** An answer after the signal is dropped by whoever asked, and here as well. */
  ask(source: string, key: string, make: () => Promise<EvidenceAnswer>, signal: AbortSignal): Promise<EvidenceAnswer> {
    this.#fold(source);
    const entry: TapeCall = { call: `sources.${source}`, key: withoutSecrets(key) };
    this.#push(entry);
    const asked: Asked = { entry };
    this.#asked.set(source, asked);
    const answer = make();
    answer.then(
      (value) => {
        if (!signal.aborted) asked.answer = value;
      },
      (error) => {
        if (!signal.aborted) fail(entry, error);
      },
    );
    return answer;
  }

  /** The last answers of these sources lie in the store as evidence: there is no need to keep them twice. */
  kept(evidence: readonly Evidence[]): void {
    for (const { id, source } of evidence) {
      const asked = this.#asked.get(source);
      if (!asked) continue;
      asked.entry.answer = { evidence: id } satisfies TapedAnswer;
      delete asked.entry.error;
      this.#asked.delete(source);
    }
  }

  /** Null when there was more than may be held. */
  end(update: unknown): StepBody | null {
    for (const source of [...this.#asked.keys()]) this.#fold(source);
    if (this.#isFull()) return null;
    return { update: withoutSecretsIn(update), entries: withoutSecretsIn(this.#entries), facts: this.#facts };
  }

  #fold(source: string): void {
    const asked = this.#asked.get(source);
    this.#asked.delete(source);
    if (!asked?.answer || this.#isFull()) return;
    const { facts, ...said } = asked.answer;
    try {
      asked.entry.answer = { ...said, facts: facts.map((fact) => this.#placeOf(fact)) } satisfies TapedAnswer;
    } catch (error) {
      fail(asked.entry, error);
    }
    if (this.#isFull()) this.#letGo();
  }

  #placeOf(fact: Fact): number {
    const text = JSON.stringify(fact);
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#bytes += text.length;
    const place = this.#facts.length;
    // As the store would give it back, and cleared bit by bit: all of them at once would hold everybody up.
    if (!this.#isFull()) this.#facts.push(withoutSecretsIn(JSON.parse(text) as Fact));
    this.#places.set(text, place);
    return place;
  }

  #push(entry: TapeEntry): void {
    if (!this.#isFull()) this.#entries.push(entry);
  }

  #isFull(): boolean {
    return this.#bytes > this.#mostBytes;
  }

  #letGo(): void {
    this.#entries = [];
    this.#facts = [];
    this.#places.clear();
    this.#asked.clear();
  }
}

function note(entry: TapeCall, answer: unknown): void {
  if (answer !== undefined) entry.answer = answer;
}

function fail(entry: TapeCall, error: unknown): void {
  entry.error = error instanceof Error ? error.message : String(error);
}
