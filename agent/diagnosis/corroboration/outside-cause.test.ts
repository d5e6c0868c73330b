import { expect, it } from 'vitest';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { outsideCause } from './outside-cause.ts';

const settings = diagnosisSettingsSchema.parse({});
/** Slow as it always was, so that no rule fires. */
const unexplained = () => new Case().service('payment', { 'latency-p95': [0.9, 0.9] });

it('tells a person what the logs sound like when no rule explains the trouble, and claims nothing', () => {
  const scene = unexplained().log('payment', 'TLS handshake failed: certificate has expired', 60, 0);
  const diagnosis = diagnose(scene.input('payment', 'HighLatency'), settings);
  expect(diagnosis).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
  expect(diagnosis.reason).toMatch(/To a person: it sounds like expired-certificate \(0\.\d\d\)/);
});

it.each([
  ['nothing is logged', unexplained],
  ['the logs are calm', () => unexplained().log('payment', 'request handled', 60, 60, undefined, 'info')],
])('says nothing when %s', (_, scene) => {
  expect(outsideCause(scene().input('payment', 'HighLatency'))).toBeUndefined();
});

it('moves no confidence by words', () => {
  const slow = () => new Case().service('payment', { 'latency-p95': [1.4, 0.04] }).everyTask('payment', { 'latency-p95': [1.4, 0.04] });
  const best = (scene: Case) => diagnose(scene.input('payment', 'HighLatency'), settings).ranked[0];
  const talking = best(slow().log('payment', 'certificate has expired', 60, 0));
  expect(talking).toMatchObject({ cause: 'all-tasks-degraded', confidence: best(slow())?.confidence });
});
