/** Every call that changes something, as it was asked and answered: the sandbox's CloudTrail. In memory, newest last. */

export interface JournalEntry {
  /** ISO 8601 */
  at: string;
  /** Access key id of the caller. */
  principal: string;
  /** Signing name of the service, such as `ecs`. */
  service: string;
  operation: string;
  input: Record<string, unknown>;
  /** `ok`, or the error code answered. */
  result: string;
}

const limit = 10_000;

export class Journal {
  readonly #entries: JournalEntry[] = [];

  record(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > limit) this.#entries.shift();
  }

  entries(): JournalEntry[] {
    return [...this.#entries];
  }
}
