import { describe, expect, it } from 'vitest';
import { metricScene, shopEdges, withSeries } from '../../testing/metric-scene.ts';
import type { Case, Series } from '../case/case.ts';
import { where } from './where.ts';

const names = (kase: Case) => where(kase).ranked.map(({ node }) => node);
const evidence = (kase: Case, node: string) =>
  where(kase)
    .ranked.find((one) => one.node === node)
    ?.evidence.join('; ') ?? '';
const seriesOf = (kase: Case, node: string, metric: string) =>
  kase.metrics.find((one) => one.node === node && one.metric === metric) as Series;
const during = (kase: Case, series: Series, change: (value: number | null) => number | null): Series => ({
  ...series,
  v: series.v.map((value, row) => ((series.t[row] ?? 0) >= kase.alert.at ? change(value) : value)),
});

describe('a slow node', () => {
  it.each(['stock', 'pay', 'catalog', 'basket', 'front'])(
    'is found at %s, wherever it sits and although its callers are slow too',
    (node) => {
      const scene = metricScene({ faults: { [node]: { delay: 0.1 } } });
      expect(names(scene)[0]).toBe(node);
      expect(where(scene).isReal.real).toBe(true);
    },
  );

  it('is told with its series, what it was and what it is', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } } });
    expect(evidence(scene, 'stock')).toMatch(
      /^latency is 0\.10\d* s, usually 0\.00\d+ s at \d+(\.\d+)? requests\/s; no callee explains the delay$/,
    );
  });

  it('is told from one that always wavers as wildly', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.02 } }, edges: [...shopEdges, ['front', 'wild']] });
    const { t } = seriesOf(scene, 'front', 'latency');
    const wild = [
      { node: 'wild', metric: 'latency', stat: 'Average', t, v: t.map((_, row) => (row % 40 < 20 ? 2 : 4)) },
      { node: 'wild', metric: 'requests', stat: 'Sum', t, v: t.map(() => 60) },
    ];
    expect(names(withSeries(scene, (one) => one, wild))[0]).toBe('stock');
  });

  it('is told from one that had become slower a while before', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.02 } }, edges: [...shopEdges, ['front', 'older']] });
    const { t } = seriesOf(scene, 'front', 'latency');
    const older = [
      { node: 'older', metric: 'latency', stat: 'Average', t, v: t.map((_, row) => (row < 110 ? 0.1 : 0.3)) },
      { node: 'older', metric: 'requests', stat: 'Sum', t, v: t.map(() => 600) },
    ];
    expect(names(withSeries(scene, (one) => one, older))[0]).toBe('stock');
  });

  it('is found with the two rows before the incident as the only past', () => {
    expect(names(metricScene({ faults: { stock: { delay: 0.1 } }, rows: 2 }))[0]).toBe('stock');
  });

  it('is found by its percentiles when nobody gives the mean', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } } });
    const percentiles = withSeries(scene, (one) => (one.metric === 'latency' ? { ...one, stat: 'p50' } : one), [
      ...scene.metrics
        .filter(({ metric }) => metric === 'latency')
        .map((one) => ({ ...one, stat: 'p99', v: one.v.map((value) => (value ?? 0) * 2) })),
    ]);
    expect(names(percentiles)[0]).toBe('stock');
  });

  it('counts from when the trouble began, not from when the alert fired', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } }, since: 12 });
    const late = { ...scene, alert: { ...scene.alert, at: scene.alert.at + 6 * 60 } };
    expect(where(late).onset).toBe(scene.alert.at);
    expect(names(late)[0]).toBe('stock');
  });

  it('is found when the alert is younger than the newest row', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } }, since: 3 });
    const young = { ...scene, alert: { ...scene.alert, at: scene.alert.at + 3600 } };
    expect(where(young)).toMatchObject({ isReal: { real: true }, onset: scene.alert.at });
    expect(names(young)[0]).toBe('stock');
  });
});

