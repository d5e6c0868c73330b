import { describe, expect, it } from 'vitest';
import { brier, calibrate } from './calibration.ts';
import { jaccard, remedyOf, scoreChange } from './change.ts';
import { scoreGrouping } from './grouping.ts';
import { normalisedNab, probationOf, scoreNab } from './nab.ts';
import { rankOf } from './ranking.ts';
import { wilson } from './wilson.ts';

describe('Wilson intervals', () => {
  it('agree with the worked examples of the literature', () => {
    // 81 of 263 and 15 of 148: Newcombe, Statistics in Medicine 1998, table I, method 3. 0 of 20 and 1 of 29 too.
    const examples: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [right, of, lower, upper] of examples) {
      const found = wilson({ right, of });
      expect(found[0]).toBeCloseTo(lower, 4);
      expect(found[1]).toBeCloseTo(upper, 4);
    }
  });

  it('mirror right and wrong, and know nothing of nothing', () => {
    const [lower, upper] = wilson({ right: 3, of: 8 });
    expect(wilson({ right: 5, of: 8 })).toEqual([expect.closeTo(1 - upper, 12), expect.closeTo(1 - lower, 12)]);
    expect(wilson({ right: 0, of: 0 })).toEqual([0, 1]);
    expect(wilson({ right: 42, of: 42 })[1]).toBe(1);
  });
});

describe('grouping', () => {
  it('counts the lines of groups that are exactly one event', () => {
    // A is whole; B is cut into two; C and D are thrown together: 2 of 7 lines, 1 of 4 groups, 1 of 4 events.
    const { groupAccuracy, groupF1 } = scoreGrouping([1, 1, 2, 2, 3, 4, 4], ['A', 'A', 'B', 'B', 'B', 'C', 'D']);
    expect(groupAccuracy).toBeCloseTo(2 / 7, 12);
    expect(groupF1).toBeCloseTo(0.25, 12);
  });

  it('does not care what groups are called', () => {
    expect(scoreGrouping(['B', 'A', 'B'], ['A', 'B', 'A'])).toEqual({ groupAccuracy: 1, groupF1: 1 });
    expect(scoreGrouping([0, 1, 2], ['A', 'A', 'A'])).toEqual({ groupAccuracy: 0, groupF1: 0 });
    expect(() => scoreGrouping([0], ['A', 'A'])).toThrow('1 groups for 2 lines');
  });
});

describe('the standard profile of NAB', () => {
  const series = { length: 1000, windows: [[400, 499]] as const };
  const sigmoid = (y: number) => 2 / (1 + Math.exp(5 * y)) - 1;

  it('gives the whole worth to the first point of a window, and less the later one comes', () => {
    expect(scoreNab([400], series).raw).toBeCloseTo(1, 12);
    // The last point: y = −1/100.
    expect(scoreNab([499], series).raw).toBeCloseTo(sigmoid(-0.01) / sigmoid(-1), 12);
    expect(scoreNab([499], series).raw).toBeCloseTo(0.02533, 4);
    expect(scoreNab([450], series).raw).toBeCloseTo(sigmoid(-0.5) / sigmoid(-1), 12);
  });

  it('counts the first detection in a window only', () => {
    expect(scoreNab([450, 401, 402, 450], series).raw).toBe(scoreNab([401], series).raw);
  });

  it('takes the full cost before any window and far behind one, less right behind it', () => {
    expect(scoreNab([400, 399], series).raw).toBeCloseTo(1 - 0.11, 12);
    expect(scoreNab([400, 900], series).raw).toBeCloseTo(1 - 0.11, 12);
    // 33 points behind: d / (length − 1) = 1/3.
    expect(scoreNab([400, 532], series).raw).toBeCloseTo(1 + 0.11 * sigmoid(33 / 99), 12);
  });

  it('forgives what is said in the probation', () => {
    expect([probationOf(1000), probationOf(100_000), probationOf(4032)]).toEqual([150, 750, 604]);
    expect(scoreNab([149, 400], series).raw).toBeCloseTo(1, 12);
    expect(scoreNab([150, 400], series).raw).toBeCloseTo(1 - 0.11, 12);
  });

  it('is 0 for silence, 100 for perfection, over all series together', () => {
    const two = {
      length: 1000,
      windows: [
        [200, 250],
        [600, 700],
      ] as const,
    };
    expect(normalisedNab([scoreNab([], series), scoreNab([], two)])).toBe(0);
    expect(normalisedNab([scoreNab([400], series), scoreNab([200, 600], two)])).toBeCloseTo(100, 12);
    expect(normalisedNab([scoreNab([400], series), scoreNab([], two)])).toBeCloseTo((100 * (1 - 2 + 3)) / 6, 12);
    expect(scoreNab([200], two)).toMatchObject({ windows: 2, missed: 1, falseDetections: 0 });
  });
});

