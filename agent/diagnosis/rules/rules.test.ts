import { describe, expect, it } from 'vitest';
import type { Cause } from '../../domain/cause.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { auditChanges } from '../audit/audit-changes.ts';
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

it('tells of tasks that have all started after the onset and are ill again, and would not restart them once more', () => {
  const scene = failingService('payment').runs('payment', 'payment-0', 10).runs('payment', 'payment-1', 12);
  expect(claimOf(scene, 'payment', 'all-tasks-degraded')).toMatchObject({ confidence: 0.4, atMost: 0.4 });
  expect(claimOf(failingService('payment'), 'payment', 'all-tasks-degraded')?.confidence).toBeGreaterThanOrEqual(0.75);
});

it('is short of what a restart needs where the only task is ill: its disk, its volume or its host may be', () => {
  expect(claimOf(failingService('database'), 'database', 'all-tasks-degraded')).toMatchObject({ confidence: 0.7, atMost: 0.7 });
});

it('is short of what a restart needs where some routes alone are ill and others are known to be fine', () => {
  const routes = (other: [number, number]) =>
    failingService('payment')
      .route('payment', 'POST', '/charges', { 'error-ratio': [0.8, 0], 'latency-p95': [0.04, 0.04], 'request-rate': [6, 6] })
      .route('payment', 'GET', '/charges/:id', { 'error-ratio': other, 'latency-p95': [0.04, 0.04], 'request-rate': [6, 6] });
  const claim = claimOf(routes([0, 0]), 'payment', 'all-tasks-degraded');
  expect(claim).toMatchObject({ confidence: 0.7, atMost: 0.7 });
  expect(claim?.because.join()).toContain('POST /charges');
  expect(claimOf(routes([0.8, 0]), 'payment', 'all-tasks-degraded')?.confidence).toBeGreaterThanOrEqual(0.75);
});

describe('a young revision that was taken back and is here again', () => {
  const thereAndBack = () =>
    failingService('payment')
      .deployed('payment', 'payment:2', -60)
      .deployed('payment', 'payment:1', 60)
      .deployed('payment', 'payment:2', 90);

  it('is still the suspect, for people: going back was tried', () => {
    const claim = claimOf(thereAndBack(), 'payment', 'bad-deployment');
    expect(claim).toMatchObject({ confidence: 0.35, atMost: 0.35 });
    expect(claim?.because.join()).toContain('payment:2 came 60 s before the onset');
  });
  it('keeps that after the audit', () => {
    const input = thereAndBack().input('payment');
    expect(auditChanges(diagnose(input, settings), input, settings).diagnosis.ranked[0]).toMatchObject({
      cause: 'bad-deployment',
      service: 'payment',
      confidence: 0.35,
    });
  });
  it('is none where the service is well, where it failed before, or where another one ran when it began', () => {
    const well = new Case().deployed('payment', 'payment:2', -60).deployed('payment', 'payment:1', 60).deployed('payment', 'payment:2', 90);
    expect(claimOf(well, 'payment', 'bad-deployment')).toBeUndefined();
    const old = thereAndBack().service('payment', { 'error-ratio': [0.4, 0.38] });
    expect(claimOf(old, 'payment', 'bad-deployment')).toBeUndefined();
    const undone = failingService('payment')
      .deployed('payment', 'payment:2', -600)
      .deployed('payment', 'payment:3', -60)
      .deployed('payment', 'payment:2', 60);
    expect(claimOf(undone, 'payment', 'bad-deployment')).toBeUndefined();
    const long = failingService('payment').deployed('payment', 'payment:1', 60).deployed('payment', 'payment:2', 90);
    expect(claimOf(long, 'payment', 'bad-deployment')).toBeUndefined();
  });
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

describe('tasks killed for memory behind a new revision', () => {
  const killed = { startedSeconds: -60, stopCode: 'EssentialContainerExited', reason: 'OutOfMemoryError: killed', exitCode: 137 };
  const leaking = (revisions: readonly string[]) => {
    const scene = new Case().deployed('cart', 'cart:2', -90);
    for (const [index, revision] of revisions.entries()) {
      scene.stopped('cart', `gone-${index}`, { ...killed, stoppedSeconds: 10 + index, revision });
    }
    return scene.state('cart', 2, 1);
  };

  it('speak for the release, and the kills take nothing from it', () => {
    const input = leaking(['cart:2', 'cart:2']).input('cart', 'TasksMissing');
    const [best] = auditChanges(diagnose(input, settings), input, settings).diagnosis.ranked;
    expect(best).toMatchObject({ cause: 'bad-deployment', service: 'cart' });
    expect(best?.confidence).toBeGreaterThanOrEqual(0.7);
  });

  it.each([
    ['one is killed alone', ['cart:2']],
    ['the revision before it was killed as well', ['cart:2', 'cart:2', 'cart:1']],
  ])('leave it alone when %s', (_, revisions) => {
    const claims = ranked(leaking(revisions), 'cart', 'TasksMissing');
    expect(claims.find(({ cause }) => cause === 'bad-deployment')).toBeUndefined();
  });
});

describe('an alert that no signal measures', () => {
  const rollout = (...stopped: readonly string[]) => {
    const scene = new Case().deployed('payment', 'payment:2', -90, 'IN_PROGRESS');
    for (const [index, revision] of stopped.entries()) {
      const reason = 'Task failed ELB health checks in (target-group payment-targets)';
      const stop = { startedSeconds: -60, stoppedSeconds: -20 + index, stopCode: 'ServiceSchedulerInitiated', reason, revision };
      scene.stopped('payment', `gone-${index}`, stop);
    }
    return scene;
  };

  it('is about a deployment whose own tasks are found unhealthy, though all that users feel is well', () => {
    const [best] = ranked(rollout('payment:2', 'payment:2'), 'payment', 'DeploymentUnfinished');
    expect(best).toMatchObject({ cause: 'bad-deployment', service: 'payment' });
    expect(best?.confidence).toBeGreaterThanOrEqual(0.7);
  });

  it.each([
    ['whose tasks come up', ['payment:1', 'payment:1']],
    ['of which one task was unlucky', ['payment:2']],
  ])('is no evidence against a deployment %s', (_, stopped) => {
    expect(ranked(rollout(...stopped), 'payment', 'DeploymentUnfinished')).toEqual([]);
  });
});

it('is too unsure for a restart where a call goes badly and nobody can say which end is at fault', () => {
  const slow = { 'latency-p95': [1.4, 0.04] } as const satisfies Record<string, [number, number]>;
  const scene = new Case().service('checkout', slow).everyTask('checkout', slow);
  const clear = claimOf(scene, 'checkout', 'all-tasks-degraded')?.confidence;
  const unclear = claimOf(scene.call('checkout', 'payment', slow), 'checkout', 'all-tasks-degraded')?.confidence;
  expect(clear).toBeGreaterThanOrEqual(0.75);
  expect(unclear).toBeLessThanOrEqual(0.6);
});
