import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab, stopLab } from '../testing/lab.ts';

let lab: Lab;
let elb: ElasticLoadBalancingV2Client;
beforeAll(async () => {
  lab = await startLab();
  elb = new ElasticLoadBalancingV2Client({
    endpoint: lab.sandbox.endpoint,
    region: lab.sandbox.region,
    credentials: { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  elb.destroy();
  await stopLab(lab);
});

const arnOf = (service: string) => `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${service}/0123456789abcdef`;
const healthOf = async (service: string) => {
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arnOf(service) }));
  return TargetHealthDescriptions;
};

describe('the health of targets', () => {
  it('is what the balancer found, and names the port of each task', async () => {
    await lab.create('sound', await lab.register('sound'), { desiredCount: 2 });
    await lab.steady('sound');
    const targets = await healthOf('sound');
    expect(targets.map(({ TargetHealth }) => TargetHealth)).toEqual([{ State: 'healthy' }, { State: 'healthy' }]);
    const ports = (await lab.tasks('sound')).map(({ containers }) => containers?.[0]?.networkBindings?.[0]?.hostPort);
    expect(targets.map(({ Target }) => Target?.Port).sort()).toEqual(ports.sort());
  });

  it('says why a target is unhealthy', async () => {
    await lab.create('sick', await lab.register('sick', { MODE: 'unhealthy' }), { desiredCount: 1 });
    await expect
      .poll(async () => (await healthOf('sick')).map(({ TargetHealth }) => TargetHealth), { timeout: 20_000, interval: 20 })
      .toContainEqual({
        State: 'unhealthy',
        Reason: 'Target.ResponseCodeMismatch',
        Description: 'Health checks failed with these codes: [500]',
      });
  });

  it('is an error, as AWS spells it, for a group there is not', async () => {
    await expect(healthOf('ghost')).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
  });

  it('is all that is imitated', async () => {
    await expect(elb.send(new DescribeTargetGroupsCommand({}))).rejects.toThrow(/does not imitate DescribeTargetGroups/);
  });
});
