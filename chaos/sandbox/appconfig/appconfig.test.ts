import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetConfigurationProfileCommand,
  GetDeploymentCommand,
  GetEnvironmentCommand,
  GetHostedConfigurationVersionCommand,
  ListConfigurationProfilesCommand,
  ListDeploymentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, required, startLab, stopLab } from '../testing/lab.ts';

const text = (enabled: boolean) => `{"version": "1",
  "flags":  {"newTax": {"name": "new tax"}, "other": {"name": "other"}},
  "values": {"newTax": {"enabled": ${enabled}, "rate": 1.0}}}
`;

let lab: Lab;
let client: AppConfigClient;
let ids: { ApplicationId: string; EnvironmentId: string; ConfigurationProfileId: string };
/** No bake time: complete as soon as it is everywhere. */
let strategy: string;

beforeAll(async () => {
  lab = await startLab();
  const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'sandbox' };
  client = new AppConfigClient({ endpoint: lab.sandbox.endpoint, region: lab.sandbox.region, credentials, maxAttempts: 1 });
  const { Id: ApplicationId } = await client.send(new CreateApplicationCommand({ Name: 'shop' }));
  const [environment, profile, quick] = await Promise.all([
    client.send(new CreateEnvironmentCommand({ ApplicationId, Name: 'production' })),
    client.send(
      new CreateConfigurationProfileCommand({ ApplicationId, Name: 'flags', LocationUri: 'hosted', Type: 'AWS.AppConfig.FeatureFlags' }),
    ),
    client.send(
      new CreateDeploymentStrategyCommand({ Name: 'quick', DeploymentDurationInMinutes: 0, FinalBakeTimeInMinutes: 0, GrowthFactor: 100 }),
    ),
  ]);
  strategy = required(quick.Id);
  ids = { ApplicationId: required(ApplicationId), EnvironmentId: required(environment.Id), ConfigurationProfileId: required(profile.Id) };
});
afterAll(async () => {
  client.destroy();
  await stopLab(lab);
});

const environment = () => ({ ApplicationId: ids.ApplicationId, EnvironmentId: ids.EnvironmentId });
const profile = () => ({ ApplicationId: ids.ApplicationId, ConfigurationProfileId: ids.ConfigurationProfileId });
const write = (content: string, more: { LatestVersionNumber?: number; Description?: string } = {}) =>
  client.send(
    new CreateHostedConfigurationVersionCommand({ ...profile(), Content: Buffer.from(content), ContentType: 'application/json', ...more }),
  );
const deploy = (version: number | undefined, more: { LatestDeploymentNumber?: number; DeploymentStrategyId?: string } = {}) =>
  client.send(
    new StartDeploymentCommand({
      ...ids,
      ConfigurationVersion: String(version),
      DeploymentStrategyId: strategy,
      Description: 'by hand',
      ...more,
    }),
  );
const stop = (DeploymentNumber: number | undefined, AllowRevert: boolean) =>
  client.send(new StopDeploymentCommand({ ...environment(), DeploymentNumber, AllowRevert }));
const stateOf = async () => (await client.send(new GetEnvironmentCommand(environment()))).State;

