import { BatchDeleteImageCommand, DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { images } from '../testing/images.ts';

const fixture = images['fixture:1'];
const repositoryName = 'shop/checkout';
const reference = (tag: string) => `123456789012.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}:${tag}`;

let sandbox: Sandbox;
let ecr: ECRClient;
beforeAll(async () => {
  sandbox = await startSandbox({ images: { [reference('1')]: fixture, [reference('1.0')]: fixture, [reference('2')]: images['lost:1'] } });
  const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'any' };
  ecr = new ECRClient({ endpoint: sandbox.endpoint, region: sandbox.region, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  ecr.destroy();
  await sandbox.stop();
});

const describeTag = (imageTag: string) => ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));

it('tells an image by its tag and by its digest, with all its tags', async () => {
  const [byTag] = (await describeTag('1')).imageDetails ?? [];
  expect(byTag).toMatchObject({
    registryId: '123456789012',
    imageTags: ['1'],
    imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  const imageIds = [{ imageDigest: byTag?.imageDigest }];
  const byDigest = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds }));
  expect(byDigest.imageDetails?.map(({ imageTags }) => imageTags)).toEqual([['1', '1.0']]);
});

it('errs as ECR does for what it does not hold', async () => {
  await expect(describeTag('9')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
  await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'shop/ghost' }))).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
  });
});

it('forgets what is deleted, writes that down, and changes nothing of the index it was given', async () => {
  const answer = await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: '2' }, { imageTag: '9' }] }));
  expect(answer).toMatchObject({ imageIds: [{ imageTag: '2' }], failures: [{ failureCode: 'ImageNotFound' }] });
  await expect(describeTag('2')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
  expect(sandbox.journal()).toMatchObject([{ service: 'ecr', operation: 'BatchDeleteImage', result: 'ok' }]);
  expect(images['lost:1']).toBeDefined();
});
