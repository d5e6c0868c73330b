import { expect, it } from 'vitest';
import { EvidenceId } from '../../domain/ids.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { auditChanges } from '../audit/audit-changes.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import type { SeriesFinding } from './series-evidence.ts';

const settings = diagnosisSettingsSchema.parse({});
const evidence = [EvidenceId.parse('history')];

function finding(node: string | undefined, nodeConfidence = 0.8, more: Partial<SeriesFinding> = {}): SeriesFinding {
  const measured = new Set(['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database']);
  return {
    isReal: true,
    confidence: 0.95,
    node,
    nodeConfidence,
    reason: 'latency is 9 deviations above usual',
    evidence,
    measured,
    ...more,
  };
}
function slowCart(): Case {
  return new Case().service('cart', { 'latency-p95': [1.4, 0.04] }).everyTask('cart', { 'latency-p95': [1.4, 0.04] });
}
function best(scene: Case, service: string, past?: SeriesFinding) {
  const input = scene.input(service, 'HighLatency');
  return auditChanges(diagnose(input, settings, past), input, settings).diagnosis.ranked[0];
}
const alone = best(slowCart(), 'cart')?.confidence ?? 0;

it('is surer, and cites the series, where they point to the service the rules found', () => {
  const agreed = best(slowCart(), 'cart', finding('cart'));
  expect(agreed?.confidence).toBeGreaterThan(alone);
  expect(agreed?.confidence).toBeLessThanOrEqual(0.95);
  expect(agreed?.evidence).toContain('history');
  expect(agreed?.because.at(-1)).toContain('9 deviations');
});

it('is never surer than the rule allows, however sure the series', () => {
  // The sick task started after the onset: it may be warming up, and the rule says 0.6 at most.
  const ill = { 'latency-p95': [1.4, 0.04], 'error-ratio': [0.4, 0] } satisfies Parameters<Case['service']>[1];
  const scene = () => new Case().service('catalog', ill).task('catalog', 'catalog-1', ill).runs('catalog', 'catalog-1', 10);
  const claim = (past?: SeriesFinding) => diagnose(scene().input('catalog', 'HighLatency'), settings, past).ranked[0];
  expect(claim()).toMatchObject({ cause: 'sick-task', confidence: 0.6 });
  expect(claim(finding('catalog', 0.99))).toMatchObject({ cause: 'sick-task', confidence: 0.6 });
});

it.each([0.6, 0.8, 0.99])('is less sure, yet not silent, where they point elsewhere with %d', (sure) => {
  const contradicted = best(slowCart(), 'cart', finding('payment', sure));
  expect(contradicted).toMatchObject({ cause: 'all-tasks-degraded', service: 'cart' });
  expect(contradicted?.confidence).toBeLessThan(alone);
  expect(contradicted?.confidence).toBeGreaterThanOrEqual(0.3);
});

it('is less sure where the past shows no deviation at all', () => {
  expect(best(slowCart(), 'cart', finding(undefined, 0, { isReal: false, confidence: 0.1 }))?.confidence).toBeLessThan(0.75);
});

it('lets no past of a whole service deny what one of its tasks shows beside its siblings', () => {
  const ill = { 'latency-p95': [1.4, 0.04], 'error-ratio': [0.4, 0] } satisfies Parameters<Case['service']>[1];
  const scene = () => new Case().service('catalog', ill).task('catalog', 'catalog-1', ill);
  const calm = finding(undefined, 0, { isReal: false, confidence: 0.01 });
  expect(best(scene(), 'catalog')).toMatchObject({ cause: 'sick-task' });
  expect(best(scene(), 'catalog', calm)).toEqual(best(scene(), 'catalog'));
});

it('lets series say nothing of a service they do not measure', () => {
  expect(best(slowCart(), 'cart', finding('payment', 0.9, { measured: new Set(['payment']) }))).toEqual(best(slowCart(), 'cart'));
  expect(best(slowCart(), 'cart', finding(undefined, 0))).toEqual(best(slowCart(), 'cart'));
});

it('lets no series speak about what ECS alone knows', () => {
  const scene = () => new Case().state('payment', 2, 1, 0).says('payment', 10, 'placement-failure');
  const claim = (past?: SeriesFinding) => diagnose(scene().input('payment', 'TasksMissing'), settings, past).ranked[0];
  expect(claim(finding('catalog', 0.9))).toEqual(claim());
});

const hidden = () =>
  new Case()
    .service('storefront', { 'latency-p95': [0.9, 0.04] })
    .service('payment', { 'latency-p95': [1.2, 0.04] })
    .everyTask('payment', { 'latency-p95': [1.2, 0.04] });

it('looks with the rules where only the series lead, and stays below what an action needs', () => {
  expect(best(hidden(), 'storefront')).toBeUndefined();
  expect(best(hidden(), 'storefront', finding('payment'))).toMatchObject({
    cause: 'all-tasks-degraded',
    service: 'payment',
    confidence: 0.6,
  });
});

it('names no cause from series alone: where no rule agrees, nothing is claimed', () => {
  expect(best(new Case().service('storefront', { 'latency-p95': [0.9, 0.04] }), 'storefront', finding('payment'))).toBeUndefined();
});

it('follows no series to a service the alerting one does not depend on', () => {
  const scene = new Case().service('payment', { 'latency-p95': [0.9, 0.04] }).service('cart', { 'latency-p95': [1.2, 0.04] });
  scene.everyTask('cart', { 'latency-p95': [1.2, 0.04] });
  expect(best(scene, 'payment', finding('cart'))).toBeUndefined();
});

it('raises nothing where the rules say that nothing is wrong', () => {
  expect(diagnose(new Case().input('cart', 'HighLatency'), settings, finding('cart', 0.99)).conclusion).toBe('no-fault');
});
