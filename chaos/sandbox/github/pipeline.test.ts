import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { Octokit } from '@octokit/core';
import { expect, it, onTestFinished } from 'vitest';
import { cluster, startLab, stopLab } from '../testing/lab.ts';
import { startGithub } from './github.ts';
import { createPipeline } from './pipeline.ts';

const run = promisify(execFile);
const at = { owner: 'acme', repo: 'shop' };

const definition = (version: string) =>
  JSON.stringify({
    family: 'web',
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    containerDefinitions: [
      { name: 'app', image: 'fixture:1', portMappings: [{ containerPort: 8080 }], environment: [{ name: 'VERSION', value: version }] },
    ],
  });

it('brings out what was merged, with the commit written down, and reports it; another branch brings out nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-pipeline-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [work, gitDir] = [join(folder, 'work'), join(folder, 'shop.git')];
  const git = (...args: string[]) => run('git', ['-c', 'user.name=dev', '-c', 'user.email=d@e.example', '-C', work, ...args]);
  await run('git', ['init', '--quiet', '--initial-branch', 'main', work]);
  await mkdir(join(work, 'deploy'));
  const commit = async (version: string) => {
    await writeFile(join(work, 'deploy/web.json'), definition(version));
    await git('add', '--all');
    await git('commit', '--quiet', '-m', `Version ${version}`);
    return (await git('rev-parse', 'HEAD')).stdout.trim();
  };
  await commit('1');
  await git('checkout', '--quiet', '-b', 'next');
  await commit('2');
  await run('git', ['clone', '--quiet', '--bare', work, gitDir]);
  await run('git', ['--git-dir', gitDir, 'symbolic-ref', 'HEAD', 'refs/heads/main']);

  const lab = await startLab();
  onTestFinished(() => stopLab(lab));
  await lab.create('web', await lab.register('web'), { desiredCount: 1 });
  await lab.steady('web');
  let url = '';
  const onPush = createPipeline({ gitDir, repository: 'acme/shop', githubUrl: () => url, ecs: lab.ecs, cluster });
  const github = await startGithub({ gitDir, repository: 'acme/shop', onPush });
  onTestFinished(() => github.stop());
  url = github.url;
  const octokit = new Octokit({ baseUrl: url });

  const before = (await lab.service('web')).taskDefinition;
  await octokit.request('POST /repos/{owner}/{repo}/pulls', { ...at, title: 'Next', head: 'next', base: 'main' });
  expect((await lab.service('web')).taskDefinition).toBe(before);
  const { data } = await octokit.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...at, pull_number: 1 });
  const { taskDefinition } = await lab.until('web', (service) => service.taskDefinition !== before);
  const made = await lab.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  expect(made.taskDefinition?.containerDefinitions?.[0]).toMatchObject({
    environment: [{ name: 'VERSION', value: '2' }],
    dockerLabels: { 'org.opencontainers.image.revision': data.sha },
  });
  await lab.steady('web');
  const deployments = await octokit.request('GET /repos/{owner}/{repo}/deployments', at);
  expect(deployments.data).toMatchObject([{ sha: data.sha, description: 'deploy web' }]);
}, 60_000);
