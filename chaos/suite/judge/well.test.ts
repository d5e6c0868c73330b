import { describe, expect, it } from 'vitest';
import { broken, brokenUntil, looksOf, type Moment, well } from '../testing/facts.ts';
import { feltSpans, isSettled, recoveredAt } from './well.ts';

/** A comma of time: bad in the first half of every `period` seconds. */
const comingAndGoing = (period: number) => (at: number) => (at % period < period / 2 ? broken() : well());

describe('what users felt', () => {
  it('has a span for each outage, open at the end when it lasts', () => {
    expect(feltSpans(looksOf(brokenUntil(10)))).toEqual([{ from: 0, to: 10 }]);
    expect(feltSpans(looksOf((at) => (at === 5 || at > 50 ? broken() : well())))).toEqual([
      { from: 5, to: 6 },
      { from: 51, to: null },
    ]);
    expect(feltSpans(looksOf(well))).toEqual([]);
  });

  it('neither begins nor ends with a look that nobody could read', () => {
    const hazy = (at: number): Moment => (at < 10 ? broken() : at < 15 ? { isSteady: null } : well());
    expect(feltSpans(looksOf(hazy))).toEqual([{ from: 0, to: 15 }]);
    expect(feltSpans(looksOf((at) => (at > 20 ? { isSteady: null } : well())))).toEqual([]);
  });
});

describe('the recovery', () => {
  it('is the first of the steady looks that lasted to the end', () => {
    expect(recoveredAt(looksOf((at) => (at < 10 || (at > 20 && at < 30) ? broken() : well())))).toBe(30);
  });

  it('is 0 when it was steady all the time', () => {
    expect(recoveredAt(looksOf(well))).toBe(0);
  });

  it('is none when the last looks were not steady, too few, or could not be read', () => {
    expect(recoveredAt(looksOf(broken))).toBeNull();
    expect(recoveredAt(looksOf(brokenUntil(58)))).toBeNull();
    expect(recoveredAt(looksOf((at) => (at < 30 ? broken() : { isSteady: null })))).toBeNull();
    expect(recoveredAt([])).toBeNull();
  });
});

describe('what passed by itself', () => {
  it('is what was over for long, and longer than any break before', () => {
    expect(isSettled(looksOf(brokenUntil(20)), 6)).toBe(true);
    expect(isSettled(looksOf(brokenUntil(57)), 6)).toBe(false);
    expect(isSettled(looksOf(comingAndGoing(20), 59), 6)).toBe(false);
  });
});
