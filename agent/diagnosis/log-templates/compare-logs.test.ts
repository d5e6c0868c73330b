import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../case/case.ts';
import { compareLogs } from './compare-logs.ts';

const line = (t: number, node: string, msg: string, level = 'info'): LogLine => ({ t, node, level, msg });
const every = (seconds: number, from: number, to: number, node: string, msg: (index: number) => string): LogLine[] =>
  Array.from({ length: Math.ceil((to - from) / seconds) }, (_, index) => line(from + index * seconds, node, msg(index)));

const onset = 10_000;
const calm = [
  ...every(10, 0, 11_000, 'shop', (index) => `cart ${index} closed`),
  ...every(20, 0, onset, 'shop', (index) => `stock of shelf ${index} is counted`),
  ...every(3_000, 0, onset, 'shop', () => 'the index was rebuilt'),
];

describe('logs since the onset against those before', () => {
  it('names what appeared and what vanished, at its node, and not what is rare', () => {
    const failure = every(100, onset + 5, 11_000, 'till', (index) => `cannot reach bank at 10.0.0.${index}: timeout`).map((one) => ({
      ...one,
      level: 'ERROR',
    }));
    const changes = compareLogs([...failure, ...calm], onset);
    expect(changes.map(({ node, level, template, kind }) => [node, level, template, kind])).toEqual([
      ['shop', 'info', 'stock of shelf <*> is counted', 'vanished'],
      ['till', 'error', 'cannot reach bank at <*>: timeout', 'appeared'],
    ]);
    expect(changes[1]).toMatchObject({
      example: 'cannot reach bank at 10.0.0.0: timeout',
      baseline: 0,
      recent: 10,
      firstAt: onset + 5,
      lastAt: 10_905,
    });
    expect(changes[1]?.evidence).toBe(
      'error of till "cannot reach bank at <*>: timeout" appeared: 10 times in the 17 min since, never in the 167 min before; by chance less than 1 in 1,000,000,000',
    );
  });

  it('does not depend on the order of the lines', () => {
    const lines = [
      ...calm.filter((_, index) => index % 31 === 0),
      line(onset + 1, 'till', 'bank is gone'),
      line(onset + 2, 'till', 'bank is gone'),
    ];
    const expected = compareLogs(lines, onset);
    expect(expected.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        expect(compareLogs(shuffled, onset)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('claims nothing without lines before the onset', () => {
    expect(compareLogs([line(onset, 'shop', 'bank is gone'), line(onset + 9, 'shop', 'bank is gone')], onset)).toEqual([]);
    expect(compareLogs([], onset)).toEqual([]);
  });

  it('knows bursts from news', () => {
    const bursts = (at: number) => Array.from({ length: 30 }, (_, index) => line(at + index / 100, 'shop', `sweep of row ${index}`));
    const steady = every(10, 0, 11_000, 'shop', (index) => `cart ${index} closed`);
    const past = [500, 2_600, 5_700, 9_300].flatMap(bursts);
    expect(compareLogs([...steady, ...past, ...bursts(onset + 10)], onset)).toEqual([]);
  });
});
