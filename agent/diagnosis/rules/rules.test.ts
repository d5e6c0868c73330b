import { expect, it } from 'vitest';
import type { Cause } from '../../domain/cause.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});

function ranked(scene: Case, service: string, alert?: string) {
  return diagnose(scene.input(service, alert), settings).ranked;
}
function claimOf(scene: Case, service: string, cause: Cause) {
  return ranked(scene, service).find((hypothesis) => hypothesis.cause === cause);
}

const failing = { 'error-ratio': [0.4, 0] } as const satisfies Record<string, [number, number]>;
function failingService(service: string): Case {
  return new Case().service(service, { 'error-ratio': [0.4, 0] }).everyTask(service, { 'error-ratio': [0.4, 0] });
}

it('suspects no deployment that only restarted the same revision', () => {
  expect(claimOf(failingService('payment').deployed('payment', 'payment:1', -90), 'payment', 'bad-deployment')).toBeUndefined();
});

it('suspects no deployment that came after the onset', () => {
  expect(claimOf(failingService('payment').deployed('payment', 'payment:2', 30), 'payment', 'bad-deployment')).toBeUndefined();
});

it('suspects no deployment older than the lookback', () => {
  expect(claimOf(failingService('payment').deployed('payment', 'payment:2', -4000), 'payment', 'bad-deployment')).toBeUndefined();
});

it('suspects no return to the revision before: going back and forth mends nothing', () => {
  const scene = failingService('payment').deployed('payment', 'payment:2', -300).deployed('payment', 'payment:1', -60);
  expect(claimOf(scene, 'payment', 'bad-deployment')).toBeUndefined();
});

it('stays below every action threshold when no earlier revision ever completed', () => {
  const scene = failingService('payment').deployed('payment', 'payment:2', -90);
  for (const fact of scene.facts.values()) if (fact.kind === 'past-deployment') fact.completed = false;
  expect(claimOf(scene, 'payment', 'bad-deployment')?.confidence).toBeLessThanOrEqual(0.4);
});

it('is less sure of a deployment when the service failed before it as well', () => {
  const fresh = claimOf(failingService('payment').deployed('payment', 'payment:2', -90), 'payment', 'bad-deployment');
  const old = new Case().service('payment', { 'error-ratio': [0.4, 0.35] }).deployed('payment', 'payment:2', -90);
  expect(claimOf(old, 'payment', 'bad-deployment')?.confidence).toBeLessThan((fresh?.confidence ?? 0) - 0.3);
});

it('blames the new revision, not the start failure, when its tasks do not come up', () => {
  const scene = new Case().deployed('payment', 'payment:2', -90, 'IN_PROGRESS').state('payment', 2, 1, 1);
  const stop = {
    startedSeconds: 0,
    stoppedSeconds: 3,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container exited',
    exitCode: 1,
  };
  scene
    .stopped('payment', 'payment-a', { ...stop, revision: 'payment:2' })
    .stopped('payment', 'payment-b', { ...stop, revision: 'payment:2' });
  expect(ranked(scene, 'payment', 'TasksMissing')[0]?.cause).toBe('bad-deployment');
});

it('names a start failure when the image cannot be pulled and no revision is new', () => {
  const scene = new Case().state('payment', 2, 0, 2);
  const stop = { startedSeconds: null, stoppedSeconds: 10, stopCode: 'TaskFailedToStart', reason: 'CannotPullContainerError: not found' };
  scene.stopped('payment', 'payment-a', stop).stopped('payment', 'payment-b', stop);
  expect(ranked(scene, 'payment', 'TasksMissing')[0]).toMatchObject({ cause: 'task-start-failure', service: 'payment' });
});

it('takes exit code 137 alone for a kill, and only the named reason for lack of memory', () => {
  const stop = { startedSeconds: -900, stoppedSeconds: 10, stopCode: 'EssentialContainerExited', exitCode: 137 };
  const named = failingService('cart').stopped('cart', 'cart-old', { ...stop, reason: 'OutOfMemoryError: container killed' });
  const bare = failingService('cart').stopped('cart', 'cart-old', { ...stop, reason: 'Essential container in task exited' });
  expect(claimOf(named, 'cart', 'out-of-memory')?.confidence).toBeGreaterThanOrEqual(0.7);
  expect(claimOf(bare, 'cart', 'out-of-memory')).toBeUndefined();
});

it('names a planned zero from ECS alone, without any metric of the service', () => {
  const scene = new Case().drop((fact) => 'service' in fact && fact.service === 'payment').state('payment', 0, 0);
  expect(ranked(scene, 'payment', 'ServiceDown')[0]?.cause).toBe('planned-zero');
});

