/** Is a share of failed requests more than chance? Short windows hold few requests, and one failure among twelve is no finding. */

/** A surprise smaller than one in a thousand is no longer put down to chance. */
const surprise = Math.log(1000);

/**
 * Whether `failed` of `total` requests is unlikely when each fails with the probability seen elsewhere (`otherFailed` of `otherTotal`,
 * with one failure and one success added, so that a clean record never means "impossible").
 * Chernoff's bound on the binomial tail: P(X ≥ k) ≤ exp(−n · D(k/n ‖ p)), D the Kullback–Leibler divergence (Hoeffding 1963, theorem 1).
 */
export function isMoreThanChance(failed: number, total: number, otherFailed: number, otherTotal: number): boolean {
  if (!(total > 0) || !(failed > 0)) return false;
  const share = Math.min(1, failed / total);
  const expected = (otherFailed + 1) / (otherTotal + 2);
  if (share <= expected) return false;
  const divergence = share * Math.log(share / expected) + (share === 1 ? 0 : (1 - share) * Math.log((1 - share) / (1 - expected)));
  return total * divergence >= surprise;
}
