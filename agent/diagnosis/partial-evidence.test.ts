import { expect, it } from 'vitest';
import { Case } from '../testing/diagnosis-case.ts';
import { diagnose } from './diagnose.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const answered = { source: 'ecs', status: 'found', detail: '' } as const;

function broken(): Case {
  return new Case()
    .deployed('checkout', 'checkout:2', -90)
    .service('checkout', { 'error-ratio': [0.35, 0] })
    .everyTask('checkout', { 'error-ratio': [0.35, 0] });
}

it.each(['failed', 'truncated'] as const)('is inconclusive and says why when Prometheus %s', (status) => {
  const scene = broken();
  scene.sources = [answered, { source: 'prometheus', status, detail: 'connection refused' }];
  const diagnosis = diagnose(scene.input('checkout'), settings);
  expect(diagnosis).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
  expect(diagnosis.reason).toContain('connection refused');
});

it('is inconclusive when a required source was not asked', () => {
  const scene = broken();
  scene.sources = [answered];
  expect(diagnose(scene.input('checkout'), settings)).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
});

it('goes on when only a source that is not required failed', () => {
  const scene = broken();
  scene.sources = [
    answered,
    { source: 'prometheus', status: 'nothing', detail: '' },
    { source: 'cloudwatch-logs', status: 'failed', detail: 'x' },
  ];
  expect(diagnose(scene.input('checkout'), settings).conclusion).toBe('cause');
});

it('is inconclusive without a word from ECS about the service', () => {
  const scene = broken().drop((fact) => ['service-state', 'deployment', 'past-deployment', 'task'].includes(fact.kind));
  expect(diagnose(scene.input('checkout'), settings)).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
});

it('is inconclusive when the metrics hold nothing but gaps', () => {
  const scene = broken();
  for (const fact of scene.facts.values()) if ('now' in fact) fact.now = null;
  expect(diagnose(scene.input('checkout'), settings)).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
});

it('is inconclusive without any fact', () => {
  const scene = new Case().drop(() => true);
  expect(diagnose(scene.input('checkout'), settings)).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
});
