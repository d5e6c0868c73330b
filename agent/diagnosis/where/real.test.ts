import { describe, expect, it } from 'vitest';
import { metricScene, withSeries } from '../../testing/metric-scene.ts';
import type { Case, Series } from '../case/case.ts';
import { where } from './where.ts';

const verdict = (kase: Case) => where(kase).isReal;
const series = (kase: Case, v: (row: number, time: number) => number | null, more: Partial<Series> = {}): Series => {
  const t = kase.metrics[0]?.t ?? [];
  return { node: 'lone', metric: 'latency', stat: 'Average', t, v: t.map((time, row) => v(row, time)), ...more };
};
/** A case about one series alone. */
const about = (v: (row: number, time: number) => number | null, more: Partial<Series> = {}, requests = 500): Case => {
  const scene = metricScene({ alert: { node: 'lone', metric: more.metric ?? 'latency', stat: more.stat ?? 'Average' } });
  const own = [series(scene, v, more), series(scene, () => requests, { metric: 'requests', stat: 'Sum' })];
  return { ...scene, edges: [], metrics: own };
};
const onset = 120;
const waver = (row: number) => 1 + 0.1 * Math.sin(row * 12.9898) * Math.sin(row * 78.233);

describe('an alert', () => {
  it('is not real when nothing happened, at any node and for any chance', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      for (const node of ['front', 'catalog', 'basket', 'stock', 'pay']) {
        const quiet = where(metricScene({ seed, waver: 0.2, alert: { node, metric: seed % 2 ? 'latency' : 'availability' } }));
        expect(quiet).toMatchObject({ isReal: { real: false }, abstain: true });
      }
    }
  });

  it('is real when its series left its past, and says what it was and what it is', () => {
    const found = verdict(about((row) => (row < onset ? 0.1 : 0.2) * waver(row)));
    expect(found).toMatchObject({
      real: true,
      reason: expect.stringMatching(/latency of lone is 0\.\d+ s, usually 0\.0997 s: [\d.]+ standard deviations worse/),
    });
    expect(found.confidence).toBeGreaterThan(0.9);
    expect(found.confidence).toBeLessThan(1);
  });

  it('is not real when the series only went on drifting', () => {
    expect(verdict(about((row) => (0.1 + 0.002 * row) * waver(row))).real).toBe(false);
  });

  it('is not real when the level had changed long before and stayed', () => {
    expect(verdict(about((row) => (row < 80 ? 0.1 : 0.2) * waver(row))).real).toBe(false);
  });

  it('is not real when the series does such things now and then', () => {
    expect(verdict(about((row) => (row % 9 === 4 || row >= onset + 5 ? 0.5 : 0.1) * waver(row))).real).toBe(false);
  });

  it('needs more than a failure or two', () => {
    const failing = (share: number, requests: number) =>
      verdict(about((row) => (row < onset ? 100 : 100 - share), { metric: 'availability' }, requests)).real;
    expect(failing(10, 5)).toBe(false);
    expect(failing(10, 500)).toBe(true);
  });

  it('is real when nearly all fails for minutes, though nobody counts requests', () => {
    const uncounted = (share: number) => {
      const scene = about((row) => (row < onset ? 100 : 100 - share), { metric: 'availability' });
      return verdict({ ...scene, metrics: scene.metrics.slice(0, 1) });
    };
    expect(uncounted(90)).toMatchObject({ real: true });
    expect(uncounted(5)).toMatchObject({ real: true });
    expect(uncounted(0.5)).toMatchObject({ real: false });
  });

  it('is not denied by what had left the past before the last minutes, or ended before the alert', () => {
    const long = metricScene({ rows: 400, alert: { node: 'lone' } });
    const lasting = verdict({ ...long, edges: [], metrics: [series(long, (row) => (row < 365 ? 0.1 : 0.112) * waver(row))] });
    expect(lasting).toMatchObject({ real: false, confidence: 0, reason: expect.stringContaining('trouble older than the alert') });
    const ended = about((row) => (row < onset - 10 ? 0.1 * waver(row) : null));
    const silent = verdict({ ...ended, metrics: ended.metrics.slice(0, 1) });
    expect(silent).toMatchObject({ real: false, confidence: 0, reason: expect.stringContaining('older than the alert') });
    expect(verdict(about((row) => 0.1 * waver(row))).confidence).toBeGreaterThan(0.9);
  });

  it('is not real when things went better than usual', () => {
    expect(verdict(about((row) => (row < onset ? 0.2 : 0.05) * waver(row))).real).toBe(false);
  });

  it('about a metric nobody knows the good side of is real either way', () => {
    for (const now of [10, 60])
      expect(verdict(about((row) => (row < onset ? 30 : now) * waver(row), { metric: 'QueueDepth', stat: 'Maximum' })).real).toBe(true);
  });

  it('is judged by the statistic it names', () => {
    const scene = about((row) => 0.1 * waver(row));
    const tail = series(scene, (row) => (row < onset ? 0.3 : 0.9) * waver(row), { stat: 'p99' });
    const both = { ...scene, metrics: [...scene.metrics, tail] };
    expect(verdict(both).real).toBe(false);
    expect(verdict({ ...both, alert: { ...both.alert, stat: 'P99' } }).real).toBe(true);
  });

  it('is supported by a node below that is surely in trouble when its own series hardly shows it', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.025 } }, waver: 0.4, seed: 3 });
    const alone = { ...scene, metrics: scene.metrics.filter(({ node }) => node === 'front') };
    expect(verdict(alone).real).toBe(false);
    expect(verdict(scene)).toMatchObject({ real: true, reason: expect.stringContaining('stock below it departs') });
  });

  it('needs to be louder when two rows are all that is known from before', () => {
    const short = (now: number) => {
      const kase = about((row) => (row < onset ? 0.1 : now));
      return withSeries(kase, (one) => ({ ...one, t: one.t.slice(onset - 2), v: one.v.slice(onset - 2) }));
    };
    expect(verdict(short(0.17)).real).toBe(false);
    expect(verdict(short(0.3)).real).toBe(true);
  });

  it('can be held against rows from long after, when the past is missing and the trouble is over there', () => {
    const scene = about((row) => (row < onset ? 0.1 : 0.14) * waver(row));
    const recovered = (v: number): Case =>
      withSeries(scene, (one) => ({
        ...one,
        t: one.t.map((time, row) => (row < 115 ? time + 1e6 : time)),
        v: one.v.map((value, row) => (row < 115 && one.metric === 'latency' ? v * waver(row) : value)),
      }));
    expect(verdict(recovered(0.1)).real).toBe(true);
    expect(verdict(recovered(0.1)).confidence).toBeGreaterThan(verdict(recovered(0.3)).confidence);
  });

  it('is left open when there is no series to judge by', () => {
    expect(verdict({ ...about(() => null), alert: { ...about(() => null).alert, node: 'nobody' } })).toMatchObject({
      real: false,
      confidence: 0,
    });
  });
});
