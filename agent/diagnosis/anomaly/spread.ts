/** The standard deviation of the latest values. Measured from the newest of them: sums of large, nearly equal numbers would lose it. */
export class Spread {
  readonly #values: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  /** Undefined until the window is full. */
  add(value: number): number | undefined {
    const values = this.#values;
    const size = values.length;
    values[this.#count % size] = value;
    this.#count += 1;
    if (this.#count < size) return undefined;
    let sum = 0;
    let squares = 0;
    for (const other of values) {
      const gap = other - value;
      sum += gap;
      squares += gap * gap;
    }
    return Math.sqrt(Math.max(0, (squares - (sum * sum) / size) / size));
  }
}
