import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Figure, judge, median, percentile } from './figure.ts';

const figure: Figure = {
  id: 'acks',
  title: 'acks',
  unit: '/s',
  floor: { name: 'floor', values: [100, 200, 400] },
  product: { name: 'agent', values: [80, 180, 200] },
  goal: { compare: 'at least', value: 0.75 },
  invalid: [],
  notes: [],
};

describe('the arithmetic of the bench', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
    [[], Number.NaN],
  ])('finds the median of %j', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([
    [0.5, 5],
    [0.99, 10],
    [0.9, 9],
    [0, 1],
    [1, 10],
  ])('finds the percentile %d of ten values', (share, expected) => {
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share)).toBe(expected);
  });

  it('gives a percentile that so many values do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = Float64Array.from(values).sort();
        const found = percentile(sorted, share);
        expect(sorted.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * sorted.length);
      }),
    );
  });

  it('takes the ratio of each pair, not of the medians', () => {
    const judged = judge(figure);
    expect(judged.ratio).toEqual({ median: 0.8, least: 0.5, most: 0.9 });
    expect(judged.floorSpread).toEqual({ median: 200, least: 100, most: 400 });
    expect(judged.productSpread).toEqual({ median: 180, least: 80, most: 200 });
  });

  it.each([
    ['met', { compare: 'at least', value: 0.8 }],
    ['missed', { compare: 'at least', value: 0.81 }],
    ['met', { compare: 'at most', value: 0.8 }],
    ['missed', { compare: 'at most', value: 0.79 }],
    ['shown', null],
  ] as const)('is %s with the goal %j', (verdict, goal) => {
    expect(judge({ ...figure, goal }).verdict).toBe(verdict);
  });

  it('reads a goal without a floor against the value itself', () => {
    const alone = { ...figure, floor: null, product: { name: 'agent', values: [9, 11, 10] } };
    expect(judge({ ...alone, goal: { compare: 'at most', value: 10 } }).verdict).toBe('met');
    expect(judge({ ...alone, goal: { compare: 'at most', value: 9.9 } }).verdict).toBe('missed');
  });
});

describe('an invalid run', () => {
  const goal = { compare: 'at least', value: 0 } as const;
  it.each([
    ['something that was lost', { invalid: ['3 acknowledged notifications are not in the store'] }],
    ['a floor that was not measured', { floor: { name: 'floor', values: [] } }],
    ['a round too few', { product: { name: 'agent', values: [1, 2] } }],
    ['nothing measured', { floor: null, product: { name: 'agent', values: [] } }],
    ['a value that is no number', { product: { name: 'agent', values: [1, Number.NaN, 3] } }],
    ['a floor of nothing', { floor: { name: 'floor', values: [1, 0, 1] } }],
  ])('scores nothing: %s', (_, change) => {
    const judged = judge({ ...figure, goal, ...change });
    expect(judged).toMatchObject({ verdict: 'invalid', ratio: null });
    expect(judged.invalid).not.toEqual([]);
  });
});
