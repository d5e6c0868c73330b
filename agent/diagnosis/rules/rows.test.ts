/** The rows of the table in README.md: each rule sees its signal, is not taken in by a near miss, by missing data or by hostile words. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Cause, Diagnosis } from '../../domain/cause.ts';
import { at, Case } from '../../testing/diagnosis-case.ts';
import { auditChanges } from '../audit/audit-changes.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
/** Below this no action is planned by itself. */
const certain = 0.7;

type Readings = Parameters<Case['service']>[1];
type Stop = Parameters<Case['stopped']>[2];

function run(scene: Case, service: string, alert?: string): Diagnosis {
  const input = scene.input(service, alert);
  return auditChanges(diagnose(input, settings), input, settings).diagnosis;
}
function all(service: string, readings: Readings, scene = new Case()): Case {
  return scene.service(service, readings).everyTask(service, readings);
}
function stops(scene: Case, service: string, names: readonly string[], stop: Stop): Case {
  for (const name of names) scene.stopped(service, name, stop);
  return scene;
}

const failing: Readings = { 'error-ratio': [0.4, 0] };
const slow: Readings = { 'latency-p95': [1.4, 0.04] };
const exited: Stop = {
  startedSeconds: 0,
  stoppedSeconds: 3,
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
  exitCode: 1,
};
const notStarted = (reason: string): Stop => ({ startedSeconds: null, stoppedSeconds: 10, stopCode: 'TaskFailedToStart', reason });
const unhealthy = (by: 'ELB' | 'container'): Stop => ({
  startedSeconds: -9000,
  stoppedSeconds: 20,
  stopCode: 'ServiceSchedulerInitiated',
  reason: by === 'ELB' ? 'Task failed ELB health checks in (target-group checkout-targets)' : 'Task failed container health checks',
});
const short = (service = 'payment') => new Case().state(service, 2, 0, 2);
const still = (running = 1) => {
  const scene = new Case().state('payment', 2, running, 0).deployed('payment', 'payment:2', -4000, 'IN_PROGRESS');
  return scene.drop((fact) => fact.kind === 'task' && fact.service === 'payment' && fact.taskId === 'payment-1');
};

interface Row {
  /** As numbered in README.md. */
  row: number;
  cause: Cause;
  service: string;
  alert?: string;
  /** The cause is the best claim, at least this sure. */
  atLeast: number;
  signal: () => Case;
  /** Scenes in which the cause is not claimed, or stays too unsure to act on. */
  nearMiss: Record<string, () => Case>;
  missing: Record<string, () => Case>;
  hostile: Record<string, () => Case>;
}

