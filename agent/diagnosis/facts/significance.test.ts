import { describe, expect, it } from 'vitest';
import { isMoreThanChance } from './significance.ts';

describe('isMoreThanChance', () => {
  it('takes one failure among twelve requests for chance, as its siblings could have had it', () => {
    expect(isMoreThanChance(1, 12, 0, 12)).toBe(false);
  });

  it('takes half of twenty requests failing beside a clean sibling for a finding', () => {
    expect(isMoreThanChance(10, 20, 0, 40)).toBe(true);
  });

  it('finds nothing when the others fail as often', () => {
    expect(isMoreThanChance(30, 100, 60, 200)).toBe(false);
  });

  it('finds nothing in no requests, no failures or no numbers', () => {
    expect(isMoreThanChance(0, 100, 0, 100)).toBe(false);
    expect(isMoreThanChance(5, 0, 0, 100)).toBe(false);
    expect(isMoreThanChance(Number.NaN, 100, 0, 100)).toBe(false);
  });

  it('never takes more failures for less of a finding', () => {
    const verdicts = Array.from({ length: 50 }, (_, failed) => isMoreThanChance(failed + 1, 50, 1, 100));
    expect(verdicts.indexOf(true)).toBeGreaterThan(1);
    expect(verdicts.slice(verdicts.indexOf(true))).not.toContain(false);
  });
});
