import { expect, it } from 'vitest';
import type { MetricSeries } from '../../domain/evidence.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const onset = Date.parse('2026-03-10T12:00:00.000Z') / 1000;

function memory(service: string, now: number): MetricSeries {
  const points: MetricSeries['points'] = Array.from({ length: 400 }, (_, index) => {
    const restless = 1 + 0.02 * Math.sin(index * 2.4) + 0.01 * Math.cos(index * 5.1);
    return [onset + (index - 396) * 30, (index < 396 ? 40 : now) * restless];
  });
  return { kind: 'series', service, metric: 'memory_utilization', stat: 'Average', unit: '%', points };
}
/** Slow, with nothing a rule knows. */
const unexplained = () => new Case().service('payment', { 'latency-p95': [0.9, 0.9] });
const reason = (scene: Case) => diagnose(scene.input('payment', 'HighLatency'), settings);

it('says what is unusual when no rule explains the trouble, and claims nothing', () => {
  const diagnosis = reason(unexplained().add(memory('payment', 90)));
  expect(diagnosis).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
  expect(diagnosis.reason).toMatch(/Unusual of payment: memory_utilization Average shows a .* the onset/);
});

it.each([
  ['the series is as it always was', () => unexplained().add(memory('payment', 40))],
  ['it is the series of another service', () => unexplained().add(memory('cart', 90))],
  ['there is no series', unexplained],
])('says no more than before when %s', (_, scene) => {
  expect(reason(scene()).reason).not.toContain('Unusual');
});
