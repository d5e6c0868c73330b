import fc from 'fast-check';
import { expect, it } from 'vitest';
import { metricScene, type Scene } from '../../testing/metric-scene.ts';
import type { Case } from '../case/case.ts';
import { where } from './where.ts';

const node = fc.constantFrom('front', 'catalog', 'basket', 'stock', 'pay');
const trouble = fc.record({ delay: fc.double({ min: 0, max: 1, noNaN: true }), failing: fc.double({ min: 0, max: 0.9, noNaN: true }) });
const scenes: fc.Arbitrary<Case> = fc
  .record({
    faults: fc.dictionary(node, trouble, { maxKeys: 2 }),
    alert: fc.record({ node, metric: fc.constantFrom('latency', 'availability', '') }),
    rows: fc.constantFrom(1, 2, 20, 60),
    step: fc.constant(300),
    waver: fc.double({ min: 0, max: 0.3, noNaN: true }),
    seed: fc.nat(1000),
  })
  .map((scene: Scene) => metricScene(scene));
const runs = { numRuns: 40 };

const renamed = (kase: Case, name: (node: string) => string): Case => ({
  ...kase,
  alert: { ...kase.alert, node: name(kase.alert.node) },
  edges: kase.edges.map(([caller, callee]) => [name(caller), name(callee)]),
  metrics: kase.metrics.map((one) => ({ ...one, node: name(one.node) })),
});
const timed = (kase: Case, time: (t: number) => number): Case => ({
  ...kase,
  alert: { ...kase.alert, at: time(kase.alert.at) },
  metrics: kase.metrics.map((one) => ({ ...one, t: one.t.map(time) })),
});
const order = (kase: Case) => where(kase).ranked.map((one) => one.node);

it('names do not matter', () => {
  const letters = 'xqzjkvbw';
  fc.assert(
    fc.property(scenes, fc.shuffledSubarray(['front', 'catalog', 'basket', 'stock', 'pay'], { minLength: 5 }), (kase, mixed) => {
      const name = (one: string) => `${letters[mixed.indexOf(one)]}-${mixed.indexOf(one) % 2}`;
      expect(order(renamed(kase, name))).toEqual(order(kase).map(name));
    }),
    runs,
  );
});

it('the order of series, rows and edges does not matter', () => {
  fc.assert(
    fc.property(scenes, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (kase, chances) => {
      const mix = <T>(items: readonly T[]): T[] =>
        items
          .map((item) => ({ item, by: chances.next().value as number }))
          .sort((a, b) => a.by - b.by)
          .map(({ item }) => item);
      const metrics = mix(kase.metrics).map((one) => {
        const rows = mix(one.t.map((_, row) => row));
        return { ...one, t: rows.map((row) => one.t[row] ?? 0), v: rows.map((row) => one.v[row] ?? null) };
      });
      expect(where({ ...kase, metrics, edges: mix(kase.edges) })).toEqual(where(kase));
    }),
    runs,
  );
});

it('when it happened does not matter, nor whether rows are minutes or hours apart', () => {
  fc.assert(
    fc.property(scenes, fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(1, 2, 12), (kase, later, slower) => {
      const first = kase.metrics[0]?.t[0] ?? 0;
      expect(order(timed(kase, (t) => first + (t - first) * slower + later))).toEqual(order(kase));
    }),
    runs,
  );
});

it('the unit of latency does not matter', () => {
  fc.assert(
    fc.property(scenes, fc.constantFrom(1024, 1 / 1024), (kase, unit) => {
      const metrics = kase.metrics.map((one) =>
        one.metric === 'latency' ? { ...one, v: one.v.map((value) => (value === null ? null : value * unit)) } : one,
      );
      expect(order({ ...kase, metrics })).toEqual(order(kase));
    }),
    runs,
  );
});

it('scores are finite, fall, and stay near 0 to 1; confidence never reaches 1; the case is not changed', () => {
  fc.assert(
    fc.property(scenes, (kase) => {
      const before = JSON.stringify(kase);
      const { ranked, isReal } = where(kase);
      expect(ranked.length).toBeGreaterThan(0);
      for (const [at, { score }] of ranked.entries()) {
        expect(score).toBeLessThanOrEqual(ranked[at - 1]?.score ?? 1.5);
        expect(score).toBeGreaterThanOrEqual(0);
      }
      expect(isReal.confidence).toBeGreaterThanOrEqual(0);
      expect(isReal.confidence).toBeLessThan(1);
      expect(JSON.stringify(kase)).toBe(before);
    }),
    runs,
  );
});
