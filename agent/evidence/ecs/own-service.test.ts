import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsOperation, speakingAws, startUpstream, type Upstream } from '../upstream.contract.ts';
import { ownService } from './own-service.ts';

const task = 'arn:aws:ecs:eu-central-1:1:task/ops/00000000000000000000000000000001';

describe('the service the agent runs in', () => {
  let upstream: Upstream;
  let client: ECSClient;
  beforeEach(async () => {
    upstream = await startUpstream();
    client = new ECSClient({
      endpoint: upstream.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    client.destroy();
    await upstream.close();
  });
  const describing = (DescribeTasks: AwsOperation) => upstream.answer(speakingAws({ DescribeTasks }));
  const metadata = (body: unknown) => async (url: string | URL | Request) => {
    expect(String(url)).toBe('http://169.254.170.2/v4/some-task/task');
    return new Response(JSON.stringify(body));
  };
  const ask = (body: unknown) => ownService('http://169.254.170.2/v4/some-task', metadata(body), client);

  it('is that of its task, whether the cluster comes as a name or as an ARN', async () => {
    const asked: unknown[] = [];
    describing((input) => {
      asked.push(input);
      return { tasks: [{ taskArn: task, group: 'service:healer' }] };
    });
    expect(await ask({ Cluster: 'ops', TaskARN: task })).toEqual({ cluster: 'ops', service: 'healer' });
    expect(await ask({ Cluster: 'arn:aws:ecs:eu-central-1:1:cluster/ops', TaskARN: task })).toEqual({ cluster: 'ops', service: 'healer' });
    expect(asked).toEqual([
      { cluster: 'ops', tasks: [task] },
      { cluster: 'ops', tasks: [task] },
    ]);
  });

  it('is none when nobody but a person started the task', async () => {
    describing(() => ({ tasks: [{ taskArn: task, group: 'family:healer' }] }));
    expect(await ask({ Cluster: 'ops', TaskARN: task })).toBeNull();
  });

  it('is an error when the endpoint does not say, for nothing else would protect it', async () => {
    await expect(ask({})).rejects.toMatchObject({ code: 'UPSTREAM_SERVER', message: expect.stringContaining('own task') });
  });
});
