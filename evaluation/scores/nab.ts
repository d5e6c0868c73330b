/** The standard profile of NAB (Lavin and Ahmad, ICMLA 2015): a detection is worth more the earlier in its window it comes; false ones and missed windows cost. */

export interface NabScore {
  /** Sum over detections and missed windows; `windows` at best. */
  raw: number;
  windows: number;
  missed: number;
  falseDetections: number;
}

const falseCost = 0.11;
const missCost = 1;
const longestProbation = 750;

export interface Labelled {
  length: number;
  /** Indices of the first and the last point of each window. */
  windows: readonly (readonly [number, number])[];
}

/** The first 15 % of a series, at most 750 points: there a detector learns, and nothing counts. */
export function probationOf(length: number): number {
  return Math.min(Math.floor(0.15 * length), longestProbation);
}

/** 1 far before 0, −1 far behind it. */
function sigmoid(y: number): number {
  return 2 / (1 + Math.exp(5 * y)) - 1;
}

/** `detections`: indices of points that are called anomalous. */
export function scoreNab(detections: readonly number[], { length, windows }: Labelled): NabScore {
  const counted = [...new Set(detections)].filter((at) => at >= probationOf(length)).sort((one, other) => one - other);
  const seen = new Set<number>();
  const score: NabScore = { raw: 0, windows: windows.length, missed: 0, falseDetections: 0 };
  for (const at of counted) {
    const window = windows.findIndex(([from, to]) => at >= from && at <= to);
    if (window < 0) {
      score.falseDetections += 1;
      score.raw -= falseCost * costOf(at, windows);
    } else if (!seen.has(window)) {
      seen.add(window);
      score.raw += worthOf(at, windows[window] ?? [at, at]);
    }
  }
  score.missed = windows.length - seen.size;
  score.raw -= missCost * score.missed;
  return score;
}

function worthOf(at: number, [from, to]: readonly [number, number]): number {
  return sigmoid(-(to - at + 1) / (to - from + 1)) / sigmoid(-1);
}

/** A detection soon behind a window is nearly right; far behind it, or before any, it costs all. */
function costOf(at: number, windows: Labelled['windows']): number {
  const previous = windows
    .filter(([, to]) => to < at)
    .reduce<readonly [number, number] | null>((last, one) => (!last || one[1] > last[1] ? one : last), null);
  if (!previous) return 1;
  const [from, to] = previous;
  const distance = (at - to) / Math.max(1, to - from);
  return distance > 3 ? 1 : -sigmoid(distance);
}

/** 0 for silence, 100 for every window found at its first point and nothing else. */
export function normalisedNab(scores: readonly NabScore[]): number {
  const windows = scores.reduce((total, score) => total + score.windows, 0);
  return windows === 0 ? Number.NaN : (100 * (scores.reduce((total, { raw }) => total + raw, 0) + windows)) / (2 * windows);
}
