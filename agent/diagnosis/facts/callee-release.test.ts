import { expect, it } from 'vitest';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { calleesToLook } from './callee-release.ts';

const settings = diagnosisSettingsSchema.parse({});
const failing = { 'error-ratio': [0.4, 0] } as const satisfies Record<string, [number, number]>;
const slow = { 'latency-p95': [1.4, 0.04] } as const satisfies Record<string, [number, number]>;

function look(scene: Case, service = 'checkout'): string[] {
  return calleesToLook(scene.input(service), settings, service);
}

it('has whoever is called by a service that fails at once looked at, the busiest first', () => {
  const scene = new Case().service('checkout', failing).call('checkout', 'payment', { 'request-rate': [30, 30] });
  expect(look(scene)[0]).toBe('payment');
  expect(look(scene).toSorted()).toEqual(['cart', 'database', 'payment']);
});

it.each<[string, (scene: Case) => Case]>([
  ['is well', (scene) => scene],
  ['is slow and waits for somebody', (scene) => scene.service('checkout', { ...failing, ...slow })],
  ['was released itself', (scene) => scene.service('checkout', failing).deployed('checkout', 'checkout:2', -90)],
])('has nobody looked at when the service %s', (_, change) => {
  expect(look(change(new Case()))).toEqual([]);
});

it('leaves out what is in trouble itself, and what nobody here runs', () => {
  const scene = new Case()
    .service('checkout', failing)
    .call('checkout', 'payment', failing)
    .call('checkout', 'bank', { 'error-ratio': [0, 0], 'latency-p95': [0.04, 0.04], 'request-rate': [9, 9] });
  expect(look(scene).toSorted()).toEqual(['cart', 'database']);
});
