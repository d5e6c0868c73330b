import { expect, it } from 'vitest';
import type { SignalName } from '../domain/evidence.ts';
import { Case, taskIds } from '../testing/diagnosis-case.ts';
import { diagnose } from './diagnose.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
/** Below this no action is planned by itself. */
const certain = 0.7;

type Readings = Parameters<Case['service']>[1];

function run(scene: Case, service: string, alert?: string) {
  return diagnose(scene.input(service, alert), settings);
}
function best(scene: Case, service: string, alert?: string): number {
  return run(scene, service, alert).ranked[0]?.confidence ?? 0;
}
function all(service: string, readings: Readings, scene = new Case()): Case {
  return scene.service(service, readings).everyTask(service, readings);
}
function withEarlyCrash(rollout: 'COMPLETED' | 'IN_PROGRESS' = 'COMPLETED'): Case {
  const stop = {
    startedSeconds: -290,
    stoppedSeconds: -280,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
  };
  return new Case()
    .deployed('checkout', 'checkout:2', -300, rollout)
    .stopped('checkout', 'dead', { ...stop, exitCode: 1, revision: 'checkout:2' });
}

it.each([
  ['one task of a finished release crashed early', 'checkout', withEarlyCrash],
  ['a task of a running release crashed early', 'checkout', () => withEarlyCrash('IN_PROGRESS')],
  ['three requests wait in one task', 'catalog', () => new Case().task('catalog', 'catalog-0', { 'in-flight': [3, 0.1] })],
  ['one task is slow and its service is not', 'catalog', () => new Case().task('catalog', 'catalog-0', { 'latency-p95': [1, 0.04] })],
  [
    'tasks were killed for memory',
    'cart',
    () =>
      new Case().stopped('cart', 'old', {
        startedSeconds: -900,
        stoppedSeconds: -300,
        stopCode: 'EssentialContainerExited',
        reason: 'OutOfMemoryError',
        exitCode: 137,
      }),
  ],
] as const)('names no cause for an alert nobody knows on a service that is fine, although %s', (_, service, scene) => {
  expect(run(scene(), service, 'Anything')).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
});

it('still judges an alert it does not know when the signals show trouble', () => {
  expect(run(all('cart', { 'latency-p95': [1.4, 0.04] }), 'cart', 'CartTooSlow').ranked[0]?.cause).toBe('all-tasks-degraded');
});

it('blames no finished release for a crash that a later task made good', () => {
  const scene = withEarlyCrash().service('checkout', { 'error-ratio': [null, 0] });
  expect(run(scene, 'checkout', 'ServiceDown').ranked.map(({ cause }) => cause)).not.toContain('bad-deployment');
});

it.each([
  ['p95 was as bad before and no error was seen', { 'latency-p95': [1.5, 1.5] }],
  ['p95 got better', { 'latency-p95': [0.6, 3] }],
  ['p95 got a little worse', { 'latency-p95': [1.5, 1.1] }],
  ['errors are as before and p95 rose from 1 to 2 ms', { 'latency-p95': [0.002, 0.001], 'error-ratio': [0.2, 0.2] }],
  ['errors are new and p95 was as bad before', { 'latency-p95': [1.5, 1.5], 'error-ratio': [0.2, 0] }],
] satisfies [string, Readings][])('blames no release when the %s', (_, readings) => {
  const scene = all('checkout', readings).deployed('checkout', 'checkout:2', -1800);
  expect(best(scene, 'checkout', 'HighLatency')).toBeLessThanOrEqual(0.4);
});

it('takes no comfort from a route that got worse beside a service that was bad before', () => {
  const scene = all('checkout', { 'latency-p95': [1.5, 1.5] })
    .deployed('checkout', 'checkout:2', -300)
    .route('checkout', 'POST', '/quote', { 'error-ratio': [0.2, 0], 'latency-p95': [0.02, 0.02], 'request-rate': [1, 1] })
    .route('checkout', 'POST', '/orders', { 'error-ratio': [0, 0], 'latency-p95': [0.02, 0.02], 'request-rate': [8, 8] });
  expect(best(scene, 'checkout', 'HighLatency')).toBeLessThanOrEqual(0.4);
});

