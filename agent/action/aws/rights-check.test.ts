import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IamServer, startIam } from '../../testing/iam-server.ts';
import type { Right } from '../action.ts';
import type { RightsCheck } from '../rights.ts';
import { type AwsClients, createAwsClients } from './clients.ts';
import { createRightsCheck } from './rights-check.ts';

const service = 'arn:aws:ecs:eu-west-1:123456789012:service/shop/checkout';
const update: Right = { action: 'ecs:UpdateService', resource: service };
const stop: Right = { action: 'ecs:StopTask', resource: '*' };
const signal = new AbortController().signal;

let iam: IamServer;
let aws: AwsClients;
let check: RightsCheck;
beforeEach(async () => {
  iam = await startIam();
  aws = createAwsClients({ endpoint: iam.url, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  check = createRightsCheck(aws);
});
afterEach(async () => {
  aws.destroy();
  await iam.close();
});

describe('the check of permissions', () => {
  it('asks IAM for the role behind the session, with its path, each permission on its own resource', async () => {
    iam.allowed = new Set([`ecs:UpdateService ${service}`, 'ecs:StopTask *']);
    expect(await check([update, stop, update], signal)).toEqual({ kind: 'granted' });
    const source = 'arn:aws:iam::123456789012:role/agents/kintsugi';
    expect(iam.simulated).toEqual([
      { source, actions: ['ecs:UpdateService'], resources: [service] },
      { source, actions: ['ecs:StopTask'], resources: ['*'] },
    ]);
  });

  it('asks for the role of the action where actions have roles, and knows what has none', async () => {
    const role = 'arn:aws:iam::123456789012:role/kintsugi-agent-stop-task';
    const checkRoles = createRightsCheck(aws, { 'stop-task': role });
    iam.allowed = new Set(['ecs:StopTask *']);
    expect(await checkRoles([stop], signal, 'stop-task')).toEqual({ kind: 'granted' });
    expect(iam.simulated).toEqual([{ source: role, actions: ['ecs:StopTask'], resources: ['*'] }]);
    const reason = 'No role is set up for scale-service, so it can change nothing.';
    expect(await checkRoles([update], signal, 'scale-service')).toEqual({ kind: 'missing', reason });
  });

  it('names what is missing, and on what', async () => {
    iam.allowed = new Set(['ecs:StopTask *']);
    const answer = await check([update, stop], signal);
    expect(answer).toEqual({
      kind: 'missing',
      reason: `arn:aws:iam::123456789012:role/agents/kintsugi lacks ecs:UpdateService on ${service}.`,
    });
  });

  it('reads every page', async () => {
    const more: Right[] = ['ecs:A', 'ecs:B', 'ecs:C'].map((action) => ({ action, resource: '*' }));
    iam.pageSize = 1;
    iam.allowed = new Set(['ecs:A *', 'ecs:B *', 'ecs:C *']);
    expect(await check(more, signal)).toEqual({ kind: 'granted' });
    iam.allowed.delete('ecs:C *');
    expect(await check(more, signal)).toMatchObject({ kind: 'missing', reason: expect.stringContaining('ecs:C') });
  });

  it('does not know where a condition depends on what only the call carries', async () => {
    iam.missingContext = ['ecs:cluster'];
    expect(await check([update], signal)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('depends on ecs:cluster') });
  });

  it('does not know where IAM may not be asked, and says which permission that takes', async () => {
    iam.failure = { status: 403, code: 'AccessDenied' };
    const answer = await check([update], signal);
    expect(answer).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('SimulatePrincipalPolicy') });
  });

  it('goes on without the path of the role where GetRole is not permitted', async () => {
    iam.role = null;
    iam.allowed = new Set([`ecs:UpdateService ${service}`]);
    expect(await check([update], signal)).toEqual({ kind: 'granted' });
    expect(iam.simulated[0]?.source).toBe('arn:aws:iam::123456789012:role/kintsugi');
  });

  it.each([
    ['a user', 'arn:aws:iam::123456789012:user/ann', 'missing'],
    ['the root of the account', 'arn:aws:iam::123456789012:root', 'unknown'],
    ['a federated user', 'arn:aws:sts::123456789012:federated-user/ann', 'unknown'],
  ])('takes %s for what it is', async (_name, caller, kind) => {
    iam.caller = caller;
    expect(await check([update], signal)).toMatchObject({ kind });
  });

  it('passes over what other systems grant, and asks nobody when nothing is left', async () => {
    expect(await check([{ action: 'github:push', resource: 'owner/name' }], signal)).toEqual({ kind: 'granted' });
    expect(await check([], signal)).toEqual({ kind: 'granted' });
    expect(iam.simulated).toEqual([]);
  });

  it('does not know when nobody answers, and stops with the run', async () => {
    await iam.close();
    expect(await check([update], signal)).toMatchObject({ kind: 'unknown' });
    const over = AbortSignal.abort(new Error('the run stops'));
    await expect(check([update], over)).rejects.toThrow('the run stops');
  });
});