describe('blame', () => {
  const truth = { commit: '5642d6b17f39cc43', service: 'b', blastRadius: ['a', 'c'], remediation: 'rollback', decoys: ['11112222333344'] };
  const answer = {
    ranked: [
      { node: 'b', score: 2, evidence: [] },
      { node: 'a', score: 1, evidence: [] },
    ],
    change: 'none',
    action: 'none',
  };

  it('passes the commit, whole or by seven digits, and nothing else', () => {
    expect(scoreChange({ ...answer, change: '5642d6b17f39cc43' }, truth)).toMatchObject({ pass: true, graded: 1 });
    expect(scoreChange({ ...answer, change: '5642D6B' }, truth).pass).toBe(true);
    expect(scoreChange({ ...answer, change: '5642d6' }, truth).pass).toBe(false);
    expect(scoreChange({ ...answer, change: '' }, truth).pass).toBe(false);
    expect(scoreChange({ ...answer, change: 'none' }, { ...truth, commit: 'none' }).pass).toBe(true);
  });

  it('gives nothing to who blames a decoy', () => {
    expect(scoreChange({ ...answer, change: '11112222333344' }, truth)).toMatchObject({ pass: false, decoy: true, graded: 0 });
  });

  it('gives half a point at most for the rest', () => {
    // Service 0.5, Jaccard {a} of {a, c} 0.15: above the half.
    expect(scoreChange(answer, truth)).toMatchObject({ pass: false, decoy: false, service: true, graded: 0.5 });
    const elsewhere = {
      ranked: [
        { node: 'x', score: 1, evidence: [] },
        { node: 'a', score: 1, evidence: [] },
      ],
      change: 'none',
      action: 'roll-back-deployment',
    };
    expect(scoreChange(elsewhere, truth).graded).toBeCloseTo(0.3 * 0.5 + 0.2, 12);
  });

  it('reads the words of the catalogue', () => {
    expect(
      ['roll-back-deployment', 'revert-commit', 'roll-forward', 'rotate-certificate', 'scale-service', 'stop-task'].map(remedyOf),
    ).toEqual(['rollback', 'rollback', 'roll-forward', 'rotate-cert', 'scale', 'stop-task']);
  });

  it('measures overlap of nothing with nothing as whole', () => {
    expect([jaccard([], []), jaccard(['a'], []), jaccard(['a', 'b', 'b'], ['b', 'c'])]).toEqual([1, 0, 1 / 3]);
  });
});

describe('ranks', () => {
  it('begin at 1, and a node nobody named has none', () => {
    const ranked = ['a', 'b'].map((node) => ({ node, score: 1, evidence: [] }));
    expect([rankOf('a', { ranked }), rankOf('b', { ranked }), rankOf('c', { ranked })]).toEqual([1, 2, Number.POSITIVE_INFINITY]);
  });
});

describe('calibration', () => {
  const claims = [
    { confidence: 0.3, isRight: false },
    { confidence: 0.9, isRight: true },
    { confidence: 0.94, isRight: false },
    { confidence: 1, isRight: true },
  ];

  it('puts answers into bands that begin with their lower edge', () => {
    expect(calibrate(claims)).toEqual([
      { from: 0, to: 0.5, claimed: 0.3, right: 0, of: 1 },
      { from: 0.9, to: 1, claimed: expect.closeTo(2.84 / 3, 12), right: 2, of: 3 },
    ]);
  });

  it('has the mean squared error of what was claimed', () => {
    expect(brier(claims)).toBeCloseTo((0.09 + 0.01 + 0.8836 + 0) / 4, 12);
    expect(brier([])).toBeNaN();
  });
});