describe('a failing node', () => {
  const alert = { metric: 'availability' };

  it.each(['stock', 'pay', 'catalog', 'basket', 'front'])('is found at %s', (node) => {
    const scene = metricScene({ faults: { [node]: { failing: 0.2 } }, alert });
    expect(names(scene)[0]).toBe(node);
    expect(where(scene).isReal.real).toBe(true);
  });

  it('is not the thing that never was: calls to what never once answered are their caller’s doing', () => {
    const scene = metricScene({ faults: { catalog: { failing: 0.4 } }, alert, edges: [...shopEdges, ['catalog', 'nowhere']] });
    const { t, v } = seriesOf(scene, 'catalog', 'requests');
    const calls = t.map((time, row) => (time >= scene.alert.at ? 0.4 * (v[row] ?? 0) : 0));
    const nowhere = [
      { node: 'nowhere', metric: 'requests', stat: 'Sum', t, v: calls },
      { node: 'nowhere', metric: 'availability', stat: 'Average', t, v: calls.map((count) => (count > 0 ? 0 : null)) },
    ];
    expect(names(withSeries(scene, (one) => one, nowhere))[0]).toBe('catalog');
  });

  it('may be failing because the one it waits for answers late', () => {
    const slow = metricScene({ faults: { pay: { delay: 2 } }, alert });
    const failing = metricScene({ faults: { basket: { failing: 0.5 } }, alert });
    const scene = withSeries(slow, (one) => (one.metric === 'availability' ? seriesOf(failing, one.node, 'availability') : one));
    expect(names(scene)[0]).toBe('pay');
    expect(evidence(scene, 'pay')).toContain('basket fails while it waits for pay');
  });
});

describe('the call graph', () => {
  it('is read by depth: two faults that have nothing to do with each other both lead', () => {
    const scene = metricScene({ faults: { catalog: { delay: 0.2 }, pay: { delay: 0.3 } } });
    expect(names(scene).slice(0, 2).sort()).toEqual(['catalog', 'pay']);
  });

  it('may lead through a node that reports nothing: what is below it explains what is above', () => {
    const scene = metricScene({ faults: { pay: { delay: 0.3 } } });
    const [first, second] = where(withSeries(scene, (one) => (one.node === 'basket' ? undefined : one))).ranked;
    expect(first?.node).toBe('pay');
    expect(second?.score ?? 0).toBeLessThan(0.5);
  });

  it('may have circles, in which nobody excuses anybody', () => {
    const edges: [string, string][] = [...shopEdges, ['pay', 'basket'], ['pay', 'pay']];
    for (let seed = 1; seed <= 10; seed += 1) {
      expect(
        names(metricScene({ faults: { pay: { delay: 0.3 } }, edges, seed }))
          .slice(0, 2)
          .sort(),
      ).toEqual(['basket', 'pay']);
      expect(names(metricScene({ faults: { front: { delay: 0.3 } }, edges, seed }))[0]).toBe('front');
    }
  });

  it('may be missing: then the alerting node is taken to call all others', () => {
    expect(names({ ...metricScene({ faults: { pay: { delay: 0.3 } } }), edges: [] })[0]).toBe('pay');
    expect(names({ ...metricScene({ faults: { front: { delay: 0.3 } } }), edges: [] })[0]).toBe('front');
  });

  it('is also read from spans', () => {
    const scene = metricScene({ faults: { catalog: { delay: 0.1 }, pay: { delay: 0.5 } }, alert: { node: 'catalog' } });
    const spans = [...shopEdges, ['', 'front'] as const].map(([caller, callee], at) => ({
      trace: 't',
      span: `${callee}${at}`,
      parent: caller,
      node: callee,
      name: '',
      start: 0,
      durationMs: 1,
      status: '',
    }));
    const parents = spans.map((span) => ({ ...span, parent: spans.find(({ node }) => node === span.parent)?.span ?? null }));
    expect(names({ ...scene, edges: [], spans: parents })[0]).toBe('catalog');
  });

  it('puts a node the alert does not reach behind those it does', () => {
    const scene = metricScene({ faults: { pay: { delay: 0.3 }, catalog: { delay: 0.1 } }, alert: { node: 'catalog' } });
    expect(names(scene)[0]).toBe('catalog');
    expect(names(scene)).toContain('pay');
  });

  it('may hold a caller’s view of a service as a node of its own: the service gets the blame', () => {
    const scene = metricScene({ faults: { catalog: { delay: 0.3 } }, edges: [...shopEdges, ['front', 'catalog-client']] });
    const asSeen = ['latency', 'availability', 'requests'].map((metric) => {
      const { t, v, stat } = seriesOf(scene, 'catalog', metric);
      return {
        node: 'catalog-client',
        metric,
        stat,
        t,
        v: v.map((value) => (metric === 'requests' ? Math.round((value ?? 0) * 0.8) : value)),
      };
    });
    const both = withSeries(scene, (one) => one, asSeen);
    expect(names(both)[0]).toBe('catalog');
    expect(evidence(both, 'catalog')).toContain("catalog-client shows the same trouble from its caller's side");
  });
});

