import { expect, it } from 'vitest';
import type { CallEdge } from '../domain/evidence.ts';
import { Case } from '../testing/diagnosis-case.ts';
import { diagnose } from './diagnose.ts';
import { localize } from './localize.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});

/** The metrics know no calls. */
function failing(...services: string[]): Case {
  const scene = new Case().drop((fact) => fact.kind === 'call-signal');
  for (const service of services) scene.service(service, { 'error-ratio': [0.4, 0] }).everyTask(service, { 'error-ratio': [0.4, 0] });
  return scene;
}
function edge(caller: string, callee: string, more: Partial<CallEdge> = {}): CallEdge {
  const seen = { origin: 'traces', windowSeconds: 60, calls: 700, errors: 280, latencySeconds: 0.04 } as const;
  return { kind: 'call-edge', caller, callee, ...seen, ...more };
}
const configured = { origin: 'configured', windowSeconds: 0, calls: null, errors: null, latencySeconds: null } as const;

it('follows failing calls that only traces have seen', () => {
  const scene = () => failing('storefront', 'checkout');
  expect(localize(scene().input('storefront'), settings).path).toEqual(['storefront']);
  expect(localize(scene().add(edge('storefront', 'checkout')).input('storefront'), settings).path).toEqual(['storefront', 'checkout']);
});

it('follows no call that somebody merely configured', () => {
  const scene = failing('storefront', 'checkout').add(edge('storefront', 'checkout', configured));
  expect(localize(scene.input('storefront'), settings).path).toEqual(['storefront']);
});

it('believes the metrics of a call before its traces', () => {
  const scene = failing('storefront', 'checkout').call('storefront', 'checkout', { 'error-ratio': [0, 0], 'latency-p95': [0.02, 0.02] });
  expect(localize(scene.add(edge('storefront', 'checkout')).input('storefront'), settings).path).toEqual(['storefront']);
});

it.each([
  ['no call', { calls: 0, errors: 0 }],
  ['no window', { windowSeconds: 0 }],
  ['more failures than calls', { calls: 1, errors: 500 }],
  ['numbers that are none', { calls: Number.NaN, errors: Number.NaN }],
])('reads nothing into %s', (_, more) => {
  const scene = failing('storefront', 'checkout').add(edge('storefront', 'checkout', more));
  expect(localize(scene.input('storefront'), settings).path).toEqual(['storefront']);
});

it.each([1, 4])('blames nobody for %d failed calls of a sample of traces', (errors) => {
  const broken = () => new Case().service('payment', { 'error-ratio': [0.4, 0] }).everyTask('payment', { 'error-ratio': [0.4, 0] });
  const best = (scene: Case) => diagnose(scene.input('payment'), settings).ranked[0];
  const few = best(broken().add(edge('payment', 'bank', { calls: errors, errors })));
  expect(few).toEqual(best(broken().add(edge('payment', 'bank', configured))));
  expect(few).toMatchObject({ cause: 'all-tasks-degraded' });
  expect(best(broken().add(edge('payment', 'bank', { calls: 10, errors: 9 })))?.cause).toBe('dependency-fault');
});

it('does not take a service for one that calls nobody when a callee is known which nobody measures', () => {
  const confidence = (scene: Case) =>
    diagnose(scene.input('payment'), settings).ranked.find(({ cause }) => cause === 'all-tasks-degraded')?.confidence ?? 0;
  const broken = () => new Case().service('payment', { 'error-ratio': [0.4, 0] }).everyTask('payment', { 'error-ratio': [0.4, 0] });
  expect(confidence(broken().add(edge('payment', 'bank', configured)))).toBeLessThan(confidence(broken()));
});
