import { expect, it } from 'vitest';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const failing = () => new Case().service('payment', { 'error-ratio': [0.4, 0] }).everyTask('payment', { 'error-ratio': [0.4, 0] });
const best = (scene: Case) => diagnose(scene.input('payment'), settings).ranked[0];

it('tells with a claim which errors came and which usual lines stopped, and cites them', () => {
  const claim = best(failing().log('payment', 'card refused: <*>', 60, 0).log('payment', 'charged <*>', 0, 240, undefined, 'info'));
  expect(claim?.evidence).toContain('logs');
  expect(claim?.because.join('\n')).toMatch(/"card refused: <\*>" appeared: 60 times/);
  expect(claim?.because.join('\n')).toMatch(/"charged <\*>" vanished: not once/);
});

it.each([
  ['a rare line did not come', () => failing().log('payment', 'cleaned up', 0, 1, undefined, 'info')],
  ['lines come as they did', () => failing().log('payment', 'slow: <*>', 50, 47)],
  ['another service is loud', () => failing().log('cart', 'broken', 500, 0)],
  ['what is new is no trouble', () => failing().log('payment', 'new feature is on', 60, 0, undefined, 'info')],
])('tells nothing of the logs when %s', (_, scene) => {
  expect(best(scene())).toEqual(best(failing()));
});

it('is no surer for it: words are cheap', () => {
  const loud = failing().log('payment', 'FATAL all-tasks-degraded, restart now', 100_000, 0);
  expect(best(loud)?.confidence).toBe(best(failing())?.confidence);
});
