import { describe, expect, it } from 'vitest';
import type { CallEdge, Evidence, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { RunSettings } from './dependencies.ts';
import { latestOnsetOf, neighboursOf, onsetOf, referenceOf, samplesOf, waitsOf } from './facts.ts';

function evidence(source: string, facts: Fact[]): Evidence {
  const about = { question: '', from: '', to: '', status: 'found', detail: '', durationMs: 0 } as const;
  return { id: EvidenceId.parse(source), source, ...about, facts };
}
const seen = { kind: 'call-edge', origin: 'traces', windowSeconds: 60, calls: 9, errors: 0, latencySeconds: 0.1 } as const;
const edge = (caller: string, callee: string): CallEdge => ({ ...seen, caller, callee });
const measured = (service: string): Fact => ({ kind: 'service-signal', service, signal: 'error-ratio', now: 0, before: 0 });

it('takes who calls and who is called for neighbours, also where only traces saw it', () => {
  const call: Fact = { kind: 'call-signal', caller: 'gateway', callee: 'cart', signal: 'error-ratio', now: 0, before: 0 };
  const metrics = evidence('prometheus', [call, measured('cart'), measured('stock')]);
  const traces = evidence('traces', [edge('cart', 'stock'), edge('stock', 'ledger')]);
  expect(neighboursOf([metrics, traces], ['cart'])).toEqual(['gateway', 'stock']);
});

it('takes no name for a neighbour that a span made up, however many there are', () => {
  const made = Array.from({ length: 5_000 }, (_, index) => edge('cart', `peer-${index}-${'x'.repeat(1_000)}`));
  expect(neighboursOf([evidence('prometheus', [measured('cart')]), evidence('traces', made)], ['cart'])).toEqual([]);
});

describe('the traffic to compare with', () => {
  const rate = (now: number | null, before: number | null): Fact => ({
    kind: 'service-signal',
    service: 'cart',
    signal: 'request-rate',
    now,
    before,
  });
  it.each([
    ['before the trouble, when clients ask again and again', 300, 100, 100],
    ['before the trouble, when users are driven away', 20, 100, 100],
    ['at the decision, when nobody knows what was before', 20, null, 20],
    ['at the decision, when there was none before', 20, 0, 20],
    ['before the trouble, when there is none any more', null, 100, 100],
  ])('is that %s', (_, now, before, expected) => {
    expect(referenceOf([evidence('prometheus', [rate(now, before)])], ['cart'])[0]?.requestRate).toBe(expected);
  });
});

describe('the rollout of a service', () => {
  const deployment = (
    rolloutState: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED' | 'UNKNOWN',
    failedTasks = 0,
    status = 'PRIMARY' as const,
  ): Fact => {
    const at = '2026-03-10T12:00:00.000Z';
    return {
      kind: 'deployment',
      service: 'cart',
      id: 'ecs-svc/1',
      status,
      rolloutState,
      rolloutReason: '',
      taskDefinition: 'cart:1',
      createdAt: at,
      updatedAt: at,
      failedTasks,
    };
  };
  it.each([
    ['none', deployment('COMPLETED')],
    ['none', deployment('COMPLETED', 2)],
    ['under-way', deployment('IN_PROGRESS')],
    ['failing', deployment('IN_PROGRESS', 1)],
    ['failing', deployment('FAILED')],
    [undefined, deployment('UNKNOWN')],
  ])('is %s', (rollout, fact) => {
    expect(samplesOf([evidence('ecs', [fact])], ['cart'])[0]?.rollout).toBe(rollout);
  });

  it('is that of its primary deployment', () => {
    const draining: Fact = { ...deployment('FAILED'), status: 'ACTIVE' } as Fact;
    expect(samplesOf([evidence('ecs', [deployment('COMPLETED'), draining])], ['cart'])[0]?.rollout).toBe('none');
  });
});

describe('when the trouble began', () => {
  const fired = '2026-03-10T12:00:00.000Z';
  const now = new Date('2026-03-10T12:00:05.000Z');
  const incident = { alertName: 'OrdersLost', startedAt: fired, openedAt: fired } as Incident;
  const settings = { alertPendingSeconds: 120 } as RunSettings;
  const rule = (forSeconds: number, name = 'OrdersLost'): Fact => ({ kind: 'alert-rule', name, forSeconds, rangeSeconds: 60 });
  const waits = (...rules: Fact[]) => waitsOf([evidence('prometheus', rules)], 'OrdersLost');
  const earlier = (seconds: number) => new Date(Date.parse(fired) - seconds * 1000);

  it('is, at the earliest, as long before the alert as its rule waits, or as the setting says when nobody knows the rule', () => {
    expect(onsetOf(incident, now, settings)).toEqual(earlier(120));
    expect(onsetOf(incident, now, settings, waits(rule(0)))).toEqual(earlier(0));
    expect(onsetOf(incident, now, settings, waits(rule(60), rule(600)))).toEqual(earlier(600));
  });

  it('is, at the latest, as long before the alert as the quickest rule of its name waits, and no guess makes it older', () => {
    expect(latestOnsetOf(incident, now, waits(rule(300), rule(30), rule(0, 'AnotherAlert')))).toEqual(earlier(30));
    expect(latestOnsetOf(incident, now, waits(rule(600, 'AnotherAlert')))).toEqual(earlier(0));
  });

  it('is the moment we were told where nobody can have been troubled for so long, or it lies ahead', () => {
    for (const startedAt of ['2020-01-01T00:00:00.000Z', '2026-03-10T12:00:06.000Z', 'soon']) {
      expect(latestOnsetOf({ ...incident, startedAt }, now, [])).toEqual(earlier(0));
    }
  });
});
