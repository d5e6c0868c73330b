/**
 * What was recorded of a run, given out again step by step: each call gets the answer it got then, and the clock shows what it showed. Where the
 * run takes another way than it took, what is steady is taken from the nearest step and said to be assumed; what only the world, a model or a
 * person could have answered ends the replay.
 */
import type { Fact } from '../domain/evidence.ts';
import { withoutSecrets } from '../domain/secret-text.ts';
import type { TapeCall } from '../recording/tape.ts';
import type { Bundle, BundleStep } from './bundle.ts';

/** The replay cannot go on: the recording does not hold what the run asks for. */
export class NotRecorded extends Error {}

interface Page {
  /** Undefined where the run has come to a step that was never recorded. */
  step: BundleStep | undefined;
  used: Set<number>;
  /** Behind the last entry that was given out. */
  cursor: number;
}

export class Playback {
  readonly #steps: readonly BundleStep[];
  readonly #visits = new Map<string, number>();
  readonly #ending = new AbortController();
  #page: Page = { step: undefined, used: new Set(), cursor: 0 };
  /** Place of the last recorded step the run was in. */
  #place = 0;
  #nowMs: number;
  #policy: string | undefined;
  readonly assumed = new Set<string>();

  constructor({ steps, writtenAt }: Pick<Bundle, 'steps' | 'writtenAt'>) {
    this.#steps = steps;
    const first = steps[0]?.entries.find((entry) => typeof entry === 'number');
    this.#nowMs = first ?? Date.parse(writtenAt);
  }

  /** Ends when the replay cannot go on. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Why it could not go on; null as long as it can. */
  get stopped(): string | null {
    const reason: unknown = this.#ending.signal.reason;
    return reason instanceof Error ? reason.message : null;
  }

  /** The node's next visit. Answers what was recorded of it. */
  enter(node: string): BundleStep | undefined {
    const visit = this.#visits.get(node) ?? 0;
    this.#visits.set(node, visit + 1);
    const step = this.recorded(node, visit);
    if (step?.leftOut) this.stop(`of the step ${node} nothing was recorded: ${step.leftOut}`);
    if (step) this.#place = this.#steps.indexOf(step);
    this.#page = { step, used: new Set(), cursor: 0 };
    this.#policy = undefined;
    return step;
  }

  /** The node did not come to its end, and is visited once more: an approval before its answer. */
  leave(node: string): void {
    this.#visits.set(node, (this.#visits.get(node) ?? 1) - 1);
  }

  /** What was recorded of that visit, counted from 0. */
  recorded(node: string, visit: number): BundleStep | undefined {
    return this.#steps.filter((step) => step.node === node)[visit];
  }

  now(): Date {
    this.#passPolicies();
    const entry = this.#page.step?.entries[this.#page.cursor];
    if (typeof entry === 'number') {
      this.#nowMs = entry;
      this.#page.cursor += 1;
    }
    return new Date(this.#nowMs);
  }

  /** What the clock showed last; ISO 8601. Nothing that was recorded is used up. */
  at(): string {
    return new Date(this.#nowMs).toISOString();
  }

  /** Lets the recorded time pass; none of ours but a turn, so that whoever has an answer is heard before a deadline. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const isRecorded = this.take('clock.sleep', '') !== undefined;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    if (!isRecorded) this.#nowMs += ms;
  }

  /** Hash of the policy that was in force at this place of the run. */
  policy(): string | undefined {
    this.#passPolicies();
    this.#policy ??= this.#nearest(({ call }) => call === 'policy')?.key;
    return this.#policy;
  }

  /** The next call of that name and key in this step; undefined when none is left. */
  take(call: string, key: string): TapeCall | undefined {
    const { step, used, cursor } = this.#page;
    const entries = step?.entries ?? [];
    const isIt = isCall(call, key);
    const at = entries.findIndex((entry, place) => typeof entry !== 'number' && !used.has(place) && isIt(entry));
    const found = entries[at];
    if (found === undefined || typeof found === 'number') return undefined;
    used.add(at);
    if (at >= cursor) {
      for (const passed of entries.slice(cursor, at)) {
        if (typeof passed === 'number') this.#nowMs = passed;
        else if (passed.call === 'policy') this.#policy = passed.key;
      }
      this.#page.cursor = at + 1;
    }
    return found;
  }

  /** What the call answers: as it was recorded here, else as the nearest step recorded it, else `otherwise`. */
  steady(call: string, key: string, otherwise: unknown): unknown {
    const here = this.take(call, key);
    if (here) return answerOf(here);
    const near = this.#nearest(isCall(call, key));
    this.assumed.add(
      near ? `${told(call, key)} as at another step` : `${told(call, key)}: never asked, taken as ${JSON.stringify(otherwise ?? null)}`,
    );
    return near ? answerOf(near) : otherwise;
  }

  /** What nobody but the world, a model or a person can answer. `question`: in words, for who reads why the replay ends. */
  only(call: string, key: string, question: string): TapeCall {
    return this.take(call, key) ?? this.stop(question);
  }

  facts(places: readonly number[]): Fact[] {
    return places.flatMap((place) => this.#page.step?.facts[place] ?? []);
  }

  /** Ends the replay. */
  stop(why: string): never {
    const reason = new NotRecorded(why);
    if (!this.#ending.signal.aborted) this.#ending.abort(reason);
    throw reason;
  }

  #passPolicies(): void {
    for (;;) {
      const entry = this.#page.step?.entries[this.#page.cursor];
      if (entry === undefined || typeof entry === 'number' || entry.call !== 'policy') return;
      this.#policy = entry.key;
      this.#page.cursor += 1;
    }
  }

  /** In this step, the ones before it, then the ones after it. */
  #nearest(isIt: (entry: TapeCall) => boolean): TapeCall | undefined {
    const callsOf = (steps: readonly BundleStep[]) =>
      steps.flatMap(({ entries }) => entries.filter((entry) => typeof entry !== 'number')).filter(isIt);
    return callsOf(this.#steps.slice(0, this.#place + 1)).at(-1) ?? callsOf(this.#steps.slice(this.#place + 1))[0];
  }
}

function isCall(call: string, key: string): (entry: TapeCall) => boolean {
  const cleared = withoutSecrets(key);
  return (entry) => entry.call === call && entry.key === cleared;
}

/** Raises what the call failed with. */
export function answerOf({ answer, error }: TapeCall): unknown {
  if (error !== undefined) throw new Error(error);
  return answer;
}

function told(call: string, key: string): string {
  return key === '' ? call : `${call} ${key}`;
}
