/** How far a series strays when nothing is wrong, from its past or, where that is missing, from the number of requests behind it. */
import { quantile, robustDeviation } from '../statistics/robust.ts';

/** Where nobody counts requests, a share of them is taken to be of about so many in a row. */
export const assumedInRow = 100;

/** Fewer rows are no past. */
export const pastRows = 12;

/** This share of a normally distributed past lies within so many standard deviations. */
const [tailShare, tailDeviations] = [0.9, 1.645];

/** The larger of what most rows and what the tails say: a series that is calm nine times out of ten and wild the tenth is not calm. */
export function noiseOf(past: readonly number[], center: number): number {
  const distances = past.map((value) => Math.abs(value - center));
  return Math.max(robustDeviation(past, center), quantile(distances, tailShare) / tailDeviations);
}

/** Standard deviations to reckon with: `unknown` when there is no past to measure one in, `least` when the past hardly moved. Both of the usual value. */
export interface Waver {
  unknown: (usual: number) => number;
  least: (usual: number) => number;
}

export const shareOfLevel: Waver = { unknown: (usual) => Math.abs(usual) * 0.1, least: (usual) => Math.abs(usual) * 0.01 };

/** Of few requests the mean strays far: single latencies scatter about as widely as they are long. Only where there is no past that shows it. */
export function spreadOf(requests: number): Waver {
  const scatter = 1 / Math.sqrt(Math.max(1, requests));
  return { ...shareOfLevel, unknown: (usual) => Math.max(shareOfLevel.unknown(usual), Math.abs(usual) * scatter) };
}

/** The binomial's deviation, in percent, with one failure and one success added, so that a clean record never means "impossible". */
export function chanceOf(requests: number): Waver {
  const count = Math.max(1, requests);
  const waver = (usual: number) => {
    const share = Math.min(1, Math.max(0, (count * (1 - usual / 100) + 1) / (count + 2)));
    return 100 * Math.sqrt((share * (1 - share)) / count);
  };
  return { unknown: waver, least: waver };
}
