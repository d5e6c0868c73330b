import { expect, it } from 'vitest';
import { Case } from '../testing/diagnosis-case.ts';
import { localize } from './localize.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});

function failing(...services: string[]): Case {
  const scene = new Case();
  for (const service of services) scene.service(service, { 'error-ratio': [0.4, 0] }).everyTask(service, { 'error-ratio': [0.4, 0] });
  return scene;
}

it('stays at a service whose callees are fine', () => {
  expect(localize(failing('checkout').input('checkout'), settings)).toMatchObject({ service: 'checkout', path: ['checkout'] });
});

it('follows the failing calls to the deepest service', () => {
  const scene = failing('storefront', 'checkout', 'payment')
    .call('storefront', 'checkout', { 'error-ratio': [0.4, 0] })
    .call('checkout', 'payment', { 'error-ratio': [0.4, 0] });
  expect(localize(scene.input('storefront'), settings).path).toEqual(['storefront', 'checkout', 'payment']);
});

it('stays when the failing callee explains only a small part of the trouble', () => {
  const scene = failing('checkout')
    .service('payment', { 'error-ratio': [0.06, 0] })
    .call('checkout', 'payment', { 'error-ratio': [0.06, 0], 'request-rate': [3, 3] });
  expect(localize(scene.input('checkout'), settings).service).toBe('checkout');
});

it('weighs callees by traffic: a rarely called one does not outweigh the one most requests need', () => {
  const scene = failing('storefront', 'catalog', 'cart')
    .call('storefront', 'catalog', { 'error-ratio': [0.4, 0], 'request-rate': [10, 10] })
    .call('storefront', 'cart', { 'error-ratio': [0.4, 0], 'request-rate': [1, 1] });
  expect(localize(scene.input('storefront'), settings).service).toBe('catalog');
});

it('goes to the service that two failing callees have in common', () => {
  const scene = failing('checkout', 'cart', 'database')
    .call('checkout', 'cart', { 'error-ratio': [0.3, 0] })
    .call('checkout', 'database', { 'error-ratio': [0.3, 0] })
    .call('cart', 'database', { 'error-ratio': [0.4, 0] });
  expect(localize(scene.input('checkout'), settings).service).toBe('database');
});

it('stays when two unrelated callees fail alike, and says so', () => {
  const scene = failing('storefront', 'catalog', 'cart')
    .call('storefront', 'catalog', { 'error-ratio': [0.4, 0] })
    .call('storefront', 'cart', { 'error-ratio': [0.4, 0] });
  const place = localize(scene.input('storefront'), settings);
  expect(place.service).toBe('storefront');
  expect(place.reason).toContain('none stands out');
});

it('goes to the one service that two failing callees both blame, where neither stands out', () => {
  const scene = failing('storefront', 'catalog', 'cart', 'database')
    .call('storefront', 'catalog', { 'error-ratio': [0.4, 0] })
    .call('storefront', 'cart', { 'error-ratio': [0.4, 0] })
    .call('catalog', 'database', { 'error-ratio': [0.4, 0] })
    .call('cart', 'database', { 'error-ratio': [0.4, 0] });
  expect(localize(scene.input('storefront'), settings).path).toEqual(['storefront', 'database']);
});

it('stays when only one of two failing callees blames the service below', () => {
  const scene = failing('storefront', 'catalog', 'cart', 'database')
    .call('storefront', 'catalog', { 'error-ratio': [0.4, 0] })
    .call('storefront', 'cart', { 'error-ratio': [0.4, 0] })
    .call('catalog', 'database', { 'error-ratio': [0.4, 0] });
  expect(localize(scene.input('storefront'), settings).service).toBe('storefront');
});

it('does not blame a callee that serves its other callers well', () => {
  const scene = failing('catalog').call('catalog', 'database', { 'error-ratio': [0.4, 0] });
  expect(localize(scene.input('catalog'), settings).service).toBe('catalog');
});

it('ends when services call each other in a circle', () => {
  const scene = failing('checkout', 'payment')
    .call('checkout', 'payment', { 'error-ratio': [0.4, 0], 'request-rate': [12, 12] })
    .call('payment', 'checkout', { 'error-ratio': [0.4, 0], 'request-rate': [12, 12] });
  expect(localize(scene.input('checkout'), settings).path).toEqual(['checkout', 'payment']);
});

it('stays at the service when nothing is known of it', () => {
  expect(localize(new Case().drop(() => true).input('checkout'), settings)).toMatchObject({ service: 'checkout', path: ['checkout'] });
});
