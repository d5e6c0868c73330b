import { describe, expect, it } from 'vitest';
import type { FirstFailing } from '../symptom/first-failing.ts';
import type { Where } from '../where/where.ts';
import { Case } from './case.ts';
import { hasComplaints, suspectsOf } from './suspects.ts';

const given = Case.parse({ id: 'a', alert: { node: 'door', metric: 'latency', at: 1 }, edges: [['door', 'store']] });
const where = (scores: Record<string, number>, real = true): Where => ({
  isReal: { real, confidence: 0.9, reason: '' },
  abstain: !real,
  onset: 0,
  ranked: Object.entries(scores).map(([node, score]) => ({ node, score, evidence: [`${node} adds delay`] })),
});
const heard = (votes: Record<string, number>): FirstFailing => {
  const [node = '', most = 0] = Object.entries(votes).sort(([, one], [, other]) => other - one)[0] ?? [];
  const all = Object.values(votes).reduce((sum, vote) => sum + vote, 0);
  return {
    node,
    share: most / all,
    evidence: new Map(Object.keys(votes).map((one) => [one, [`${one} complained`]])),
    votes: new Map(Object.entries(votes)),
  };
};
const order = (of: Case, place: Where, first: FirstFailing, isSurge = false) =>
  suspectsOf(of, place, first, isSurge).map(({ node }) => node);

describe('suspects', () => {
  it('are those of the metrics where nobody complains', () => {
    expect(order(given, where({ store: 1, door: 0.2 }), heard({ door: 1 }))).toEqual(['store', 'door']);
  });

  it('are the nodes that were heard of where the metrics say nothing', () => {
    expect(order(given, where({}, false), heard({ door: 1 }))).toEqual(['door']);
    expect(order(given, where({ door: 0 }, false), heard({ door: 1, store: 1.4 }))).toEqual(['store', 'door']);
  });

  it('follow the metrics against a caller that complains, where the calls are known', () => {
    expect(order(given, where({ store: 1, door: 0.1 }), heard({ door: 1.8 }))).toEqual(['store', 'door']);
  });

  it('follow the complaints where calls are unknown, the alert is of another kind, it is a surge, or metrics deny it', () => {
    const first = heard({ door: 1, pay: 1.8 });
    expect(order({ ...given, edges: [] }, where({ store: 1 }), first)[0]).toBe('pay');
    expect(order({ ...given, alert: { ...given.alert, metric: 'queue_depth' } }, where({ store: 1 }), first)[0]).toBe('pay');
    expect(order(given, where({ store: 1 }), first, true)[0]).toBe('pay');
    expect(order(given, where({ store: 1 }, false), first)[0]).toBe('pay');
  });

  it('carry the evidence of both', () => {
    const [best] = suspectsOf(given, where({ store: 1 }), heard({ door: 1, store: 1.5 }), false);
    expect(best).toMatchObject({ node: 'store', evidence: ['store adds delay', 'store complained'] });
  });

  it('know an alert from a complaint', () => {
    expect([heard({ door: 1 }), heard({ door: 1.8 }), heard({ door: 1, store: 0.5 })].map((first) => hasComplaints(first, given))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
