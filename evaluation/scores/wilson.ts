/** Wilson's score interval of a share (E. B. Wilson, JASA 1927): honest for few cases and near 0 and 1, where the usual one is not. */

/** Two-sided 95 %. */
const z = 1.959963984540054;

export interface Share {
  right: number;
  of: number;
}

/** [lower, upper], both in 0..1; of nothing, everything is possible. */
export function wilson({ right, of }: Share): [number, number] {
  if (of === 0) return [0, 1];
  const share = right / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

export function sum(shares: readonly Share[]): Share {
  return { right: shares.reduce((total, { right }) => total + right, 0), of: shares.reduce((total, { of }) => total + of, 0) };
}
