import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateHostedConfigurationVersionCommand,
  GetConfigurationProfileCommand,
  GetHostedConfigurationVersionCommand,
} from '@aws-sdk/client-appconfig';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateDocumentCommand, DescribeDocumentCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppConfig } from './appconfig-server.ts';
import { startAws } from './aws-double.ts';
import { hasMoto, startMoto } from './moto.ts';
import { createS3 } from './s3-server.ts';
import { createSsm } from './ssm-server.ts';

const moto = hasMoto();
if (!moto) process.stderr.write('\n!!! moto was not found: the doubles of SSM, AppConfig and S3 were held against nothing.\n\n');

const content = JSON.stringify({
  schemaVersion: '0.3',
  description: 'flush',
  parameters: { Service: { type: 'String' }, Mode: { type: 'String', default: 'soft' } },
  mainSteps: [{ name: 'wait', action: 'aws:sleep', inputs: { Duration: 'PT1S' } }],
});

function startOurs() {
  const parameters = [
    { Name: 'Service', Type: 'String' },
    { Name: 'Mode', Type: 'String', DefaultValue: 'soft' },
  ];
  return startAws([
    createSsm([{ name: 'Shop-Flush', version: '1', content, parameters }]),
    createAppConfig({
      application: 'app1234',
      environment: { id: 'env1234', state: 'READY_FOR_DEPLOYMENT' },
      profile: { id: 'prof123', type: 'AWS.AppConfig.FeatureFlags', locationUri: 'hosted' },
      versions: [],
      deployments: [],
      pageSize: 50,
    }),
    createS3({ bucket: 'shop-flags' }),
  ]);
}

/**
 * What both have in common. moto has no automation executions, no deployments, no environments, no locking token of versions and none of
 * FIS' experiments: there our doubles follow the documentation alone.
 */
describe.each([
  ['our doubles', true, startOurs],
  ['moto', moto, startMoto],
] as const)('AWS as %s speak it', (name, isThere, start) => {
  if (!isThere) {
    it('is not checked here: it is missing on this machine', () => expect(moto).toBe(false));
    return;
  }
  let server: { url: string; close(): Promise<void> };
  let [ssm, appconfig, s3]: [SSMClient?, AppConfigClient?, S3Client?] = [];
  let ids = { ApplicationId: 'app1234', ConfigurationProfileId: 'prof123' };
  const client = <Client>(made: Client | undefined): Client => made ?? expect.fail('not started');

  beforeAll(async () => {
    server = await start();
    const place = {
      endpoint: server.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    };
    ssm = new SSMClient(place);
    appconfig = new AppConfigClient(place);
    s3 = new S3Client({ ...place, forcePathStyle: true });
    if (name !== 'moto') return;
    await ssm.send(new CreateDocumentCommand({ Name: 'Shop-Flush', Content: content, DocumentType: 'Automation', DocumentFormat: 'JSON' }));
    const application = await appconfig.send(new CreateApplicationCommand({ Name: 'shop' }));
    const profile = await appconfig.send(
      new CreateConfigurationProfileCommand({
        ApplicationId: application.Id,
        Name: 'flags',
        LocationUri: 'hosted',
        Type: 'AWS.AppConfig.FeatureFlags',
      }),
    );
    ids = { ApplicationId: String(application.Id), ConfigurationProfileId: String(profile.Id) };
    await s3.send(new CreateBucketCommand({ Bucket: 'shop-flags', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  }, 60_000);
  afterAll(async () => {
    for (const one of [ssm, appconfig, s3]) one?.destroy();
    await server.close();
  });

  it('describes a document of SSM', async () => {
    const { Document } = await client(ssm).send(new DescribeDocumentCommand({ Name: 'Shop-Flush', DocumentVersion: '1' }));
    expect(Document).toMatchObject({
      Name: 'Shop-Flush',
      DocumentVersion: '1',
      DocumentType: 'Automation',
      Status: 'Active',
      HashType: 'Sha256',
    });
    expect(Document?.Hash).toMatch(/^[0-9a-f]{64}$/);
    const parameters = Document?.Parameters?.map(({ Name, DefaultValue }) => ({ Name, DefaultValue }));
    expect(parameters).toEqual([
      { Name: 'Service', DefaultValue: undefined },
      { Name: 'Mode', DefaultValue: 'soft' },
    ]);
  });

  it.each([
    ['no such document', { Name: 'Shop-Other', DocumentVersion: '1' }, 'InvalidDocument'],
    ['no such version', { Name: 'Shop-Flush', DocumentVersion: '9' }, 'InvalidDocument'],
  ])('says in the words of SSM that there is %s', async (_, input, error) => {
    const refused = client(ssm).send(new DescribeDocumentCommand(input));
    await expect(refused).rejects.toMatchObject({ name: expect.stringContaining(error), $metadata: { httpStatusCode: 400 } });
  });

  it('keeps versions of a hosted profile, as the bytes they are', async () => {
    const Content = Buffer.from('{"values":{"ä":{"enabled":true}}}');
    const input = { ...ids, Content, ContentType: 'application/json', Description: 'kintsugi set-flag x 1' };
    const created = await client(appconfig).send(new CreateHostedConfigurationVersionCommand(input));
    expect(created).toMatchObject({ VersionNumber: 1, ContentType: 'application/json', Description: 'kintsugi set-flag x 1' });
    const read = await client(appconfig).send(new GetHostedConfigurationVersionCommand({ ...ids, VersionNumber: 1 }));
    expect(Buffer.from(read.Content ?? [])).toEqual(Content);
    expect(read).toMatchObject({ ...ids, VersionNumber: 1, ContentType: 'application/json' });
    const second = await client(appconfig).send(new CreateHostedConfigurationVersionCommand(input));
    expect(second.VersionNumber).toBe(2);
  });

  it('says what kind a profile is and where it lies, and that a version is missing', async () => {
    const profile = await client(appconfig).send(new GetConfigurationProfileCommand(ids));
    expect(profile).toMatchObject({ Type: 'AWS.AppConfig.FeatureFlags', LocationUri: 'hosted' });
    const missing = client(appconfig).send(new GetHostedConfigurationVersionCommand({ ...ids, VersionNumber: 99 }));
    // moto sends it with 400, AWS documents 404; nothing of ours looks at more than the name and that it is a refusal.
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('puts an object anew only while it is the one that was read', async () => {
    const object = { Bucket: 'shop-flags', Key: 'flags/shop.json' };
    const put = (Body: string, IfMatch?: string) =>
      client(s3).send(
        new PutObjectCommand({
          ...object,
          Body,
          IfMatch,
          ContentType: 'application/json',
          CacheControl: 'no-cache',
          Metadata: { owner: 'x' },
        }),
      );
    const first = await put('{}');
    const read = await client(s3).send(new GetObjectCommand(object));
    expect(read).toMatchObject({
      ETag: first.ETag,
      ContentLength: 2,
      ContentType: 'application/json',
      CacheControl: 'no-cache',
      Metadata: { owner: 'x' },
    });
    expect(read.ContentEncoding).toBeUndefined();
    const second = await put('{"a":1}', first.ETag);
    expect(second.ETag).not.toBe(first.ETag);
    await expect(put('{"b":1}', first.ETag)).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    expect(await (await client(s3).send(new GetObjectCommand(object))).Body?.transformToString()).toBe('{"a":1}');
    const absent = client(s3).send(new PutObjectCommand({ Bucket: 'shop-flags', Key: 'none.json', Body: '{}', IfMatch: first.ETag }));
    await expect(absent).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  });
});
