/** Overload by what a task reserves for itself, and where CPU is idle because something else of a task is used up. */
import { expect, it } from 'vitest';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
type Readings = Parameters<Case['service']>[1];

function overloadOf(scene: Case): number {
  const { ranked } = diagnose(scene.input('catalog', 'HighLatency'), settings);
  return ranked.find(({ cause }) => cause === 'overload')?.confidence ?? 0;
}
function loaded(readings: Readings): Case {
  const slow: Readings = { 'latency-p95': [1.4, 0.04] };
  return new Case().everyTask('catalog', slow).service('catalog', { ...slow, ...readings });
}
function reserving(scene: Case, cpu: number | null, ofContainers: readonly (number | null)[]): Case {
  const containers = ofContainers.map((units, index) => ({ name: `c${index}`, image: 'i', essential: true, cpu: units, memory: null }));
  return scene.add({
    kind: 'task-definition',
    service: 'catalog',
    taskDefinition: 'catalog:1',
    registeredAt: null,
    sha: '',
    cpu,
    containers,
  });
}

const busy: Readings = { 'request-rate': [24, 12], cpu: [0.24, 0.1], 'in-flight': [20, 2] };

it.each([
  ['the task may use no more', 256, [null]],
  ['every container reserves no more', 4096, [200, 56]],
])('counts a quarter of a core as busy where %s', (_, cpu, containers) => {
  expect(overloadOf(loaded(busy))).toBeLessThan(0.7);
  expect(overloadOf(reserving(loaded(busy), cpu, containers))).toBeGreaterThanOrEqual(0.75);
});

it.each([
  ['the task may use far more', 4096, [null]],
  ['one container reserves nothing, and may use what is left', 4096, [256, null]],
])('does not where %s', (_, cpu, containers) => {
  expect(overloadOf(reserving(loaded(busy), cpu, containers))).toBeLessThan(0.7);
});

const queued: Readings = { 'request-rate': [48, 12], cpu: [0.05, 0.05], 'in-flight': [40, 2] };

it('needs no CPU where tasks finish far more than before, fail nothing, and others queue', () => {
  expect(overloadOf(loaded(queued))).toBeGreaterThanOrEqual(0.75);
});

it.each<[string, Readings, (scene: Case) => Case]>([
  ['requests fail', { 'error-ratio': [0.2, 0] }, (scene) => scene],
  ['nothing queues', { 'in-flight': [2, 2] }, (scene) => scene],
  ['they finish hardly more than before', { 'request-rate': [20, 12] }, (scene) => scene],
  ['it was slow before', { 'latency-p95': [1.4, 0.6] }, (scene) => scene],
  ['how what it calls does is not known', {}, (scene) => scene.drop((fact) => fact.kind === 'call-signal')],
])('is not sure without CPU where %s', (_, readings, change) => {
  expect(overloadOf(change(loaded({ ...queued, ...readings })))).toBeLessThan(0.75);
});
