import { describe, expect, it } from 'vitest';
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

describe('while Prometheus does not answer', () => {
  const exited = {
    startedSeconds: 0,
    stoppedSeconds: 3,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    exitCode: 1,
  };
  const cannotStart = () =>
    broken()
      .deployed('checkout', 'checkout:3', -30, 'IN_PROGRESS')
      .state('checkout', 2, 0, 1)
      .stopped('checkout', 'x', { ...exited, revision: 'checkout:3' })
      .stopped('checkout', 'y', { ...exited, revision: 'checkout:3' });
  function blind(scene: Case, ecs: 'found' | 'failed' | 'truncated' = 'found') {
    scene.sources = [
      { ...answered, status: ecs },
      { source: 'prometheus', status: 'failed', detail: 'HTTP 503' },
    ];
    return diagnose(scene.input('checkout', 'ServiceDown'), settings);
  }

  it('what ECS alone shows is told, below what any action needs', () => {
    const { conclusion, ranked } = blind(cannotStart());
    expect(conclusion).toBe('cause');
    expect(ranked[0]).toMatchObject({ cause: 'bad-deployment', service: 'checkout', confidence: 0.5, atMost: 0.5 });
    expect(ranked[0]?.because.join()).toContain('HTTP 503');
    const off = blind(broken().state('checkout', 0, 0));
    expect(off.ranked[0]).toMatchObject({ cause: 'planned-zero', confidence: 0.5 });
  });

  it('is told without a word from metrics that came all the same', () => {
    const all = blind(cannotStart());
    const none = cannotStart().drop((fact) => 'signal' in fact);
    expect(blind(none).ranked).toEqual(all.ranked);
  });

  it.each(['failed', 'truncated'] as const)('is not told when ECS %s as well', (status) => {
    expect(blind(cannotStart(), status)).toMatchObject({ conclusion: 'inconclusive', ranked: [] });
  });
});