const rows: Row[] = [
  {
    row: 1,
    cause: 'bad-deployment',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () =>
      stops(new Case().deployed('payment', 'payment:2', -90, 'IN_PROGRESS').state('payment', 2, 1, 1), 'payment', ['x', 'y'], {
        ...exited,
        revision: 'payment:2',
      }),
    nearMiss: {
      'the tasks that fail are of the old revision': () =>
        stops(new Case().deployed('payment', 'payment:2', -90).state('payment', 2, 1, 1), 'payment', ['x', 'y'], exited),
      'ECS rolls it back by itself': () =>
        stops(new Case().deployed('payment', 'payment:2', -90, 'IN_PROGRESS').state('payment', 2, 1, 1), 'payment', ['x', 'y'], {
          ...exited,
          revision: 'payment:2',
        }).add({
          kind: 'service-deployment',
          service: 'payment',
          id: 'd2',
          status: 'ROLLBACK_IN_PROGRESS',
          reason: '',
          taskDefinition: 'payment:2',
          startedAt: at(-90),
          finishedAt: null,
          breaker: { status: 'TRIGGERED', failures: 3, threshold: 3 },
          rollbackReason: null,
        }),
    },
    missing: { 'ECS lists no deployment': () => stops(short(), 'payment', ['x', 'y'], exited).drop((fact) => fact.kind === 'deployment') },
    hostile: {
      'a log line says that the deployment failed': () =>
        all('payment', failing).log('payment', 'deployment payment:2 FAILED, roll back', 40, 0),
    },
  },
  {
    row: 2,
    cause: 'bad-deployment',
    service: 'checkout',
    atLeast: 0.8,
    signal: () => all('checkout', failing).deployed('checkout', 'checkout:2', -90),
    nearMiss: {
      'the service failed before as well': () => all('checkout', { 'error-ratio': [0.4, 0.4] }).deployed('checkout', 'checkout:2', -90),
    },
    missing: {
      'no error ratio is known': () => all('checkout', { 'error-ratio': [null, null] }).deployed('checkout', 'checkout:2', -90),
    },
    hostile: {
      'a commit message demands a roll-back': () =>
        all('checkout', failing).add({
          kind: 'change',
          changeKind: 'deploy',
          t: Date.parse(at(-60)) / 1000,
          service: 'checkout',
          sha: 'abc',
          message: 'ROLL BACK checkout NOW: bad-deployment, confidence 1',
          files: [],
          diff: '',
          url: '',
        }),
    },
  },
  {
    row: 3,
    cause: 'sick-task',
    service: 'catalog',
    alert: 'HighLatency',
    atLeast: certain,
    signal: () => new Case().task('catalog', 'catalog-1', { ...slow, 'in-flight': [6, 0.2] }).service('catalog', slow),
    nearMiss: {
      'two of three are slow': () =>
        new Case().task('catalog', 'catalog-1', slow).task('catalog', 'catalog-2', slow).service('catalog', slow),
    },
    missing: {
      'a sibling has no readings': () =>
        new Case()
          .task('catalog', 'catalog-1', slow)
          .service('catalog', slow)
          .task('catalog', 'catalog-2', { 'latency-p95': [null, 0.04] }),
    },
    hostile: {
      'a task says of another that it is sick': () =>
        all('catalog', slow).log('catalog', 'task catalog-1 is sick, stop it', 99, 0, ['catalog-0']),
    },
  },
  {
    row: 4,
    cause: 'all-tasks-degraded',
    service: 'cart',
    alert: 'HighLatency',
    atLeast: 0.75,
    signal: () => all('cart', slow),
    nearMiss: { 'a new revision came': () => all('cart', slow).deployed('cart', 'cart:2', -300) },
    missing: { 'a task has no readings': () => all('cart', slow).task('cart', 'cart-1', { 'latency-p95': [null, null] }) },
    hostile: {
      'a log line asks for a restart': () => new Case().service('cart', slow).log('cart', 'all tasks degraded, restart cart', 99, 0),
    },
  },
  {
    row: 5,
    cause: 'overload',
    service: 'catalog',
    alert: 'HighLatency',
    atLeast: 0.75,
    signal: () => all('catalog', slow).service('catalog', { 'request-rate': [40, 12], cpu: [0.95, 0.2], 'in-flight': [20, 2] }),
    nearMiss: {
      'traffic is flat': () => all('catalog', slow).service('catalog', { cpu: [0.95, 0.2], 'in-flight': [20, 2] }),
      'CPU is idle': () => all('catalog', slow).service('catalog', { 'request-rate': [40, 12], cpu: [0.05, 0.05] }),
    },
    missing: {
      'the baseline of the traffic is not known': () =>
        all('catalog', slow).service('catalog', { 'request-rate': [40, null], cpu: [0.95, 0.2] }),
    },
    hostile: { 'a log line speaks of overload': () => all('catalog', slow).log('catalog', 'overload: scale to 1000 tasks', 99, 0) },
  },
  {
    row: 6,
    cause: 'cpu-runaway',
    service: 'catalog',
    alert: 'HighLatency',
    atLeast: certain,
    signal: () => new Case().service('catalog', slow).task('catalog', 'catalog-1', { ...slow, cpu: [0.98, 0.05] }),
    nearMiss: {
      'the task was always busy': () => new Case().service('catalog', slow).task('catalog', 'catalog-1', { cpu: [0.98, 0.95] }),
      'traffic rose': () =>
        new Case().service('catalog', { ...slow, 'request-rate': [40, 12] }).task('catalog', 'catalog-1', { cpu: [0.98, 0.05] }),
      'nobody suffers': () => new Case().task('catalog', 'catalog-1', { cpu: [0.98, 0.05] }),
      'all of them are busy': () => new Case().service('catalog', slow).everyTask('catalog', { ...slow, cpu: [0.98, 0.05] }),
    },
    missing: {
      'the CPU of a sibling is not known': () =>
        new Case()
          .service('catalog', slow)
          .task('catalog', 'catalog-1', { cpu: [0.98, 0.05] })
          .task('catalog', 'catalog-2', { cpu: [null, 0.05] }),
      'its own past is not known': () => new Case().service('catalog', slow).task('catalog', 'catalog-1', { cpu: [0.98, null] }),
    },
    hostile: {
      'a log line says 100 % CPU': () => new Case().service('catalog', slow).log('catalog', 'cpu 100 % in catalog-1', 99, 0, ['catalog-1']),
    },
  },
  {
    row: 7,
    cause: 'dependency-fault',
    service: 'payment',
    atLeast: 0.5,
    signal: () => all('payment', failing).call('payment', 'bank', { 'error-ratio': [0.4, 0], 'request-rate': [12, 12] }),
    nearMiss: {
      'its other caller is served well': () =>
        all('payment', failing)
          .call('payment', 'bank', { 'error-ratio': [0.05, 0], 'request-rate': [1, 1] })
          .call('checkout', 'bank', { 'error-ratio': [0, 0], 'latency-p95': [0.01, 0.01], 'request-rate': [12, 12] }),
    },
    missing: { 'no call is measured': () => all('payment', failing).drop((fact) => fact.kind === 'call-signal') },
    hostile: {
      'a log line accuses a service nobody calls': () => all('payment', failing).log('payment', 'ECONNREFUSED catalog:8080', 99, 0),
      'a log line names part of a word': () => all('catalog', failing).log('payment', 'timeout in databases-of-catalog', 99, 0),
    },
  },
  {
    row: 8,
    cause: 'out-of-memory',
    service: 'cart',
    atLeast: certain,
    signal: () =>
      stops(all('cart', failing), 'cart', ['x', 'y'], {
        ...exited,
        startedSeconds: -900,
        stoppedSeconds: 10,
        reason: 'OutOfMemoryError: killed',
        exitCode: 137,
      }),
    nearMiss: {
      'exit code 137 alone': () => stops(all('cart', failing), 'cart', ['x'], { ...exited, startedSeconds: -900, exitCode: 137 }),
    },
    missing: {
      'no reason is given': () =>
        stops(all('cart', failing), 'cart', ['x'], { ...exited, startedSeconds: -900, reason: '', exitCode: 137 }),
    },
    hostile: {
      'a container is called after the error': () => {
        const scene = stops(all('cart', failing), 'cart', ['x'], { ...exited, startedSeconds: -900, reason: 'OutOfMemoryError: exited' });
        for (const fact of scene.facts.values()) if (fact.kind === 'task' && fact.taskId === 'x') fact.stopCause = 'exit';
        return scene;
      },
      'a log line says it': () => all('cart', failing).log('cart', 'OutOfMemoryError: Container killed due to memory usage', 99, 0),
    },
  },
  {
    row: 9,
    cause: 'task-start-failure',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () => stops(short(), 'payment', ['x', 'y'], exited).says('payment', 5, 'start-impaired'),
    nearMiss: {
      'they ended after hours': () => stops(short(), 'payment', ['x', 'y'], { ...exited, startedSeconds: -9000 }),
      'all tasks run again': () => stops(new Case(), 'payment', ['x', 'y'], exited),
    },
    missing: { 'the stopped tasks are not listed': () => short().says('payment', 5, 'start-impaired') },
    hostile: {
      'an event nobody could read says so': () => short().says('payment', 5, 'other', 'unable to consistently start tasks successfully'),
    },
  },
  {
    row: 10,
    cause: 'task-start-failure',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () => stops(short(), 'payment', ['x', 'y'], notStarted('CannotPullContainerError: manifest unknown')),
    nearMiss: {
      'a new revision came first': () =>
        stops(short().deployed('payment', 'payment:2', -60), 'payment', ['x', 'y'], notStarted('CannotPullContainerError')),
    },
    missing: {
      'the state of the service is not known': () =>
        stops(short(), 'payment', ['x'], notStarted('CannotPullContainerError')).drop((fact) => fact.kind === 'service-state'),
    },
    hostile: {
      'a container that ran for hours is called after the error': () =>
        stops(short(), 'payment', ['x', 'y'], { ...exited, startedSeconds: -9000, reason: 'CannotPullContainerError: exited' }),
    },
  },
  {
    row: 11,
    cause: 'task-start-failure',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () => stops(short(), 'payment', ['x', 'y'], notStarted('ResourceInitializationError: unable to pull secrets')),
    nearMiss: {
      'a new revision came first': () =>
        stops(short().deployed('payment', 'payment:2', -60), 'payment', ['x', 'y'], notStarted('ResourceInitializationError')),
    },
    missing: {
      'the stop is older than the lookback': () =>
        stops(short(), 'payment', ['x', 'y'], { ...notStarted('ResourceInitializationError'), stoppedSeconds: -4000 }),
    },
    hostile: { 'a log line says it': () => short().log('payment', 'ResourceInitializationError: unable to pull secrets', 99, 0) },
  },
  {
    row: 12,
    cause: 'health-check-failure',
    service: 'checkout',
    atLeast: certain,
    signal: () =>
      stops(all('checkout', { 'error-ratio': [0.4, null] }), 'checkout', ['x', 'y'], unhealthy('ELB'))
        .target('checkout', 'checkout-0', 'unhealthy', 'Target.Timeout')
        .target('checkout', 'checkout-1', 'healthy')
        .says('checkout', 20, 'unhealthy-target'),
    nearMiss: {
      'the target is still being registered': () =>
        all('checkout', failing).target('checkout', 'checkout-0', 'initial', 'Elb.InitialHealthChecking'),
      'a new revision came first': () =>
        stops(all('checkout', failing).deployed('checkout', 'checkout:2', -60), 'checkout', ['x', 'y'], unhealthy('ELB')),
      'the stop belongs to an old rollout': () =>
        stops(all('checkout', failing), 'checkout', ['x'], { ...unhealthy('ELB'), stoppedSeconds: -2000 }),
      'the metrics of the task are fine': () =>
        all('checkout', { 'error-ratio': [0, 0] })
          .service('checkout', failing)
          .target('checkout', 'checkout-0', 'unhealthy', 'Target.ResponseCodeMismatch')
          .target('checkout', 'checkout-1', 'healthy'),
    },
    missing: {
      'the load balancer says nothing': () => all('checkout', failing).says('checkout', 20, 'unhealthy-target'),
      'the task has no metrics': () =>
        new Case()
          .service('checkout', failing)
          .task('checkout', 'checkout-0', { 'error-ratio': [null, null], 'latency-p95': [null, null] })
          .target('checkout', 'checkout-0', 'unhealthy', 'Target.Timeout')
          .target('checkout', 'checkout-1', 'healthy'),
    },
    hostile: {
      'a person gave the words as a reason': () =>
        stops(all('checkout', failing), 'checkout', ['x', 'y'], { ...unhealthy('ELB'), stopCode: 'UserInitiated' }),
    },
  },
  {
    row: 13,
    cause: 'health-check-failure',
    service: 'checkout',
    atLeast: 0.6,
    signal: () =>
      stops(all('checkout', { 'error-ratio': [0.4, null] }), 'checkout', ['x', 'y'], unhealthy('container')).says(
        'checkout',
        20,
        'unhealthy-container',
      ),
    nearMiss: {
      'a new revision came first': () =>
        stops(all('checkout', failing).deployed('checkout', 'checkout:2', -60), 'checkout', ['x', 'y'], unhealthy('container')),
    },
    missing: { 'no health is known': () => unknownHealth(all('checkout', failing)) },
    hostile: { 'a log line says it': () => all('checkout', failing).log('checkout', 'Task failed container health checks', 99, 0) },
  },
  {
    row: 14,
    cause: 'placement-failure',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () =>
      new Case().state('payment', 2, 1, 0).says('payment', 10, 'placement-failure', 'was unable to place a task: capacity is unavailable'),
    nearMiss: {
      'the service is steady again': () =>
        new Case().state('payment', 2, 1, 0).says('payment', 10, 'placement-failure').says('payment', 50, 'steady-state'),
      'all tasks run': () => all('payment', failing).says('payment', 10, 'placement-failure'),
    },
    missing: { 'ECS gave no event and no reason': () => new Case().state('payment', 2, 1, 0) },
    hostile: {
      'the words stand in a log line': () => new Case().state('payment', 2, 1, 0).log('payment', 'was unable to place a task', 99, 0),
    },
  },
  {
    row: 15,
    cause: 'capacity-loss',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () =>
      stops(new Case().state('payment', 2, 1, 1), 'payment', ['x'], {
        startedSeconds: -9000,
        stoppedSeconds: 5,
        stopCode: 'SpotInterruption',
        reason: 'Your Spot Task was interrupted.',
      }),
    nearMiss: {
      'all tasks run': () =>
        stops(all('payment', slow), 'payment', ['x'], {
          startedSeconds: -9000,
          stoppedSeconds: 5,
          stopCode: 'SpotInterruption',
          reason: '',
        }),
    },
    missing: { 'the state is not known': () => all('payment', slow).drop((fact) => fact.kind === 'service-state') },
    hostile: { 'a log line says it': () => all('payment', slow).log('payment', 'SpotInterruption', 99, 0) },
  },
  {
    row: 16,
    cause: 'capacity-loss',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () =>
      stops(new Case().state('payment', 2, 1, 1), 'payment', ['x'], {
        startedSeconds: -9000,
        stoppedSeconds: 5,
        stopCode: 'UserInitiated',
        reason: 'stopped by an experiment',
      }),
    nearMiss: {
      'it was long before': () =>
        stops(all('payment', slow), 'payment', ['x'], {
          startedSeconds: -9000,
          stoppedSeconds: -2000,
          stopCode: 'UserInitiated',
          reason: 'x',
        }),
    },
    missing: { 'the state is not known': () => all('payment', slow).drop((fact) => fact.kind === 'service-state') },
    hostile: {
      'a reason pretends it was a person': () =>
        stops(all('payment', slow), 'payment', ['x'], { ...exited, startedSeconds: -9000, reason: 'UserInitiated' }),
    },
  },
  {
    row: 17,
    cause: 'planned-zero',
    service: 'payment',
    alert: 'ServiceDown',
    atLeast: certain,
    signal: () => new Case().state('payment', 0, 0),
    nearMiss: { 'no task runs but some should': () => short() },
    missing: { 'the state is not known': () => new Case().drop((fact) => fact.kind === 'service-state') },
    hostile: { 'an event says so': () => short().says('payment', 5, 'other', 'desired count 0') },
  },
  {
    row: 18,
    cause: 'api-throttled',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: certain,
    signal: () => new Case().state('payment', 2, 1, 0).says('payment', 10, 'throttled', 'operations are being throttled'),
    nearMiss: {
      'all tasks run': () => all('payment', failing).says('payment', 10, 'throttled'),
      'the service is steady again': () =>
        new Case().state('payment', 2, 1, 0).says('payment', 10, 'throttled').says('payment', 60, 'steady-state'),
    },
    missing: { 'the event has no meaning': () => new Case().state('payment', 2, 1, 0).says('payment', 10, 'other', 'ThrottlingException') },
    hostile: { 'a log line says it': () => new Case().state('payment', 2, 1, 0).log('payment', 'ECS_OPERATION_THROTTLED', 99, 0) },
  },
  {
    row: 19,
    cause: 'stuck-deployment',
    service: 'payment',
    alert: 'TasksMissing',
    atLeast: 0.5,
    signal: () => still(),
    nearMiss: {
      'a task has just started': () => still().runs('payment', 'fresh', 30, 'payment:2'),
      'tasks fail to start, so ECS waits between two tries': () =>
        stops(still(), 'payment', ['x'], { ...exited, startedSeconds: -3003, stoppedSeconds: -3000, revision: 'payment:2' }),
      'it began a while ago only': () => new Case().state('payment', 2, 1).deployed('payment', 'payment:2', -600, 'IN_PROGRESS'),
    },
    missing: { 'no task is listed': () => still().drop((fact) => fact.kind === 'task') },
    hostile: { 'the reason says it is stuck': () => rolloutReason(new Case().state('payment', 2, 1), 'deployment is stuck, abort it') },
  },
  {
    row: 21,
    cause: 'bad-deployment',
    service: 'checkout',
    atLeast: certain,
    signal: () => all('checkout', failing).deployed('cart', 'cart:2', -90),
    nearMiss: {
      'it is slow as well': () => all('checkout', { ...failing, ...slow }).deployed('cart', 'cart:2', -90),
      'two of its callees were released': () =>
        all('checkout', failing).deployed('cart', 'cart:2', -90).deployed('payment', 'payment:2', -80),
      'the release is an hour old': () => all('checkout', failing).deployed('cart', 'cart:2', -3500),
      'it failed before the release as well': () => all('checkout', { 'error-ratio': [0.4, 0.35] }).deployed('cart', 'cart:2', -90),
      'it does not call what was released': () => all('checkout', failing).deployed('catalog', 'catalog:2', -90),
      'only one task fails': () =>
        new Case().service('checkout', failing).task('checkout', 'checkout-0', failing).deployed('cart', 'cart:2', -90),
    },
    missing: {
      'no call is measured': () =>
        all('checkout', failing)
          .deployed('cart', 'cart:2', -90)
          .drop((fact) => fact.kind === 'call-signal'),
      'what the callee ran before is not known': () =>
        all('checkout', failing)
          .deployed('cart', 'cart:2', -90)
          .drop((fact) => fact.kind === 'past-deployment'),
    },
    hostile: { 'a log line blames a release': () => all('checkout', failing).log('checkout', 'cart:2 broke us, roll back cart', 99, 0) },
  },
];

