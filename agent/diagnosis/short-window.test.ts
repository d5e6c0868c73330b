import { expect, it } from 'vitest';
import { Case } from '../testing/diagnosis-case.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { diagnose } from './diagnose.ts';
import { diagnosisSettingsSchema } from './settings.ts';

// A shop at a fast pace: windows of 4 s hold some 20 to 60 requests of a service, and half or a third of that of a task.
const settings = diagnosisSettingsSchema.parse({});
const recentSeconds = 4;

function best(scene: Case, service: string, alert: string) {
  const input = { ...scene.input(service, alert), recentSeconds };
  return auditChanges(diagnose(input, settings), input, settings).diagnosis;
}

function shop(): Case {
  return new Case()
    .service('storefront', { 'request-rate': [20, 20] })
    .everyTask('storefront', { 'request-rate': [10, 10] })
    .service('catalog', { 'request-rate': [15, 15] })
    .everyTask('catalog', { 'request-rate': [5, 5], 'in-flight': [0.1, 0.1], 'latency-p95': [0.01, 0.01] })
    .service('cart', { 'request-rate': [14, 14] })
    .everyTask('cart', { 'request-rate': [7, 7] })
    .service('checkout', { 'request-rate': [6, 6] })
    .everyTask('checkout', { 'request-rate': [3, 3] })
    .call('storefront', 'catalog', { 'request-rate': [15, 15] })
    .call('storefront', 'cart', { 'request-rate': [8, 8] })
    .call('checkout', 'cart', { 'request-rate': [6, 6] })
    .call('storefront', 'checkout', { 'request-rate': [6, 6] });
}

it.each([
  [0.3, 'checkout'],
  [0.58, 'checkout'],
  [0.3, 'storefront'],
  [0.58, 'storefront'],
])('names the release when %d of the checkout requests fail and %s alerts', (share, service) => {
  const scene = shop()
    .deployed('checkout', 'checkout:2', -10)
    .service('checkout', { 'error-ratio': [share, 0] })
    .everyTask('checkout', { 'error-ratio': [share, 0] })
    .route('checkout', 'POST', '/quote', { 'error-ratio': [1, 0], 'latency-p95': [0.02, 0.02], 'request-rate': [6 * share, 6 * share] })
    .call('storefront', 'checkout', { 'error-ratio': [share, 0] })
    .service('storefront', { 'error-ratio': [(6 * share) / 20, 0] })
    .everyTask('storefront', { 'error-ratio': [(6 * share) / 20, 0] });
  const { ranked } = best(scene, service, 'HighErrorRatio');
  expect(ranked[0]).toMatchObject({ cause: 'bad-deployment', service: 'checkout' });
  expect(ranked[0]?.confidence).toBeGreaterThanOrEqual(0.7);
});

it.each([
  ['catalog', 5],
  ['catalog', 3.5],
  ['storefront', 4],
])('names the hanging catalog task when %s alerts and the task finishes %d requests/s', (service, rate) => {
  const scene = shop()
    .task('catalog', 'catalog-1', { 'in-flight': [10, 0.1], 'latency-p95': [2.4, 0.01], 'request-rate': [rate, 5] })
    .service('catalog', { 'latency-p95': [2.3, 0.01], 'in-flight': [10.2, 0.3] })
    .call('storefront', 'catalog', { 'latency-p95': [2.3, 0.01], 'error-ratio': [0.2, 0] })
    .service('storefront', { 'latency-p95': [2.3, 0.04], 'error-ratio': [0.1, 0] })
    .everyTask('storefront', { 'latency-p95': [2.3, 0.04], 'error-ratio': [0.1, 0] });
  const { ranked } = best(scene, service, 'HighLatency');
  expect(ranked[0]).toMatchObject({ cause: 'sick-task', service: 'catalog', taskId: 'catalog-1' });
  expect(ranked[0]?.confidence).toBeGreaterThanOrEqual(0.7);
});

it.each([
  ['cart', 7, 7],
  ['storefront', 7, 7],
  // Requests are not dealt out evenly: one task of two may see a third of them in a window this short.
  ['cart', 4.5, 9.5],
])('names all tasks of cart when %s alerts and they answer %d and %d requests/s', (service, first, second) => {
  const slow: Parameters<Case['service']>[1] = { 'latency-p95': [0.95, 0.02], 'in-flight': [5, 0.1] };
  const scene = shop()
    .service('cart', slow)
    .task('cart', 'cart-0', { ...slow, 'request-rate': [first, 7] })
    .task('cart', 'cart-1', { ...slow, 'request-rate': [second, 7] })
    .call('storefront', 'cart', { 'latency-p95': [0.95, 0.02] })
    .call('checkout', 'cart', { 'latency-p95': [0.95, 0.02] })
    .service('checkout', { 'latency-p95': [0.97, 0.04] })
    .everyTask('checkout', { 'latency-p95': [0.97, 0.04] })
    .service('storefront', { 'latency-p95': [0.97, 0.04] })
    .everyTask('storefront', { 'latency-p95': [0.97, 0.04] });
  const { ranked } = best(scene, service, 'HighLatency');
  expect(ranked[0]).toMatchObject({ cause: 'all-tasks-degraded', service: 'cart' });
  expect(ranked[0]?.confidence).toBeGreaterThanOrEqual(0.75);
});

it.each([
  ['storefront', 'no-fault'],
  ['checkout', 'no-fault'],
])('names no cause when %s alerts and all is well', (service, conclusion) => {
  expect(best(shop(), service, 'HighLatency')).toMatchObject({ conclusion, ranked: [] });
});
