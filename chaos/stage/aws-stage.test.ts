/** The stage on AWS, tried on the sandbox's wire: the same calls, one tagged cluster. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StopTaskCommand, TagResourceCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cluster, type Lab, startLab, stopLab } from '../sandbox/testing/lab.ts';
import { allowedTag, startAwsStage } from './aws-stage.ts';

const account = 'arn:aws:ecs:us-east-1:123456789012';

describe('startAwsStage', { timeout: 30_000 }, () => {
  let lab: Lab;
  let prometheusUrl: string;
  beforeEach(async () => {
    lab = await startLab();
    onTestFinished(() => stopLab(lab));
    await lab.create('web', await lab.register('web'));
    await lab.steady('web');
    // All is well, and no alert fires.
    const server = createServer((request, response) => {
      const result = [{ metric: { ecs_service: 'web' }, value: [0, '0.01'] }];
      response.end(JSON.stringify({ status: 'success', data: request.url?.endsWith('/alerts') ? { alerts: [] } : { result } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    prometheusUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  const tag = (resourceArn: string) => lab.ecs.send(new TagResourceCommand({ resourceArn, tags: [allowedTag] }));
  const tagCluster = () => tag(`${account}:cluster/${cluster}`);
  const tagService = () => tag(`${account}:service/${cluster}/web`);
  const attach = () =>
    startAwsStage({
      place: { cluster, prometheusUrl, agentUrl: 'http://127.0.0.1:9', agentToken: 'token', edge: 'web' },
      blast: ['web'],
      clientConfig: {
        endpoint: lab.sandbox.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIASCRIPTS000000000', secretAccessKey: 'x' },
      },
      signal: AbortSignal.timeout(20_000),
    });

  it('refuses a cluster without the tag, and a service without it', async () => {
    await expect(attach()).rejects.toThrow(`cluster ${cluster} does not carry the tag kintsugi:chaos=allowed: refused`);
    await tagCluster();
    await expect(attach()).rejects.toThrow(`service web of ${cluster} does not carry the tag`);
  });

  it('sees what somebody else changed, and not what these scripts did', async () => {
    await tagCluster();
    await tagService();
    const stage = await attach();
    onTestFinished(() => stage.stop());
    const [shop] = stage.clusters;
    if (!shop) throw new Error('no cluster');
    expect(stage).toMatchObject({ where: 'aws', pace: 1 });
    expect(stage.seconds(2)).toBe(60_000);
    const before = Date.now();
    await shop.look();
    const [task] = await lab.tasks('web');
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'web', forceNewDeployment: true }));
    await lab.ecs.send(new StopTaskCommand({ cluster, task: task?.taskArn, reason: 'it hangs' }));
    await shop.look();
    await lab.steady('web');
    expect(
      (await shop.changesSince(before)).map(({ operation, service, input }) => [
        operation,
        service,
        input.forceNewDeployment ?? input.reason,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['UpdateService', 'web', true],
        ['StopTask', 'web', 'it hangs'],
      ]),
    );

    const after = Date.now();
    await shop.control.restart('web');
    await shop.look();
    const [other] = await lab.tasks('web');
    await shop.control.clients.ecs.send(new StopTaskCommand({ cluster, task: other?.taskArn ?? '' }));
    await lab.steady('web');
    await shop.look();
    expect(await shop.changesSince(after)).toEqual([]);
  });

  it('sends no load', async () => {
    await tagCluster();
    await tagService();
    const stage = await attach();
    onTestFinished(() => stage.stop());
    expect(() => stage.clusters[0]?.control.urlOf('web')).toThrow('loopback addresses only');
  });
});
