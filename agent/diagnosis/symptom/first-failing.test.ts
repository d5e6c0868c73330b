import { describe, expect, it } from 'vitest';
import { caseOf, type Scene } from '../change/fixtures/scene.ts';
import { blastRadius } from './blast-radius.ts';
import { firstFailing } from './first-failing.ts';
import { symptomsOf } from './symptoms.ts';

const chain: Scene = {
  id: 'chain',
  alert: ['site', 'http_5xx_ratio', 'site answers 500'],
  edges: [
    ['site', 'cart'],
    ['cart', 'stock'],
    ['site', 'search'],
  ],
  logs: [
    ['stock', 'ERROR', 'cannot read levels', 2, 20],
    ['cart', 'ERROR', 'stock answered 500', 4, 20],
    ['site', 'ERROR', 'cart answered 500', 6, 20],
  ],
  metrics: [
    ['site', 'http_5xx_ratio', 0.001, 0.3],
    ['cart', 'http_5xx_ratio', 0.001, 0.5],
    ['search', 'requests_per_sec', 100, 300],
  ],
  spans: [
    ['site', 'GET /', 'ERROR', 50],
    ['cart', 'load', 'ERROR', 40],
    ['stock', 'levels', 'ERROR', 10],
  ],
  commits: [],
  answer: 'none',
};

describe('who failed first, and who suffers', () => {
  it('follows failing spans and blaming errors down to the one that blames nobody', () => {
    const first = firstFailing(caseOf(chain));
    expect(first.node).toBe('stock');
    expect([...first.evidence.keys()]).toEqual([...first.votes.keys()]);
    for (const sentences of first.evidence.values()) expect(sentences.length).toBeGreaterThan(0);
  });

  it('is the alerting node where nothing else is known', () => {
    expect(firstFailing(caseOf({ ...chain, logs: [], spans: [], metrics: [] })).node).toBe('site');
  });

  it('finds parents of spans whose trace id was lost by span id and nearest time', () => {
    const given = caseOf(chain);
    const torn = {
      ...given,
      edges: [],
      spans: given.spans.map((span) => (span.parent && span.trace === 'now' ? { ...span, trace: 'lost' } : span)),
    };
    expect(firstFailing(torn).node).toBe('stock');
    expect([...(symptomsOf(torn).graph.callees.get('cart') ?? [])]).toEqual(['stock']);
  });

  it('counts callers that fail as hit, not a node that merely gets more requests', () => {
    expect(blastRadius(caseOf(chain))).toEqual(['cart', 'site']);
  });
});
