/** What GitHub answered before, so that asking again costs nothing. Bounded; what was not asked for the longest goes first. */
export interface Remembered {
  /** Empty for what can never change: it is not asked for again. */
  etag: string;
  data: unknown;
  hasNext: boolean;
}

export class AnswerCache {
  readonly #maxBytes: number;
  readonly #answers = new Map<string, { answer: Remembered; bytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): Remembered | undefined {
    const found = this.#answers.get(key);
    if (found === undefined) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, found);
    return found.answer;
  }

  set(key: string, answer: Remembered, bytes: number): void {
    this.#drop(key);
    if (bytes > this.#maxBytes) return;
    this.#answers.set(key, { answer, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#answers.get(key)?.bytes ?? 0;
    this.#answers.delete(key);
  }
}