async function settled(number: number | undefined): Promise<void> {
  const ask = new GetDeploymentCommand({ ...environment(), DeploymentNumber: number });
  for (let look = 0; (await client.send(ask)).State !== 'COMPLETE'; look += 1) {
    if (look > 4_000) expect.fail('the deployment did not complete');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What somebody beside a task reads, without a signature. */
async function read(query = '', place = 'shop/environments/production/configurations/flags'): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${lab.sandbox.endpoint}/applications/${place}${query}`);
  return { status: answer.status, body: await answer.json() };
}

describe('AppConfig', () => {
  it('serves nothing before the first deployment', async () => {
    expect((await read()).status).toBe(404);
    expect(await stateOf()).toBe('READY_FOR_DEPLOYMENT');
  });

  it('keeps every character of a version and says who made it', async () => {
    const made = await write(text(false), { Description: 'first', LatestVersionNumber: 0 });
    expect(made).toMatchObject({ VersionNumber: 1, Description: 'first' });
    const got = await client.send(new GetHostedConfigurationVersionCommand({ ...profile(), VersionNumber: 1 }));
    expect(Buffer.from(required(got.Content)).toString()).toBe(text(false));
    expect(got).toMatchObject({ ContentType: 'application/json', Description: 'first' });
    expect(await client.send(new GetConfigurationProfileCommand(profile()))).toMatchObject({
      Type: 'AWS.AppConfig.FeatureFlags',
      LocationUri: 'hosted',
    });
    const { Items } = await client.send(new ListConfigurationProfilesCommand({ ApplicationId: ids.ApplicationId }));
    expect(Items).toMatchObject([{ Name: 'flags', Id: ids.ConfigurationProfileId }]);
  });

  it('serves a version to every reader once it is deployed: flags by name or all, attributes only of those that are on', async () => {
    const { DeploymentNumber, State } = await deploy(1);
    expect([DeploymentNumber, State]).toEqual([1, 'DEPLOYING']);
    await settled(1);
    expect(await stateOf()).toBe('READY_FOR_DEPLOYMENT');
    expect(await read()).toEqual({ status: 200, body: { newTax: { enabled: false }, other: { enabled: false } } });
    const { VersionNumber } = await write(text(true));
    await settled((await deploy(VersionNumber)).DeploymentNumber);
    expect((await read('?flag=newTax')).body).toEqual({ newTax: { enabled: true, rate: 1 } });
    const byIds = `${ids.ApplicationId}/environments/${ids.EnvironmentId}/configurations/${ids.ConfigurationProfileId}`;
    expect((await read('?flag=other', byIds)).body).toEqual({ other: { enabled: false } });
    expect((await read('', 'shop/environments/staging/configurations/flags')).status).toBe(404);
  });

  it('lists versions and deployments newest first, page by page', async () => {
    const versions = await client.send(new ListHostedConfigurationVersionsCommand({ ...profile(), MaxResults: 1 }));
    expect(versions.Items?.map(({ VersionNumber }) => VersionNumber)).toEqual([2]);
    const rest = await client.send(new ListHostedConfigurationVersionsCommand({ ...profile(), NextToken: versions.NextToken }));
    expect(rest.Items).toMatchObject([{ VersionNumber: 1, Description: 'first' }]);
    const { Items } = await client.send(new ListDeploymentsCommand(environment()));
    expect(Items?.map((one) => [one.DeploymentNumber, one.ConfigurationVersion, one.State])).toEqual([
      [2, '2', 'COMPLETE'],
      [1, '1', 'COMPLETE'],
    ]);
    expect(Items?.[0]?.StartedAt).toBeInstanceOf(Date);
  });

  it('reverts the newest deployment when that is allowed, and no other', async () => {
    await expect(stop(2, false)).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(stop(1, true)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(await stop(2, true)).toMatchObject({ State: 'REVERTED' });
    expect((await read('?flag=newTax')).body).toEqual({ newTax: { enabled: false } });
    expect(await stateOf()).toBe('REVERTED');
    await expect(stop(2, true)).rejects.toThrow(/REVERTED/);
  });

  it('bakes by the predefined strategy, takes no other deployment meanwhile, and rolls back when it is stopped', async () => {
    const { DeploymentNumber } = await deploy(2, { DeploymentStrategyId: 'AppConfig.AllAtOnce' });
    expect(await stateOf()).toBe('DEPLOYING');
    expect((await read('?flag=newTax')).body).toMatchObject({ newTax: { enabled: true } });
    await expect(deploy(1)).rejects.toMatchObject({ name: 'ConflictException' });
    expect(await stop(DeploymentNumber, false)).toMatchObject({ State: 'ROLLED_BACK' });
    expect((await read('?flag=newTax')).body).toEqual({ newTax: { enabled: false } });
    const again = await deploy(2, { DeploymentStrategyId: 'AppConfig.AllAtOnce' });
    await settled(again.DeploymentNumber);
    expect((await read('?flag=newTax')).body).toMatchObject({ newTax: { enabled: true } });
  });

  it('keeps to its locking tokens', async () => {
    await expect(write(text(false), { LatestVersionNumber: 1 })).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(deploy(1, { LatestDeploymentNumber: 1 })).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it.each([
    ['is not JSON', 'flags: {}'],
    ['no flags of version 1', '[]'],
    ['the flag ghost', '{"version":"1","flags":{},"values":{"ghost":{"enabled":true}}}'],
  ])('refuses a document of flags that %s', async (words, content) => {
    await expect(write(content)).rejects.toMatchObject({ name: 'BadRequestException', message: expect.stringContaining(words) });
  });

  it.each([
    ['an application', () => client.send(new GetEnvironmentCommand({ ApplicationId: 'none', EnvironmentId: 'none' }))],
    ['a version', () => deploy(99)],
    ['a strategy', () => deploy(1, { DeploymentStrategyId: 'AppConfig.Linear50PercentEvery30Seconds' })],
    ['a deployment', () => stop(99, true)],
  ])('knows no %s that is not there', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('refuses what would take its time, and writes changes down under their names', async () => {
    const linear = { Name: 'slow', DeploymentDurationInMinutes: 20, GrowthFactor: 10 };
    await expect(client.send(new CreateDeploymentStrategyCommand(linear))).rejects.toThrow(/everybody at once/);
    const [first] = lab.sandbox.journal().filter(({ operation }) => operation === 'StartDeployment');
    expect(first).toMatchObject({ service: 'appconfig', result: 'ok', input: { ...ids, ConfigurationVersion: '1' } });
    expect(lab.sandbox.journal().some(({ operation }) => operation.startsWith('Get'))).toBe(false);
  });
});

it('is reached from a task where AWS has the AppConfig agent listen', async () => {
  const environment = { CALLEE_URL: 'http://localhost:2772/applications/shop/environments/production/configurations/flags?flag=newTax&x=' };
  await lab.create('reader', await lab.register('reader', environment), { desiredCount: 1 });
  await lab.steady('reader');
  const answer = await fetch(`${lab.sandbox.balancerUrl(cluster, 'reader')}/call`);
  expect(await answer.json()).toMatchObject({ newTax: { enabled: true } });
});