describe('both views of a call', () => {
  const calls = (kase: Case, slow: readonly string[]): Series[] =>
    shopEdges.flatMap(([caller, callee]) => {
      const told = { ...seriesOf(kase, callee, 'latency') };
      const seen = slow.includes(`${caller}>${callee}`) ? during(kase, told, (value) => (value ?? 0) + 0.2) : told;
      return [
        { ...seen, node: caller, metric: `client_latency:${callee}` },
        { ...told, node: callee, metric: `latency:${caller}` },
      ];
    });
  const slower = (kase: Case, by: Record<string, number>): Case =>
    withSeries(kase, (one) => (one.metric === 'latency' ? during(kase, one, (value) => (value ?? 0) + (by[one.node] ?? 0)) : one));

  it('that part at every caller of a node show its network in trouble', () => {
    const scene = slower(metricScene(), { catalog: 0.2, basket: 0.2, front: 0.2 });
    const kase = withSeries(scene, (one) => one, calls(scene, ['catalog>stock', 'basket>stock']));
    expect(names(kase)[0]).toBe('stock');
    expect(evidence(kase, 'stock')).toContain('waits for stock longer than stock takes');
  });

  it('that part at every callee of a node show that node overloaded', () => {
    const scene = slower(metricScene(), { basket: 0.4, front: 0.4 / 3 });
    const kase = withSeries(scene, (one) => one, calls(scene, ['basket>stock', 'basket>pay']));
    expect(names(kase)[0]).toBe('basket');
  });

  it('stand in for the call graph and for a callee that reports nothing itself', () => {
    const scene = metricScene({ faults: { pay: { delay: 0.3 } } });
    const kase = withSeries(
      scene,
      (one) => (one.node === 'pay' ? undefined : one),
      calls(scene, []).filter(({ node }) => node !== 'pay'),
    );
    expect(names({ ...kase, edges: [] })[0]).toBe('pay');
  });
});

describe('a view of a node as its caller has it', () => {
  it('gives its trouble to the node, though it shows a little more', () => {
    const scene = metricScene({ faults: { basket: { delay: 0.1 } }, edges: [...shopEdges, ['front', 'to-basket']] });
    const [latency, requests] = [seriesOf(scene, 'basket', 'latency'), seriesOf(scene, 'basket', 'requests')];
    const view = [
      { ...latency, node: 'to-basket', v: latency.v.map((value) => (value ?? 0) * 1.03) },
      { ...requests, node: 'to-basket' },
    ];
    expect(names(withSeries(scene, (one) => one, view))[0]).toBe('basket');
  });
});

describe('an alert that fires late', () => {
  const scene = metricScene({ faults: { stock: { failing: 0.03 } }, step: 300, since: 4, alert: { metric: 'availability' } });
  const late = (rows: number): Case => ({ ...scene, alert: { ...scene.alert, at: scene.alert.at + rows * 300 } });

  it('is about the trouble that began before it, however small its share of failures', () => {
    for (const rows of [1, 2, 3]) {
      expect(where(late(rows))).toMatchObject({ isReal: { real: true }, onset: scene.alert.at });
      expect(names(late(rows))[0]).toBe('stock');
    }
  });

  it('is not about a trouble that was over a while before', () => {
    const over = withSeries(late(3), (one) => ({
      ...one,
      v: one.v.map((value, row) => (row >= 121 ? (one.v[row - 60] ?? value) : value)),
    }));
    expect(where(over).isReal.real).toBe(false);
  });
});

