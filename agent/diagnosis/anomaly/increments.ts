/** What a counter gained per unit of time. A counter that falls was reset and began again at zero, as Prometheus reads it. */
export class Increments {
  #time = Number.NaN;
  #value = Number.NaN;

  /** Null for the first value, and for a second one at the same time. */
  next(time: number, value: number): number | null {
    const elapsed = time - this.#time;
    const gained = value >= this.#value ? value - this.#value : value;
    const isFirst = Number.isNaN(this.#time);
    if (!isFirst && !(elapsed > 0)) return null;
    this.#time = time;
    this.#value = value;
    return isFirst ? null : gained / elapsed;
  }
}
