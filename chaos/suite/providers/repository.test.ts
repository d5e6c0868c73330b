import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { expect, it, onTestFinished } from 'vitest';
import { sandboxClient } from '../../sandbox/deploy.ts';
import { cluster, startLab, stopLab } from '../../sandbox/testing/lab.ts';
import { ClusterControl } from '../../stage/cluster-control.ts';
import { startRepository } from '../../stage/repository.ts';
import type { Stage, StageCluster } from '../../stage/stage.ts';
import { changedDefinition, repository } from './repository.ts';

const definition = {
  family: `${cluster}-web`,
  cpu: '256',
  memory: '512',
  networkMode: 'awsvpc' as const,
  containerDefinitions: [
    { name: 'app', image: 'fixture:1', portMappings: [{ containerPort: 8080 }], environment: [{ name: 'VERSION', value: '1' }] },
  ],
};

it('changes the image and single variables of the first container, and nothing else', () => {
  const text = JSON.stringify({ ...definition, tags: [{ key: 'app', value: 'shop' }] });
  const changed = JSON.parse(changedDefinition(text, { image: 'fixture:2', environment: { VERSION: '2', REGION: 'eu' } }));
  expect(changed).toEqual({
    ...definition,
    tags: [{ key: 'app', value: 'shop' }],
    containerDefinitions: [
      {
        ...definition.containerDefinitions[0],
        image: 'fixture:2',
        environment: [
          { name: 'VERSION', value: '2' },
          { name: 'REGION', value: 'eu' },
        ],
      },
    ],
  });
});

it('pushes to the main branch with the words it was given, brings the release out, and takes it back once', async () => {
  const lab = await startLab();
  onTestFinished(() => stopLab(lab));
  const first = await lab.register(definition.family, { VERSION: '1' });
  await lab.create('web', first, { desiredCount: 1 });
  await lab.steady('web');
  const dir = await mkdtemp(join(tmpdir(), 'repository-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const pipeline = sandboxClient(lab.sandbox, 'AKIAPIPELINE00000000');
  onTestFinished(() => pipeline.destroy());
  const stack = {
    cluster,
    taskDefinitions: [definition],
    services: [{ cluster, serviceName: 'web', taskDefinition: definition.family, desiredCount: 1, healthCheckPath: '/' }],
  };
  const hosted = await startRepository({ dir, stack, ecs: pipeline });
  onTestFinished(() => hosted.stop());
  const credentials = { accessKeyId: 'AKIASCRIPTS000000000', secretAccessKey: 'sandbox' };
  const control = new ClusterControl(cluster, { endpoint: lab.sandbox.endpoint, region: lab.sandbox.region, credentials }, () => '');
  onTestFinished(() => control.close());
  const scope = {
    stage: { seconds: (written: number) => written * 1000 } as Stage,
    cluster: { control, repository: hosted } as StageCluster,
    signal: new AbortController().signal,
    random: () => 0,
  };
  const { push } = repository.actions;
  const given = push?.arguments.parse({
    message: 'Another version',
    author: { name: 'Robin Vale', email: 'robin@acme.example' },
    files: { 'services/web/version.ts': 'export const version = 2;\n' },
    release: { service: 'web', environment: { VERSION: '2' } },
  });
  expect(push?.strikes(given)).toEqual(['web']);
  const takeBack = await push?.run(given, scope);

  const { taskDefinition } = await control.service('web');
  const made = await lab.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  expect(made.taskDefinition?.containerDefinitions?.[0]?.environment).toEqual([{ name: 'VERSION', value: '2' }]);
  const commits = await fetch(`${hosted.url}/repos/acme/shop/commits`).then((answer) => answer.json());
  expect(commits).toMatchObject([
    {
      sha: made.taskDefinition?.containerDefinitions?.[0]?.dockerLabels?.['org.opencontainers.image.revision'],
      commit: { message: 'Another version', author: { name: 'Robin Vale' } },
    },
    { commit: { message: 'Task definitions of all services' } },
  ]);
  expect(await hosted.read('services/web/version.ts')).toBe('export const version = 2;\n');

  await takeBack?.();
  expect((await control.service('web')).taskDefinition).toBe(first);
  const deployments = (await control.service('web')).deployments?.length;
  await takeBack?.();
  expect((await control.service('web')).deployments?.length).toBe(deployments);
}, 60_000);

it('refuses to change a task definition unseen', () => {
  const parse = (given: unknown) => repository.actions.push?.arguments.safeParse(given).success;
  expect(parse({ message: 'x', files: { 'deploy/web.json': '{}' } })).toBe(false);
  expect(parse({ message: 'x', files: { '../deploy/web.json': '{}' } })).toBe(false);
  expect(parse({ message: 'x', files: { 'services/web/a.ts': '' } })).toBe(true);
});
