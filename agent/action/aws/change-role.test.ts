import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActionKey } from '../../domain/ids.ts';
import { permitted } from '../../testing/hold.ts';
import { sendOnce } from './call.ts';
import { sessionPolicy } from './change-role.ts';
import { type AwsClients, createAwsClients } from './clients.ts';

const taskArn = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/abc';
const reach = { action: 'stop-task', rights: [{ action: 'ecs:StopTask', resource: taskArn }] };
const role = 'arn:aws:iam::123456789012:role/kintsugi-agent-stop-task';

/** STS and ECS at one address, as far as a change needs them. */
let assumed: URLSearchParams[];
let stopped: { token: unknown; input: unknown }[];
let isRefused: boolean;
let endpoint: string;
let aws: AwsClients;
let close: () => Promise<unknown>;

beforeEach(async () => {
  assumed = [];
  stopped = [];
  isRefused = false;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers['x-amz-target']) {
      stopped.push({ token: request.headers['x-amz-security-token'], input: JSON.parse(body) });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
      return;
    }
    assumed.push(new URLSearchParams(body));
    const credentials =
      '<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>of-the-change</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>';
    const answer = isRefused
      ? '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>'
      : `<AssumeRoleResponse><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`;
    response.writeHead(isRefused ? 403 : 200, { 'content-type': 'text/xml' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'own', secretAccessKey: 'own' };
  aws = createAwsClients({ endpoint, region: 'eu-west-1', credentials }, { 'stop-task': role });
  close = () => {
    aws.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => close());

const key = ActionKey.parse('incident-1/1/execute/stop-task/shop/checkout');
const stop = (over: Parameters<typeof permitted>[0]) =>
  sendOnce(aws.ecs.writer, new StopTaskCommand({ cluster: 'shop', task: taskArn }), {
    effect: permitted({ key, ...over }),
    timeoutMs: 2000,
  });

describe('a change where actions have roles', () => {
  it('is made under the role of its action, narrowed to what the plan touches, and named after the change', async () => {
    expect(await stop({ reach })).toMatchObject({ applied: 'yes' });
    expect(stopped).toEqual([{ token: 'of-the-change', input: { cluster: 'shop', task: taskArn } }]);
    const [asked] = assumed;
    expect(assumed).toHaveLength(1);
    expect(asked?.get('RoleArn')).toBe(role);
    expect(asked?.get('RoleSessionName')).toBe('incident-1-1-execute-stop-task-shop-checkout');
    expect(asked?.get('DurationSeconds')).toBe('900');
    expect(JSON.parse(asked?.get('Policy') ?? '').Statement).toContainEqual({
      Effect: 'Allow',
      Action: 'ecs:StopTask',
      Resource: [taskArn],
    });
  });

  it('is not sent when the role is refused', async () => {
    isRefused = true;
    const outcome = await stop({ reach });
    expect(outcome).toMatchObject({
      applied: 'no',
      detail: expect.stringMatching(/^StopTask was not sent, its role could not be taken: .*AssumeRole/),
    });
    expect(stopped).toEqual([]);
  });

  it.each([
    ['of an action without a role', { reach: { ...reach, action: 'scale-service' } }, 'no role is set up for scale-service'],
    ['that says nothing of itself', {}, 'no role is set up for this change'],
  ])('%s is not sent', async (_what, over, why) => {
    expect(await stop(over)).toMatchObject({ applied: 'no', detail: expect.stringContaining(why) });
    expect([...assumed, ...stopped]).toEqual([]);
  });

  it('reads as the agent itself', async () => {
    expect(aws.ecs.reader).not.toHaveProperty('forChange');
    expect(aws.ecs.writer).toHaveProperty('forChange');
  });
});

describe('without roles', () => {
  it('a change is made as the agent itself', async () => {
    const plain = createAwsClients({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'own', secretAccessKey: 'own' } });
    const change = { effect: permitted({ reach }), timeoutMs: 2000 };
    expect(await sendOnce(plain.ecs.writer, new StopTaskCommand({ task: taskArn }), change)).toMatchObject({ applied: 'yes' });
    expect(assumed).toEqual([]);
    expect(stopped.map(({ token }) => token)).toEqual([undefined]);
    plain.destroy();
  });
});

describe('the policy of a session', () => {
  it('names every thing once, and nothing of GitHub', () => {
    const policy = sessionPolicy([
      { action: 'ecs:StopTask', resource: 'a' },
      { action: 'ecs:StopTask', resource: 'b' },
      { action: 'ecs:StopTask', resource: 'a' },
      { action: 'github:push', resource: 'shop/checkout' },
    ]);
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string | string[]; Resource: string | string[] }[] };
    expect(Statement[0]).toMatchObject({ Action: 'ecs:StopTask', Resource: ['a', 'b'] });
    expect(
      Statement.flatMap(({ Action }) => Action).filter((action) => !/^(ecs:StopTask|iam:PassRole|kms:|s3:GetObject)/.test(action)),
    ).toEqual([]);
  });

  it('stays below the 2,048 characters STS takes, whatever number of tasks is restarted: then it names their cluster', () => {
    const rights = Array.from({ length: 40 }, (_, at) => ({
      action: 'ecs:StopTask',
      resource: `arn:aws:ecs:eu-central-1:123456789012:task/production-shop/${String(at).padStart(32, '0')}`,
    }));
    const policy = sessionPolicy([...rights, { action: 'ecs:UpdateService', resource: 'one' }]);
    expect(policy.length).toBeLessThan(2048);
    expect(JSON.parse(policy).Statement.slice(0, 2)).toEqual([
      { Effect: 'Allow', Action: 'ecs:StopTask', Resource: ['arn:aws:ecs:eu-central-1:123456789012:task/production-shop/*'] },
      { Effect: 'Allow', Action: 'ecs:UpdateService', Resource: ['one'] },
    ]);
  });
});