it('names overload when traffic, latency and CPU rose together on every task', () => {
  const scene = new Case()
    .service('catalog', { 'request-rate': [40, 12], 'latency-p95': [0.9, 0.04], cpu: [0.95, 0.2], 'in-flight': [20, 2] })
    .everyTask('catalog', { 'latency-p95': [0.9, 0.04] });
  expect(ranked(scene, 'catalog', 'HighLatency')[0]).toMatchObject({ cause: 'overload' });
  expect(ranked(scene, 'catalog', 'HighLatency')[0]?.confidence).toBeGreaterThanOrEqual(0.75);
});

it('does not call it overload when CPU is idle', () => {
  const scene = new Case()
    .service('catalog', { 'request-rate': [40, 12], 'latency-p95': [0.9, 0.04], cpu: [0.05, 0.05] })
    .everyTask('catalog', { 'latency-p95': [0.9, 0.04] });
  expect(claimOf(scene, 'catalog', 'overload')?.confidence).toBeLessThan(0.7);
});

it('does not call every task degraded when a callee is in trouble', () => {
  const scene = failingService('checkout')
    .service('payment', failing)
    .everyTask('payment', failing)
    .call('checkout', 'payment', { 'error-ratio': [0.1, 0] });
  expect(claimOf(scene, 'checkout', 'all-tasks-degraded')?.confidence ?? 0).toBeLessThanOrEqual(0.3);
});

it('does not restart tasks that have all started after the onset', () => {
  const scene = failingService('payment').runs('payment', 'payment-0', 10).runs('payment', 'payment-1', 12);
  expect(claimOf(scene, 'payment', 'all-tasks-degraded')).toBeUndefined();
});

it('singles out no task when a running sibling has no readings', () => {
  const scene = new Case()
    .task('catalog', 'catalog-1', { 'latency-p95': [2, 0.04] })
    .service('catalog', { 'latency-p95': [2, 0.04] })
    .task('catalog', 'catalog-2', { 'latency-p95': [null, 0.04], 'error-ratio': [null, 0] });
  expect(claimOf(scene, 'catalog', 'sick-task')).toBeUndefined();
});

it('singles out no task when two of three are in trouble', () => {
  const slow = { 'latency-p95': [2, 0.04] } as { 'latency-p95': [number, number] };
  const scene = new Case().task('catalog', 'catalog-1', slow).task('catalog', 'catalog-2', slow).service('catalog', slow);
  expect(claimOf(scene, 'catalog', 'sick-task')).toBeUndefined();
});

it('compares a task only with siblings that still run', () => {
  const scene = new Case()
    .task('catalog', 'catalog-1', { 'latency-p95': [2, 0.04] })
    .service('catalog', { 'latency-p95': [2, 0.04] })
    .task('catalog', 'catalog-gone', { 'latency-p95': [null, 0.04], 'error-ratio': [null, 0] });
  expect(claimOf(scene, 'catalog', 'sick-task')?.taskId).toBe('catalog-1');
});

it('names a dependency nobody runs here when all its callers see it fail', () => {
  const scene = failingService('payment').call('payment', 'bank', { 'error-ratio': [0.4, 0], 'request-rate': [12, 12] });
  expect(ranked(scene, 'payment')[0]).toMatchObject({ cause: 'dependency-fault', service: 'bank' });
});

it.each([
  ['the error ratio is missing', (scene: Case) => scene.service('checkout', { 'error-ratio': [null, 0] })],
  ['the latency is missing', (scene: Case) => scene.service('checkout', { 'latency-p95': [null, 0.04] })],
  ['no request arrives', (scene: Case) => scene.service('checkout', { 'request-rate': [0, 12] })],
  ['a task is missing', (scene: Case) => scene.state('checkout', 2, 1)],
  ['nothing reports', (scene: Case) => scene.add({ kind: 'reporting', service: 'checkout', up: 0, down: 2 })],
  ['nobody knows who reports', (scene: Case) => scene.drop((fact) => fact.kind === 'reporting')],
  ['requests still pile up', (scene: Case) => scene.service('checkout', { 'in-flight': [30, 2] })],
  ['the error ratio is only just under the threshold', (scene: Case) => scene.service('checkout', { 'error-ratio': [0.04, 0] })],
])('does not say no fault when %s', (_, change) => {
  expect(diagnose(change(new Case()).input('checkout'), settings).conclusion).not.toBe('no-fault');
});

it('does not let good signals refute an alert they do not measure', () => {
  expect(diagnose(new Case().input('checkout', 'DiskFilling'), settings).conclusion).toBe('inconclusive');
});
