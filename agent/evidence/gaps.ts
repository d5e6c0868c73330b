/** What is missing from an answer of many queries, by reason: forty queries mostly fail for the same one. */
export class Gaps {
  readonly #byReason = new Map<string, string[]>();
  #total = 0;

  /** So many queries are asked in addition to what was told before. */
  expect(queries: number): void {
    this.#total += queries;
  }

  add(query: string, reason: string): void {
    const names = this.#byReason.get(reason) ?? [];
    names.push(query);
    this.#byReason.set(reason, names);
  }

  texts(): string[] {
    return [...this.#byReason].map(([reason, names]) => {
      const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
      return `${reason} [${names.length} of ${this.#total} queries: ${shown}]`;
    });
  }
}
