/** Counts what one answer costs, over all its requests. */
import type { EvidenceCost } from '../domain/evidence.ts';

export class Meter {
  readonly #unit: NonNullable<EvidenceCost['unit']>;
  #calls = 0;
  #bytes = 0;
  #scanned: number | null = null;

  /** `unit` of what the upstream scans. */
  constructor(unit: NonNullable<EvidenceCost['unit']>) {
    this.#unit = unit;
  }

  called(): void {
    this.#calls += 1;
  }

  read(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Left out, or given nothing, where the upstream does not say. */
  scanned(amount: number | undefined): void {
    if (amount !== undefined) this.#scanned = (this.#scanned ?? 0) + amount;
  }

  cost(): EvidenceCost {
    return { calls: this.#calls, bytes: this.#bytes, scanned: this.#scanned, unit: this.#scanned === null ? null : this.#unit };
  }
}
