import { expect, it, onTestFinished } from 'vitest';
import { cluster, startLab, stopLab } from '../../sandbox/testing/lab.ts';
import { ClusterControl } from '../../stage/cluster-control.ts';
import type { Stage, StageCluster } from '../../stage/stage.ts';
import { spot } from './spot.ts';

it('moves a service to Spot and has a task of it taken back, which ECS replaces', async () => {
  const lab = await startLab();
  onTestFinished(() => stopLab(lab));
  await lab.create('web', await lab.register('web'));
  await lab.steady('web');
  const credentials = { accessKeyId: 'AKIASCRIPTS000000000', secretAccessKey: 'sandbox' };
  const control = new ClusterControl(cluster, { endpoint: lab.sandbox.endpoint, region: lab.sandbox.region, credentials }, () => '');
  onTestFinished(() => control.close());
  // Of the lab's one service alone.
  control.isSteady = async () => (await lab.steady('web')).runningCount === 2;
  const scope = {
    stage: { where: 'sandbox', pace: 100, seconds: (written: number) => written * 1000 } as Stage,
    cluster: { control } as StageCluster,
    signal: new AbortController().signal,
    random: () => 0,
  };
  const { move, interrupt } = spot.actions;
  await move?.run(move.arguments.parse({ service: 'web' }), scope);
  const given = interrupt?.arguments.parse({ service: 'web', count: 1 });
  expect(interrupt?.strikes(given)).toEqual(['web']);
  await interrupt?.run(given, scope);
  await expect
    .poll(async () => (await lab.tasks('web', 'STOPPED')).map(({ stopCode }) => stopCode), { timeout: 20_000 })
    .toContain('SpotInterruption');
  await lab.steady('web');

  const elsewhere = { ...scope, stage: { ...scope.stage, where: 'aws' } as Stage };
  await expect(interrupt?.run(given, elsewhere)).rejects.toThrow('only the sandbox');
}, 60_000);