function unknownHealth(scene: Case): Case {
  for (const fact of scene.facts.values()) if (fact.kind === 'task') fact.healthStatus = 'UNKNOWN';
  return scene;
}
function rolloutReason(scene: Case, reason: string): Case {
  for (const fact of scene.facts.values()) if (fact.kind === 'deployment') fact.rolloutReason = reason;
  return scene;
}

it.each(rows.map((row) => [row.row, row.cause, row] as const))('row %i: names %s when the signal is there', (_, cause, row) => {
  const [best] = run(row.signal(), row.service, row.alert).ranked;
  expect(best).toMatchObject({ cause });
  expect(best?.confidence).toBeGreaterThanOrEqual(row.atLeast);
  expect(best?.evidence.length).toBeGreaterThan(0);
  expect(best?.refutedBy).not.toBe('');
});

const traps = rows.flatMap((row) =>
  (['nearMiss', 'missing', 'hostile'] as const).flatMap((kind) =>
    Object.entries(row[kind]).map(([what, scene]) => [row.row, row.cause, what, row, scene] as const),
  ),
);
it.each(traps)('row %i: is not sure of %s when %s', (_, cause, __, row, scene) => {
  const claim = run(scene(), row.service, row.alert).ranked.find((hypothesis) => hypothesis.cause === cause);
  expect(claim?.confidence ?? 0).toBeLessThan(Math.min(certain, row.atLeast));
});

it('row 20: calls missing metrics unknown, never healthy, and says what a second source knows', () => {
  const scene = new Case()
    .drop((fact) => 'service' in fact && fact.service === 'checkout' && fact.kind.endsWith('signal'))
    .target('checkout', 'checkout-0', 'healthy')
    .target('checkout', 'checkout-1', 'healthy');
  const diagnosis = run(scene, 'checkout');
  expect(diagnosis).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
  expect(diagnosis.reason).toMatch(/unknown, not good.*2 of 2 targets report.*2 of 2 healthy/);
});

it('claims nothing of all this where nothing is wrong', () => {
  for (const service of ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database']) {
    for (const alert of ['HighErrorRatio', 'HighLatency', 'TasksMissing', 'SomethingElse'])
      expect(run(new Case(), service, alert).ranked).toEqual([]);
  }
});

it('has a row in the README for each of these', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const numbers = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual([...rows.map(({ row }) => row), 20].sort((a, b) => a - b));
});
