/** What the diagnosis finds ends as its cause calls for: an action, watching, or a person who is told what to look at. */
import { expect, it } from 'vitest';
import type { ChangeFact, MetricSeries } from '../domain/evidence.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { at, Case } from '../testing/diagnosis-case.ts';
import { badDeployment, slowCart } from '../testing/scenes.ts';
import type { Scene } from '../testing/world.ts';

const { start } = agentsOfTest();
const short = (): Case => new Case().state('checkout', 2, 1, 0);
const failing = (scene: Case): Case =>
  scene.service('checkout', { 'error-ratio': [0.3, 0] }).everyTask('checkout', { 'error-ratio': [0.3, 0] });

it.each<[string, Scene, RegExp]>([
  [
    'no place for a task',
    () => short().says('checkout', 5, 'placement-failure'),
    /no action of the catalogue cures placement-failure; for a person: add FARGATE/,
  ],
  [
    'tasks killed for memory',
    () => {
      const stop = {
        startedSeconds: -900,
        stoppedSeconds: 10,
        stopCode: 'EssentialContainerExited',
        reason: 'OutOfMemoryError: killed',
        exitCode: 137,
      };
      return failing(short()).stopped('checkout', 'x', stop).stopped('checkout', 'y', stop);
    },
    /out-of-memory; for a person: ECS replaces the tasks/,
  ],
])('hands %s to a person with the reason and what to look at, and changes nothing', async (_, scene, reason) => {
  const { alert, closed, world } = await start(scene);
  const incident = await closed(await alert('checkout'));
  expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringMatching(reason) });
  expect(world.effects).toEqual([]);
});

it('writes nothing while ECS is throttled: it watches', async () => {
  const { alert, closed, world, timeline } = await start(() => short().says('checkout', 5, 'throttled'));
  const incident = await closed(await alert('checkout'));
  expect(world.effects).toEqual([]);
  const verdict = (await timeline(incident)).find((row) => row.event === 'verdict');
  expect(verdict?.detail).toMatchObject({ kind: 'watch', reason: expect.stringContaining('api-throttled: fewer calls help') });
});

const onset = Date.parse(at(0)) / 1000;
function latencyOf(service: string, now: number): MetricSeries {
  const points: MetricSeries['points'] = Array.from({ length: 240 }, (_, index) => {
    const restless = 1 + 0.03 * Math.sin(index * 2.4) + 0.02 * Math.cos(index * 5.1);
    return [onset + (index - 236) * 30, (index < 236 ? 0.04 : now) * restless];
  });
  return { kind: 'series', service, metric: 'latency', stat: 'p95', unit: 's', points };
}

it('restarts nothing that the rules alone would restart, when its past knows no deviation', async () => {
  const calm: Scene = (done, cluster) => slowCart(done, cluster).add(latencyOf('cart', 0.04));
  const { alert, closed, world, timeline } = await start(calm);
  const incident = await closed(await alert('cart', 'HighLatency'));
  expect(world.effects).toEqual([]);
  const diagnosis = (await timeline(incident)).find((row) => row.event === 'diagnosis');
  expect(diagnosis?.detail).toMatchObject({ past: { isReal: false, reason: expect.any(String) } });
});

it('says in the audit that no change is blamed when none fits', async () => {
  const change: ChangeFact = {
    kind: 'change',
    changeKind: 'commit',
    t: onset - 90,
    service: 'checkout',
    sha: '0f1e2d3c4b5a69788796a5b4c3d2e1f000112233',
    message: 'docs: a better title',
    files: ['README.md'],
    diff: '',
    url: '',
  };
  const { alert, closed, timeline } = await start((done, cluster) => (badDeployment(done, cluster) as Case).add(change));
  const incident = await closed(await alert('checkout'));
  const audited = (await timeline(incident)).find((row) => row.event === 'audited');
  expect(audited?.detail).toMatchObject({ notes: expect.arrayContaining([expect.stringMatching(/^no change is blamed for its content/)]) });
});