describe('a node that reports nothing any more', () => {
  const alert = { metric: 'availability' };
  const scene = metricScene({ faults: { basket: { failing: 0.5 } }, alert });
  const cut = (one: Series): Series => ({
    ...one,
    t: one.t.filter((time) => time < scene.alert.at),
    v: one.v.slice(0, one.t.filter((time) => time < scene.alert.at).length),
  });

  it('takes over the trouble its callers have and nobody explains', () => {
    const kase = withSeries(scene, (one) => (one.node === 'pay' ? cut(one) : one));
    expect(names(kase).slice(0, 2)).toEqual(['pay', 'basket']);
    expect(evidence(kase, 'pay')).toContain('reports nothing since the onset');
  });

  it('is not one whose requests fall to a reported zero', () => {
    const kase = withSeries(scene, (one) =>
      one.node === 'pay' ? (one.metric === 'requests' ? during(scene, one, () => 0) : cut(one)) : one,
    );
    expect(names(kase)[0]).toBe('basket');
  });

  it('is not one that often has rows without requests', () => {
    const gapped = (one: Series): Series => ({ ...one, v: one.v.map((value, row) => (row % 5 < 2 ? null : value)) });
    const quiet = metricScene({ since: 3, alert });
    const kase = withSeries(quiet, (one) => (one.node === 'front' ? during(quiet, gapped(one), () => null) : gapped(one)), [
      { node: 'other', metric: 'requests', stat: 'Sum', t: seriesOf(quiet, 'pay', 'requests').t.slice(-3), v: [1, 1, 1] },
    ]);
    expect(where(kase).isReal.real).toBe(false);
  });

  it('makes the alert real when it is the alerting node', () => {
    const kase = withSeries(scene, (one) => (one.node === 'front' ? cut(one) : one));
    expect(where(kase).isReal).toMatchObject({ real: true, reason: expect.stringContaining('missing data is no health') });
  });
});

describe('other metrics', () => {
  const cpu = (kase: Case, node: string, peak: number): Series => {
    const { t } = seriesOf(kase, node, 'latency');
    return {
      node,
      metric: 'cpu_utilization',
      stat: 'Average',
      t,
      v: t.map((time, row) => (time >= kase.alert.at ? peak : 30 + (row % 7))),
    };
  };

  it('speak for a suspect', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } } });
    expect(
      evidence(
        withSeries(scene, (one) => one, [cpu(scene, 'stock', 98)]),
        'stock',
      ),
    ).toContain('cpu_utilization Average is 98, usually 33');
  });

  it('weigh in when two are about as suspect', () => {
    const scene = metricScene({ faults: { catalog: { delay: 0.11 }, pay: { delay: 0.2 } } });
    expect(names(scene)[0]).toBe('catalog');
    expect(names(withSeries(scene, (one) => one, [cpu(scene, 'pay', 98)]))[0]).toBe('pay');
  });

  it('are better than nothing', () => {
    const scene = metricScene();
    expect(names({ ...scene, metrics: [cpu(scene, 'pay', 98), cpu(scene, 'stock', 34)] })).toEqual(['pay']);
  });
});

describe('thin or broken cases', () => {
  it('answer with the alerting node and abstain when there is nothing to go by', () => {
    const empty = { ...metricScene(), metrics: [], edges: [] };
    expect(where(empty)).toMatchObject({ abstain: true, isReal: { real: false, confidence: 0 }, ranked: [{ node: 'front', score: 0 }] });
  });

  it('may hold nulls, empty columns and nodes nobody else names', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } } });
    const { t } = seriesOf(scene, 'front', 'latency');
    const holes = withSeries(scene, (one) => ({ ...one, v: one.v.map((value, row) => (row % 5 === 2 ? null : value)) }), [
      { node: 'stranger', metric: 'latency', stat: 'Average', t, v: t.map(() => null) },
      { node: 'stranger', metric: 'requests', stat: 'Sum', t: [], v: [] },
    ]);
    expect(names(holes)[0]).toBe('stock');
  });

  it('may count no requests at all', () => {
    const scene = metricScene({ faults: { stock: { delay: 0.1 } } });
    expect(names(withSeries(scene, (one) => (one.metric === 'requests' ? undefined : one)))[0]).toBe('stock');
  });
});
