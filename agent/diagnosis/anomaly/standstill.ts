/**
 * Has the value stood still for longer than it ever does? A run of equal values is judged twice, and the smaller surprise counts: by how often a value equals the one
 * before it (r repeats have probability q^r, q by Laplace's rule), and by the longest runs there were, as `surprise.ts` judges any measure. The first
 * knows series that hardly ever repeat a value, the second those that rest for hours.
 */
import { Tail, type TailSettings } from './surprise.ts';

/** Blocks of values before the run: a series that never moved has nothing to stop. */
const fewestBefore = 4;

export class Standstill {
  readonly #runs: Tail;
  readonly #block: number;
  #last = Number.NaN;
  #repeats = 0;
  #values = 0;
  #repeated = 0;
  #runsEnded = 0;

  constructor(settings: TailSettings) {
    this.#runs = new Tail({ ...settings, block: 1 });
    this.#block = settings.block;
  }

  /** Surprise at the run of equal values this one belongs to. The run joins the past when it is over: it must not get used to itself. */
  add(value: number): number {
    if (value === this.#last) this.#repeats += 1;
    else this.#endRun();
    this.#last = value;
    this.#values += 1;
    if (this.#repeats === 0 || this.#values - this.#repeats < fewestBefore * this.#block) return 0;
    const share = (this.#repeated + 1) / (this.#values - this.#repeats + 2);
    const byShare = -this.#repeats * Math.log10(share) - Math.log10(this.#block);
    if (!this.#runs.isTaught) return Math.max(0, byShare);
    // Per block, as every other surprise is, not per run.
    const runsPerBlock = (this.#runsEnded * this.#block) / this.#values;
    const byLength = this.#runs.surpriseOf(this.#repeats) - Math.log10(runsPerBlock);
    return Math.max(0, Math.min(byShare, byLength));
  }

  #endRun(): void {
    if (this.#repeats === 0) return;
    this.#runs.add(this.#repeats);
    this.#runsEnded += 1;
    this.#repeated += this.#repeats;
    this.#repeats = 0;
  }
}
