import { beforeEach, describe, expect, it } from 'vitest';
import { type AppConfigState, createAppConfig } from '../../testing/appconfig-server.ts';
import { permitted } from '../../testing/hold.ts';
import { actionContract, created, depsOn, planned } from '../action.contract.ts';
import { startEcsServer } from '../ecs/server.contract.ts';
import { setFlag } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, entry: 'tax-engine-off' };
const signal = new AbortController().signal;
const effect = permitted({ signal });

const entry = {
  name: 'tax-engine-off',
  flag: 'newTaxEngine',
  value: false,
  causes: ['dependency-fault', 'all-tasks-degraded'],
  services: ['shop/checkout'],
  at: { kind: 'appconfig', application: 'app1234', environment: 'env1234', profile: 'prof123' },
};
const config = { flags: [entry] };

// A number no JavaScript number holds, a key twice seen in the wild, and lines as a person left them.
const text = `{"version": "1",
  "flags":  {"newTaxEngine": {"name": "new tax engine"}, "other": {"name": "other"}},
  "values": {"other": {"enabled": true, "limit": 12345678901234567890},
    "newTaxEngine": {"enabled" : true, "rate": 1.0}}}
`;
const expected = text.replace('"enabled" : true', '"enabled" : false');

let state: AppConfigState;
function fresh() {
  const deployment = (number: number, version: string) => ({ number, profile: 'prof123', version, state: 'COMPLETE', description: '' });
  state = {
    application: 'app1234',
    environment: { id: 'env1234', state: 'READY_FOR_DEPLOYMENT' },
    profile: { id: 'prof123', type: 'AWS.AppConfig.FeatureFlags', locationUri: 'hosted' },
    versions: [6, 7].map((number) => ({ number, description: '', contentType: 'application/json', content: text })),
    deployments: [deployment(40, '6'), deployment(41, '7')],
    pageSize: 50,
  };
  return createAppConfig(state);
}
const newest = () => state.deployments.at(-1) ?? expect.fail('no deployment');
/** What the environment serves, or is on its way to serve. */
function served(): string | undefined {
  const standing = state.deployments.findLast((deployment) => ['COMPLETE', 'DEPLOYING', 'BAKING'].includes(deployment.state));
  return state.versions.find(({ number }) => String(number) === standing?.version)?.content;
}
function deployByHand(content: string): void {
  const number = (state.versions.at(-1)?.number ?? 0) + 1;
  state.versions.push({ number, description: 'by hand', contentType: 'application/json', content });
  state.deployments.push({ number: newest().number + 1, profile: 'prof123', version: String(number), state: 'COMPLETE', description: '' });
}
const withFlag = (value: string) => () => {
  for (const version of state.versions) version.content = text.replace('{"enabled" : true, "rate": 1.0}', value);
};

actionContract({
  plugin: setFlag,
  config,
  params,
  calls: ['appconfig:CreateHostedConfigurationVersion', 'appconfig:StartDeployment'],
  beside: () => [fresh()],
  looksBy: ['ListDeployments'],
  isApplied: () => served() === expected,
  isUndone: () => served() === text,
  undo: { call: 'appconfig:StopDeployment', moved: () => deployByHand(text) },
  refusals: [
    {
      when: 'the profile is freeform',
      arrange: () => Object.assign(state.profile, { type: 'AWS.Freeform' }),
      reason: /AWS.Freeform, not feature/,
    },
    {
      when: 'its versions lie elsewhere',
      arrange: () => Object.assign(state.profile, { locationUri: 's3://b/k' }),
      reason: /keeps its versions in/,
    },
    { when: 'a deployment is under way', arrange: () => Object.assign(state.environment, { state: 'DEPLOYING' }), reason: /is DEPLOYING/ },
    {
      when: 'a roll-back is under way',
      arrange: () => Object.assign(state.environment, { state: 'ROLLING_BACK' }),
      reason: /is ROLLING_BACK/,
    },
    {
      when: 'somebody made a version that waits',
      arrange: () => state.versions.push({ number: 8, description: 'draft', contentType: 'application/json', content: text }),
      reason: /version 8 .* waits to be deployed by somebody else/,
    },
    {
      when: 'nothing was ever deployed in full',
      arrange: () => state.deployments.splice(0, 2, { ...newest(), state: 'ROLLED_BACK' }),
      reason: /no completed deployment/,
    },
    { when: 'the flag is set already', arrange: () => deployByHand(expected), reason: /is false already/ },
    { when: 'the flag is gone', arrange: () => deployByHand('{"version":"1","values":{}}'), reason: /no flag newTaxEngine/ },
    { when: 'the flag has variants', arrange: withFlag('{"enabled":true,"_variants":[]}'), reason: /has variants/ },
    { when: 'the document is something else', arrange: () => deployByHand('[]'), reason: /not one of AWS.AppConfig.FeatureFlags/ },
    { when: 'the document is no JSON', arrange: () => deployByHand('flags: {}'), reason: /not JSON/ },
  ],
});

