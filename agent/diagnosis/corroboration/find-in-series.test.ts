import { expect, it } from 'vitest';
import type { MetricSeries } from '../../domain/evidence.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { auditChanges } from '../audit/audit-changes.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { findInSeries } from './find-in-series.ts';

const settings = diagnosisSettingsSchema.parse({});
const onset = Date.parse('2026-03-10T12:00:00.000Z') / 1000;
const services = ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database'];

/** Two hours in steps of 30 s, a little restless, then `now` for the two minutes since the onset. */
function series(service: string, metric: string, usual: number, now: number): MetricSeries {
  const points: MetricSeries['points'] = Array.from({ length: 240 }, (_, index) => {
    const restless = 1 + 0.03 * Math.sin(index * 2.4) + 0.02 * Math.cos(index * 5.1);
    return [onset + (index - 236) * 30, index < 236 ? usual * restless : now * restless];
  });
  return { kind: 'series', service, metric, stat: metric === 'latency' ? 'p95' : 'Average', unit: '', points };
}
function withPast(scene: Case, latency: Record<string, number> = {}): Case {
  for (const service of services) {
    scene.add(series(service, 'latency', 0.04, latency[service] ?? 0.04));
    scene.add(series(service, 'availability', 99.95, 99.95));
    scene.add(series(service, 'requests_per_sec', 12, 12));
  }
  return scene;
}
function slowCart(): Case {
  return new Case()
    .service('cart', { 'latency-p95': [1.4, 0.04] })
    .everyTask('cart', { 'latency-p95': [1.4, 0.04] })
    .call('storefront', 'cart', { 'latency-p95': [1.4, 0.04] })
    .service('storefront', { 'latency-p95': [1.44, 0.04] });
}
function best(scene: Case, service: string) {
  const input = scene.input(service, 'HighLatency');
  return auditChanges(diagnose(input, settings, findInSeries(input)), input, settings).diagnosis.ranked[0];
}

it('says nothing without series, so that the rules alone decide', () => {
  const input = slowCart().input('storefront', 'HighLatency');
  expect(findInSeries(input)).toBeUndefined();
  expect(diagnose(input, settings, findInSeries(input))).toEqual(diagnose(input, settings));
});

it('says nothing when no series is of the alerting service', () => {
  expect(
    findInSeries(
      slowCart()
        .add(series('payment', 'latency', 0.04, 0.04))
        .input('cart', 'HighLatency'),
    ),
  ).toBeUndefined();
});

it('points to the service that adds the delay, and the rules are surer for it', () => {
  const scene = () => withPast(slowCart(), { cart: 1.4, storefront: 1.44 });
  expect(findInSeries(scene().input('storefront', 'HighLatency'))).toMatchObject({ isReal: true, node: 'cart' });
  expect(best(scene(), 'storefront')).toMatchObject({ cause: 'all-tasks-degraded', service: 'cart' });
  expect(best(scene(), 'storefront')?.confidence).toBeGreaterThanOrEqual(best(slowCart(), 'storefront')?.confidence ?? 1);
});

it('is less sure of a restart when the past knows no deviation', () => {
  expect(best(withPast(slowCart()), 'cart')?.confidence).toBeLessThan(0.75);
});

it('finds what the alert is not called after: the name of an alert denies no other trouble', () => {
  const input = withPast(slowCart(), { cart: 1.4 }).input('cart', 'HighErrorRatio');
  expect(findInSeries(input)).toMatchObject({ isReal: true, node: 'cart', reason: expect.stringContaining('latency') });
  const calm = withPast(new Case()).input('cart', 'HighErrorRatio');
  expect(findInSeries(calm)).toMatchObject({ isReal: false });
});

it('answers the same whatever the order of the series', () => {
  const scene = withPast(slowCart(), { cart: 1.4, storefront: 1.44 });
  const input = scene.input('storefront', 'HighLatency');
  const turned = { ...input, facts: [...input.facts].reverse() };
  expect(diagnose(turned, settings, findInSeries(turned))).toEqual(diagnose(input, settings, findInSeries(input)));
});