it.each<[string, NonNullable<Readings>]>([
  ['long polls wait in it and what it finishes is fine', { 'in-flight': [3, 0] }],
  ['it was always slow', { 'latency-p95': [1, 1] }],
  ['it always failed', { 'error-ratio': [0.5, 0.5] }],
  ['requests always waited in it', { 'in-flight': [6, 6] }],
  ['it never got much traffic', { 'request-rate': [1, 1], 'in-flight': [1, 1] }],
  ['one of its long polls ended', { 'in-flight': [3, 0], 'latency-p95': [30, 0.04], 'request-rate': [1 / 60, 0.1] }],
])('calls no task sick when %s', (_, readings) => {
  const few: Readings = { 'request-rate': [0.03, 0.1] };
  const scene = new Case().service('catalog', { 'latency-p95': [0.9, 0.04] });
  if (readings['request-rate']?.[0] === 1 / 60) scene.everyTask('catalog', few);
  scene.task('catalog', 'catalog-0', readings);
  expect(best(scene, 'catalog', 'HighLatency')).toBeLessThan(certain);
});

it.each([
  ['a service', (few: Readings) => all('cart', { 'latency-p95': [0.9, 0.04], ...few })],
  ['a service after a release', (few: Readings) => all('cart', { 'latency-p95': [0.9, 0.04], ...few }).deployed('cart', 'cart:2', -300)],
  ['one task', (few: Readings) => new Case().everyTask('cart', few).task('cart', 'cart-0', { 'latency-p95': [0.9, 0.04], ...few })],
  [
    'one route after a release',
    (few: Readings) =>
      new Case()
        .deployed('cart', 'cart:2', -300)
        .service('cart', { 'in-flight': [30, 1] })
        .route('cart', 'POST', '/items', { 'error-ratio': [0, 0], 'latency-p95': [0.9, 0.04], ...few }),
  ],
  [
    'a busy service under more load',
    (few: Readings) => all('cart', { 'latency-p95': [0.9, 0.04], cpu: [0.95, 0.1], ...few, 'request-rate': [0.3, 0.1] }),
  ],
])('reads nothing into the p95 of a few requests of %s', (_, scene) => {
  // 19 of the 20 requests a window has to hold.
  expect(best(scene({ 'request-rate': [19 / 60, 19 / 60] }), 'cart', 'HighLatency')).toBe(0);
});

it.each([
  ['slow', { 'latency-p95': [0.9, 0.9] }],
  ['failing', { 'error-ratio': [0.4, 0.4] }],
] satisfies [string, Readings][])('restarts no service that was always %s', (_, readings) => {
  expect(best(all('cart', readings), 'cart', 'HighLatency')).toBe(0);
});

it('does not take one newly failing task beside always slow ones for a fault of all', () => {
  const scene = all('cart', { 'latency-p95': [0.9, 0.9] })
    .service('cart', { 'error-ratio': [0.3, 0] })
    .task('cart', 'cart-0', { 'error-ratio': [0.6, 0] });
  expect(best(scene, 'cart')).toBe(0);
});

it('is not sure of all tasks when nobody knows how they did before', () => {
  expect(best(all('cart', { 'latency-p95': [0.9, null] }), 'cart', 'HighLatency')).toBeLessThan(certain);
});

const signals: SignalName[] = ['error-ratio', 'latency-p95', 'request-rate', 'in-flight', 'memory', 'cpu'];
const absurd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -1e300, 1e300, Number.MAX_VALUE];

it.each(absurd)('names no cause from %s, wherever it stands', (value) => {
  for (const signal of signals) {
    for (const before of [0, null, value]) {
      const readings: Readings = { [signal]: [value, before] };
      const scenes = [
        new Case().service('cart', readings),
        all('cart', readings),
        new Case().task('cart', 'cart-0', readings),
        new Case().call('cart', 'database', readings),
        new Case().route('cart', 'GET', '/items', readings),
        all('cart', readings).deployed('cart', 'cart:2', -90).route('cart', 'GET', '/items', readings),
      ];
      for (const scene of scenes)
        for (const alert of ['HighLatency', 'Anything']) expect(best(scene, 'cart', alert)).toBeLessThanOrEqual(0.3);
    }
  }
});

it.each([...absurd, 1.5])('names no cause from counts of %s tasks or targets', (value) => {
  const [task = ''] = taskIds('cart');
  const capacity = [new Case().state('cart', value, 1), new Case().state('cart', 2, value), new Case().state('cart', 2, 1, value)];
  for (const scene of capacity) expect(best(scene.runs('cart', task), 'cart')).toBe(0);
  expect(best(new Case().add({ kind: 'reporting', service: 'cart', up: value, down: value }), 'cart')).toBe(0);
});
