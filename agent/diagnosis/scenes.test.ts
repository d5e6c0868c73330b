import { expect, it } from 'vitest';
import { Case } from '../testing/diagnosis-case.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { diagnose } from './diagnose.ts';
import { localize } from './localize.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});

function run(scene: Case, service: string, alert?: string) {
  const input = scene.input(service, alert);
  const diagnosis = diagnose(input, settings);
  return { place: localize(input, settings), diagnosis, audited: auditChanges(diagnosis, input, settings) };
}

function checkoutDeployment(): Case {
  return new Case()
    .deployed('checkout', 'checkout:2', -90)
    .service('checkout', { 'error-ratio': [0.35, 0] })
    .everyTask('checkout', { 'error-ratio': [0.35, 0] })
    .route('checkout', 'POST', '/quote', { 'error-ratio': [1, 0], 'latency-p95': [0.02, 0.03], 'request-rate': [4, 4] })
    .route('checkout', 'POST', '/orders', { 'error-ratio': [0, 0], 'latency-p95': [0.05, 0.05], 'request-rate': [8, 8] })
    .call('storefront', 'checkout', { 'error-ratio': [0.35, 0] })
    .service('storefront', { 'error-ratio': [0.3, 0] })
    .everyTask('storefront', { 'error-ratio': [0.3, 0] });
}

function hangingCatalogTask(): Case {
  return new Case()
    .task('catalog', 'catalog-1', { 'latency-p95': [0.97, 0.04], 'in-flight': [4, 0.2], 'request-rate': [3.5, 4] })
    .service('catalog', { 'latency-p95': [0.95, 0.04], 'in-flight': [4.5, 0.5] })
    .call('catalog', 'database', { 'error-ratio': [0.3, 0], 'latency-p95': [0.9, 0.01] })
    .call('storefront', 'catalog', { 'error-ratio': [0.33, 0], 'latency-p95': [0.97, 0.05] })
    .service('storefront', { 'error-ratio': [0.2, 0], 'latency-p95': [0.98, 0.06] })
    .everyTask('storefront', { 'error-ratio': [0.2, 0], 'latency-p95': [0.98, 0.06] });
}

function slowCart(): Case {
  return new Case()
    .service('cart', { 'latency-p95': [1.4, 0.04], 'in-flight': [9, 0.5] })
    .everyTask('cart', { 'latency-p95': [1.4, 0.04], 'in-flight': [4.5, 0.3] })
    .call('storefront', 'cart', { 'latency-p95': [1.4, 0.05] })
    .call('checkout', 'cart', { 'latency-p95': [1.4, 0.05], 'error-ratio': [0.1, 0] })
    .service('checkout', { 'latency-p95': [1.5, 0.06], 'error-ratio': [0.1, 0] })
    .everyTask('checkout', { 'latency-p95': [1.5, 0.06], 'error-ratio': [0.1, 0] })
    .service('storefront', { 'latency-p95': [1.5, 0.06] })
    .everyTask('storefront', { 'latency-p95': [1.5, 0.06] });
}

it.each(['checkout', 'storefront'])('names the new revision of checkout when %s alerts after a deployment broke one route', (service) => {
  const { place, audited } = run(checkoutDeployment(), service);
  expect(place.service).toBe('checkout');
  expect(audited.vetoed).toBe(false);
  expect(audited.diagnosis.ranked[0]).toMatchObject({ cause: 'bad-deployment', service: 'checkout' });
  expect(audited.diagnosis.ranked[0]?.confidence).toBeGreaterThanOrEqual(0.8);
});

it('names the deployment while its rollout still goes on and only the new task fails', () => {
  const scene = checkoutDeployment()
    .deployed('checkout', 'checkout:3', -30, 'IN_PROGRESS')
    .runs('checkout', 'checkout-1', -20, 'checkout:3')
    .task('checkout', 'checkout-0', { 'error-ratio': [0, 0] });
  const { audited } = run(scene, 'checkout');
  expect(audited.vetoed).toBe(false);
  expect(audited.diagnosis.ranked[0]?.cause).toBe('bad-deployment');
});

it.each([
  ['catalog', 'HighLatency'],
  ['storefront', 'HighErrorRatio'],
  ['storefront', 'HighLatency'],
])('names the one hanging catalog task when %s raises %s, although its calls to the database fail', (service, alert) => {
  const { place, audited } = run(hangingCatalogTask(), service, alert);
  expect(place.service).toBe('catalog');
  expect(audited.diagnosis.ranked[0]).toMatchObject({ cause: 'sick-task', service: 'catalog', taskId: 'catalog-1' });
  expect(audited.diagnosis.ranked[0]?.confidence).toBeGreaterThanOrEqual(0.75);
});