describe('set-flag in AppConfig', () => {
  let server: Awaited<ReturnType<typeof startEcsServer>>;
  beforeEach(async () => {
    server = await startEcsServer([fresh()]);
    return () => server.close();
  });
  const action = (over: object = config) => created(setFlag, depsOn(server), over);

  it('changes the one value and leaves every other character as it was', async () => {
    await action().execute(await planned(action(), params), effect);
    expect(state.versions.at(-1)).toMatchObject({ number: 8, content: expected, contentType: 'application/json' });
    expect(newest()).toMatchObject({ number: 42, version: '8', state: 'DEPLOYING' });
  });

  it('goes on with the version it had made when it died before the deployment', async () => {
    const plan = await planned(action(), params);
    server.trouble.set('StartDeployment', 'reset');
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'unknown' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'no' });
    server.trouble.clear();
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(server.changes.map(({ operation }) => operation)).toEqual([
      'CreateHostedConfigurationVersion',
      'StartDeployment',
      'StartDeployment',
    ]);
    expect(newest()).toMatchObject({ version: '8' });
  });

  it('deploys nothing when the version could not be made', async () => {
    const plan = await planned(action(), params);
    server.trouble.set('CreateHostedConfigurationVersion', 'lost');
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'unknown' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'no' });
    expect(state.deployments).toHaveLength(2);
  });

  it.each([
    ['somebody deploys another version', () => deployByHand(text.replace('1.0', '2.0')), /version 8 .* is in force, not the 7 of the plan/],
    [
      'somebody deploys another profile of the environment',
      () => state.deployments.push({ ...newest(), number: 42, profile: 'other12' }),
      /somebody deployed to environment env1234/,
    ],
    [
      'another run of ours made a version',
      () => state.versions.push({ number: 8, description: 'kintsugi set-flag x 1', contentType: 'application/json', content: text }),
      /version 8 .* was made since the plan/,
    ],
  ])('changes nothing when %s after the plan', async (_, arrange, reason) => {
    const plan = await planned(action(), params);
    arrange();
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringMatching(reason) });
    expect(server.changes).toEqual([]);
  });

  it.each([
    ['of the versions', 'ListHostedConfigurationVersions', 'CreateHostedConfigurationVersion'],
    ['of the deployments', 'ListDeployments', 'StartDeployment'],
  ])('loses a race after its last look to the locking token %s', async (_, _read, call) => {
    const plan = await planned(action(), params);
    const racing = permitted({
      signal,
      permit: async () => {
        if (call === 'CreateHostedConfigurationVersion' || state.versions.length === 3) deployByHand(text);
        return { isValid: () => true };
      },
    });
    expect(await action().execute(plan, racing)).toMatchObject({ applied: 'no', detail: expect.stringContaining('ConflictException') });
    expect(served()).toBe(text);
  });

  it('plans anew on top of a version of ours that was taken back', async () => {
    const first = await planned(action(), params);
    await action().execute(first, effect);
    await action().undo?.(first, effect);
    expect(newest().state).toBe('ROLLED_BACK');
    const second = await planned(action(), params);
    expect(second.snapshot.pin).toEqual({ kind: 'appconfig', version: 7, latestVersion: 8, latestDeployment: 42 });
    expect(await action().execute(second, effect)).toMatchObject({ applied: 'yes' });
    expect(served()).toBe(expected);
  });

  it('reverts a deployment that is over as well as one under way', async () => {
    const plan = await planned(action(), params);
    await action().execute(plan, effect);
    newest().state = 'COMPLETE';
    expect(await action().undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(newest().state).toBe('REVERTED');
    expect(await action().undo?.(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('REVERTED already') });
    expect(served()).toBe(text);
  });

  it('finds version and deployment on whatever page they are', async () => {
    state.pageSize = 1;
    expect((await planned(action(), params)).snapshot.pin).toEqual({
      kind: 'appconfig',
      version: 7,
      latestVersion: 7,
      latestDeployment: 41,
    });
  });

  it('changes nothing when the settings want another value than the plan', async () => {
    const plan = await planned(action(), params);
    const other = action({ flags: [{ ...entry, flag: 'other' }] });
    expect(await other.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('not those of the plan') });
    expect(server.changes).toEqual([]);
  });

  it('needs the rights of the change and of taking it back, on this profile and environment', async () => {
    const here = 'arn:aws:appconfig:eu-west-1:000000000000';
    expect(action().rights?.(await planned(action(), params))).toEqual([
      { action: 'appconfig:CreateHostedConfigurationVersion', resource: `${here}:application/app1234/configurationprofile/prof123` },
      { action: 'appconfig:StartDeployment', resource: `${here}:application/app1234/environment/env1234` },
      { action: 'appconfig:StartDeployment', resource: `${here}:application/app1234/configurationprofile/prof123` },
      { action: 'appconfig:StartDeployment', resource: `${here}:deploymentstrategy/AppConfig.AllAtOnce` },
      { action: 'appconfig:StopDeployment', resource: `${here}:application/app1234/environment/env1234/deployment/*` },
    ]);
  });
});
