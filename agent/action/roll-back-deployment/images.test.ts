import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EcrDouble, ecrDouble } from '../../testing/ecr-double.ts';
import { permitted } from '../../testing/hold.ts';
import { created, depsOn, planned } from '../action.contract.ts';
import { account, type EcsServer, type EcsState, revision, startEcsServer, taskId } from '../ecs/server.contract.ts';
import { rollBackDeployment } from './index.ts';

const registry = '000000000000.dkr.ecr.eu-west-1.amazonaws.com';
const image = `${registry}/shop/checkout:1.4.2`;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const params = { cluster: 'shop', service: 'checkout', deploymentId: 'ecs-svc/7' };
const signal = new AbortController().signal;

let server: EcsServer;
let ecr: EcrDouble;
const action = (config: object = {}) => created(rollBackDeployment, depsOn(server), config);
const refusal = async (config: object = {}) => {
  const answer = await action(config).plan(params, signal);
  return 'notPossible' in answer ? answer.notPossible : expect.unreachable(answer.summary);
};

beforeEach(async () => {
  ecr = ecrDouble({ 'shop/checkout': [{ tags: ['1.4.2'], digest: digest('a') }] });
  server = await startEcsServer([ecr]);
  runs(image);
});
afterEach(() => server.close());

/** The revision to go back to consists of this image. */
function runs(name: string): void {
  server.state.definitions[revision(6)] = { containerDefinitions: [{ name: 'app', image: name }], taskRoleArn: 'role-of-6' };
}
function inProgress(state: EcsState): void {
  Object.assign(state.history[0] ?? {}, { status: 'IN_PROGRESS' });
  Object.assign(state.deployments[0] ?? {}, { rolloutState: 'IN_PROGRESS' });
}

describe('an image to go back to', () => {
  it('that ECR holds is gone back to, and nothing more is said about it', async () => {
    expect((await planned(action(), params)).summary).toBe('roll checkout back from checkout:7 to checkout:6, by a deployment');
    expect(server.reads).toContain('DescribeImages');
  });

  it.each([
    ['whose tag is gone', () => Object.assign(ecr.repositories, { 'shop/checkout': [{ tags: ['1.5.0'], digest: digest('b') }] })],
    ['whose repository is gone', () => delete ecr.repositories['shop/checkout']],
    ['named by a digest that is gone', () => runs(`${registry}/shop/checkout@${digest('f')}`)],
    ['named by no tag, of which there is no latest', () => runs(`${registry}/shop/checkout`)],
  ])('%s is never gone back to, nor by an older plan', async (_name, lose) => {
    const plan = await planned(action(), params);
    lose();
    expect(await refusal()).toContain('which the revision to go back to needs, is gone');
    expect(await action().execute(plan, permitted({ signal }))).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('is gone'),
    });
    expect(server.changes).toEqual([]);
  });

  it('named by tag and digest is looked for by the digest', async () => {
    runs(`${registry}/shop/checkout:moved@${digest('a')}`);
    expect(await planned(action(), params)).toMatchObject({ snapshot: { targetTaskDefinition: revision(6) } });
  });

  it('whose tag stands for another image by now is not what completed', async () => {
    server.state.resolved[revision(6)] = [{ image, imageDigest: digest('0') }];
    expect(await refusal()).toContain('by now');
  });

  it('is the same one when the tag stands for a list of platforms with it in it', async () => {
    server.state.resolved[revision(6)] = [{ image, imageDigest: digest('0') }];
    Object.assign(ecr.repositories['shop/checkout']?.[0] ?? {}, { platforms: [digest('0'), digest('1')] });
    expect(await planned(action(), params)).toMatchObject({ snapshot: { targetTaskDefinition: revision(6) } });
  });

  it('is looked for by its digest while ECS itself goes back, whatever its tag stands for', async () => {
    inProgress(server.state);
    server.state.resolved[revision(6)] = [{ image, imageDigest: digest('a') }];
    Object.assign(ecr.repositories['shop/checkout']?.[0] ?? {}, { tags: ['other'] });
    expect((await planned(action(), params)).calls[0]?.operation).toBe('ecs:StopServiceDeployment');
    Object.assign(ecr.repositories['shop/checkout']?.[0] ?? {}, { tags: ['1.4.2'], digest: digest('b') });
    expect(await refusal()).toContain('is gone');
  });

  it('that tasks could not pull within the hour is not gone back to, wherever it lies', async () => {
    runs('shop/checkout:1.4.2');
    server.state.tasks.push({
      id: taskId(9),
      group: 'service:checkout',
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      healthStatus: 'UNKNOWN',
      containers: [{ image: 'shop/checkout:1.4.2', reason: 'CannotPullContainerError: not found' }],
    });
    expect(await refusal()).toContain('could not be pulled within the last hour');
    server.state.tasks.at(-1)?.containers?.splice(0, 1, { image: 'shop/checkout:1.5.0', reason: 'CannotPullContainerError: not found' });
    expect(await planned(action(), params)).toMatchObject({ snapshot: { targetTaskDefinition: revision(6) } });
  });

  it.each([
    ['of another registry', () => runs('docker.io/shop/checkout:1.4.2'), 'its registry is not ECR'],
    ['of another Region', () => runs(`000000000000.dkr.ecr.us-east-1.amazonaws.com/shop/checkout:1.4.2`), 'us-east-1'],
    ['that nobody may ask about', () => server.trouble.set('DescribeImages', 'refused'), 'allow'],
  ])('%s is not known: the plan says so, and a setting refuses it', async (_name, arrange, why) => {
    arrange();
    const { summary } = await planned(action(), params);
    expect(summary).toContain('whether the image to go back to still exists is not known');
    if (why !== 'allow') expect(summary).toContain(why);
    expect(await refusal({ unknownImage: 'refuse' })).toContain('is not known');
  });

  it('is not guessed at while ECR fails', async () => {
    server.trouble.set('DescribeImages', 'reset');
    await expect(action().plan(params, signal)).rejects.toMatchObject({ code: 'UPSTREAM_SERVER' });
  });
});

describe('the rights of a roll-back', () => {
  it('are the service, the roles of both revisions, and the deployment when it is stopped', async () => {
    server.state.definitions[revision(7)] = { executionRoleArn: 'role-of-7' };
    const service = `${account}:service/shop/checkout`;
    const both = [
      { action: 'iam:PassRole', resource: 'role-of-7' },
      { action: 'iam:PassRole', resource: 'role-of-6' },
    ];
    expect(action().rights?.(await planned(action(), params))).toEqual([{ action: 'ecs:UpdateService', resource: service }, ...both]);
    inProgress(server.state);
    expect(action().rights?.(await planned(action(), params))).toEqual([
      { action: 'ecs:UpdateService', resource: service },
      { action: 'ecs:StopServiceDeployment', resource: `${account}:service-deployment/shop/checkout/d7` },
      ...both,
    ]);
  });
});