it('names the hanging task also when it finishes nothing at all', () => {
  const scene = hangingCatalogTask().task('catalog', 'catalog-1', {
    'error-ratio': [null, 0],
    'latency-p95': [null, 0.04],
    'request-rate': [0, 4],
  });
  expect(run(scene, 'catalog', 'HighLatency').audited.diagnosis.ranked[0]).toMatchObject({ cause: 'sick-task', taskId: 'catalog-1' });
});

it.each(['cart', 'storefront', 'checkout'])('names all tasks of cart when %s alerts, cart is slow and nothing was deployed', (service) => {
  const { place, audited } = run(slowCart(), service, 'HighLatency');
  expect(place.service).toBe('cart');
  expect(audited.diagnosis.ranked[0]).toMatchObject({ cause: 'all-tasks-degraded', service: 'cart' });
  expect(audited.diagnosis.ranked[0]?.confidence).toBeGreaterThanOrEqual(0.75);
});

it('still clears the database when cart waits inside its own call and sees it slow', () => {
  const scene = slowCart().call('cart', 'database', { 'latency-p95': [1.3, 0.01] });
  const { place, audited } = run(scene, 'cart', 'HighLatency');
  expect(place.service).toBe('cart');
  expect(audited.diagnosis.ranked[0]).toMatchObject({ cause: 'all-tasks-degraded', service: 'cart' });
  expect(audited.diagnosis.ranked[0]?.confidence).toBeGreaterThanOrEqual(0.75);
});

it('says no fault when the signals are back, the tasks run and report', () => {
  const { diagnosis } = run(new Case().call('checkout', 'payment', { 'error-ratio': [0, 0] }), 'checkout');
  expect(diagnosis.conclusion).toBe('no-fault');
  expect(diagnosis.ranked).toEqual([]);
});

it('offers no restart while the errors of just replaced payment tasks still stand in the window', () => {
  const scene = new Case()
    .service('checkout', { 'error-ratio': [0.2, 0] })
    .everyTask('checkout', { 'error-ratio': [0.2, 0] })
    .call('checkout', 'payment', { 'error-ratio': [0.5, 0] })
    .service('payment', { 'request-rate': [6, 12] });
  for (const [index, task] of ['payment-0', 'payment-1'].entries()) {
    scene.drop((fact) => fact.kind === 'task' && fact.taskId === task);
    scene.stopped('payment', task, { startedSeconds: -9000, stoppedSeconds: 5, stopCode: 'UserInitiated', reason: 'stopped by FIS' });
    scene.runs('payment', `payment-new-${index}`, 20);
  }
  const { place, audited } = run(scene, 'checkout');
  expect(place.service).toBe('payment');
  expect(audited.diagnosis.ranked[0]).toMatchObject({ cause: 'capacity-loss', service: 'payment' });
  expect(audited.diagnosis.ranked.map(({ cause }) => cause)).not.toContain('all-tasks-degraded');
});

it('names no sick task and no bad release for one failure among a dozen requests', () => {
  // 0.2 requests/s over 60 s are 12: as many as one task answers in a few seconds of a small service.
  const few: Parameters<Case['service']>[1] = { 'request-rate': [0.2, 0.2] };
  const scene = new Case().service('checkout', { 'request-rate': [0.4, 0.4], 'error-ratio': [1 / 24, 0] }).everyTask('checkout', few);
  scene.task('checkout', 'checkout-0', { ...few, 'error-ratio': [1 / 12, 0] });
  expect(run(scene, 'checkout').diagnosis.ranked.filter(({ cause }) => cause !== 'dependency-fault')).toEqual([]);
  const released = scene.deployed('checkout', 'checkout:2', -10);
  expect(run(released, 'checkout').diagnosis.ranked.map(({ cause }) => cause)).not.toContain('bad-deployment');
});

it('still names the sick task when half of its few requests fail', () => {
  const scene = new Case().service('checkout', { 'request-rate': [0.7, 0.7], 'error-ratio': [0.25, 0] });
  scene.everyTask('checkout', { 'request-rate': [0.35, 0.35] });
  scene.task('checkout', 'checkout-0', { 'request-rate': [0.35, 0.35], 'error-ratio': [0.5, 0] });
  expect(run(scene, 'checkout').diagnosis.ranked[0]).toMatchObject({ cause: 'sick-task', taskId: 'checkout-0' });
});
