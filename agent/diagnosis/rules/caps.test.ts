/** What holds a claim of the younger rules down, each by itself. */
import { expect, it } from 'vitest';
import type { Cause } from '../../domain/cause.ts';
import { Case, taskIds } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
function claim(cause: Cause, scene: Case, service = 'catalog') {
  return diagnose(scene.input(service, 'HighLatency'), settings).ranked.find((hypothesis) => hypothesis.cause === cause);
}

/** One of three tasks burns CPU; the service is slow. */
const hot = () => new Case().service('catalog', { 'latency-p95': [1.4, 0.04] }).task('catalog', 'catalog-1', { cpu: [0.98, 0.05] });

it('names the one hot task', () => {
  expect(claim('cpu-runaway', hot())).toMatchObject({ taskId: 'catalog-1', confidence: 0.75 });
});
it.each<[string, number | undefined, () => Case]>([
  ['a sibling is half as busy', undefined, () => hot().task('catalog', 'catalog-2', { cpu: [0.5, 0.5] })],
  ['the CPU of a sibling is not known', undefined, () => hot().task('catalog', 'catalog-2', { cpu: [null, 0.05] })],
  ['a new revision came', 0.5, () => hot().deployed('catalog', 'catalog:2', -300)],
  ['it started after the onset', 0.6, () => hot().runs('catalog', 'catalog-1', 10)],
  ['nobody knows how busy it was', 0.6, () => hot().task('catalog', 'catalog-1', { cpu: [0.98, null] })],
])('is less sure of the hot task, or silent, when %s', (_, confidence, scene) => {
  expect(claim('cpu-runaway', scene())?.confidence).toBe(confidence);
});
it('names no task when all burn CPU, and stays below what an action needs', () => {
  const found = claim('cpu-runaway', hot().everyTask('catalog', { 'latency-p95': [1.4, 0.04], cpu: [0.98, 0.05] }));
  expect(found).toMatchObject({ confidence: 0.5 });
  expect(found).not.toHaveProperty('taskId');
});

/** One of three targets is unhealthy, its task is ill as well. */
const ill = { 'latency-p95': [1.4, 0.04] } satisfies Parameters<Case['service']>[1];
function unhealthy(readings: Parameters<Case['service']>[1]): Case {
  const scene = new Case().service('catalog', ill).task('catalog', 'catalog-0', readings ?? {});
  for (const task of taskIds('catalog')) scene.target('catalog', task, task === 'catalog-0' ? 'unhealthy' : 'healthy', 'Target.Timeout');
  return scene;
}
it.each<[string, number, Parameters<Case['service']>[1]]>([
  ['its metrics show it ill', 0.75, ill],
  ['its metrics are fine', 0.5, {}],
  ['its metrics are missing', 0.6, { 'latency-p95': [null, null], 'error-ratio': [null, null] }],
])('names the one unhealthy task as sure as %s', (_, confidence, readings) => {
  expect(claim('health-check-failure', unhealthy(readings))).toMatchObject({ taskId: 'catalog-0', confidence });
});
it('names no single task once ECS has stopped one for the same', () => {
  const stop = {
    startedSeconds: -9000,
    stoppedSeconds: 5,
    stopCode: 'ServiceSchedulerInitiated',
    reason: 'Task failed ELB health checks in (x)',
  };
  expect(claim('health-check-failure', unhealthy(ill).stopped('catalog', 'old', stop))).not.toHaveProperty('taskId');
});
it("claims nothing from ECS' sentence alone", () => {
  expect(claim('health-check-failure', new Case().service('catalog', ill).says('catalog', 5, 'unhealthy-target'))).toBeUndefined();
});
