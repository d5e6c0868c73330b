/** How often a failure may truly come, given how often it came. Pure. */

const confidence = 0.95;

/**
 * The upper end of the one-sided 95 % interval: 3/N when nothing failed (the rule of three, a little above the exact 2.996/N), else
 * Clopper and Pearson's, the largest rate at which so few failures still have a chance of 5 %.
 */
export function failureBound(failures: number, runs: number): number {
  if (!Number.isInteger(failures) || !Number.isInteger(runs) || failures < 0 || runs <= 0) {
    throw new RangeError(`${failures} failures of ${runs} runs: expected whole numbers, and at least one run`);
  }
  if (failures >= runs) return 1;
  if (failures === 0) return Math.min(1, 3 / runs);
  let low = failures / runs;
  let high = 1;
  // Each step halves the interval: 60 reach the precision of the numbers.
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(failures, runs, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X ≤ failures) of the binomial distribution, summed in logarithms: the terms themselves underflow. */
function chanceOfAtMost(failures: number, runs: number, rate: number): number {
  let logTerm = runs * Math.log1p(-rate);
  let chance = Math.exp(logTerm);
  for (let count = 1; count <= failures; count += 1) {
    logTerm += Math.log((runs - count + 1) / count) + Math.log(rate) - Math.log1p(-rate);
    chance += Math.exp(logTerm);
  }
  return chance;
}
