/**
 * How far the latest values are from every stretch of the past that is still remembered. A stretch is named by its lag: how many values ago it ended.
 *
 * For every lag the squared differences are summed with a leak: D(lag) ← (1 − 1/reach) · D(lag) + (x[i] − x[i − lag])². √min D is the distance to the most similar
 * stretch: the discord of Keogh, Lin and Fu (2005), kept up to date as by the matrix profile's diagonals (Yeh et al. 2016), but with a fading window
 * instead of a hard one. It costs one multiplication and one addition per lag, and, unlike a sliding sum, never subtracts, so it cannot lose precision.
 * The lag that is smallest over a season finds the season by itself; what followed there is a forecast (the analogues of Lorenz 1969).
 */

/** Distances to the most similar short and long stretch of the past, in the values' own unit. */
export interface Familiarity {
  short: number;
  long: number;
}

export interface Reaches {
  /** How many values a short and a long stretch hold, about: the leak forgets the rest. */
  short: number;
  long: number;
  /** Smallest lag to look at: nearer stretches overlap the latest one and resemble it for that reason alone. */
  nearest: number;
  /** Largest lag, thereby the memory. */
  farthest: number;
}

export class Past {
  readonly #reaches: Reaches;
  /** Each value is written twice, `farthest` apart, so that any lag can be read without wrapping around. */
  readonly #values: Float64Array;
  readonly #short: Float64Array;
  readonly #long: Float64Array;
  #count = 0;
  /** The lag of the most similar long stretch; 0 while unknown. */
  #analogue = 0;
  #here = 0;

  constructor(reaches: Reaches) {
    this.#reaches = reaches;
    this.#values = new Float64Array(2 * reaches.farthest);
    this.#short = new Float64Array(reaches.farthest);
    this.#long = new Float64Array(reaches.farthest);
  }

  /** What followed the most similar stretch; undefined until there is one. */
  get forecast(): number | undefined {
    return this.#analogue === 0 ? undefined : this.#values[this.#here + 1 - this.#analogue];
  }

  /** Makes the value part of the past and measures how far the stretch it ends is from all others; undefined until there are enough to compare with. */
  add(value: number): Familiarity | undefined {
    const { nearest, farthest } = this.#reaches;
    const slot = this.#count % farthest;
    const known = Math.min(this.#count, farthest - 1);
    this.#here = farthest + slot;
    this.#values[slot] = value;
    this.#values[this.#here] = value;
    this.#count += 1;
    const distances = this.#compare(value, known);
    return known < 2 * nearest ? undefined : distances;
  }

  #compare(value: number, known: number): Familiarity {
    const { short, long, nearest } = this.#reaches;
    const keepShort = 1 - 1 / short;
    const keepLong = 1 - 1 / long;
    const values = this.#values;
    const shorts = this.#short;
    const longs = this.#long;
    const here = this.#here;
    let leastShort = Number.POSITIVE_INFINITY;
    let leastLong = Number.POSITIVE_INFINITY;
    let analogue = 0;
    for (let lag = nearest; lag <= known; lag += 1) {
      const gap = value - (values[here - lag] as number);
      const square = gap * gap;
      const near = keepShort * (shorts[lag] as number) + square;
      const far = keepLong * (longs[lag] as number) + square;
      shorts[lag] = near;
      longs[lag] = far;
      if (near < leastShort) leastShort = near;
      if (far < leastLong) {
        leastLong = far;
        analogue = lag;
      }
    }
    this.#analogue = analogue;
    return { short: Math.sqrt(leastShort), long: Math.sqrt(leastLong) };
  }
}
