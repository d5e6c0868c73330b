import { afterEach, describe, expect, it } from 'vitest';
import { createAwsClients } from './clients.ts';

const aws = createAwsClients({ endpoint: 'http://127.0.0.1:9', region: 'eu-west-1' });
afterEach(() => aws.destroy());

const pairs = {
  appconfig: aws.appconfig,
  ecr: aws.ecr,
  fis: aws.fis,
  iam: aws.iam,
  s3: aws.s3,
  scaling: aws.scaling,
  ssm: aws.ssm,
  sts: aws.sts,
  ecs: async () => aws.ecs,
};

describe('the clients', () => {
  it.each(Object.entries(pairs))('of %s read with a second attempt and change with none', async (_name, pair) => {
    const { reader, writer } = await pair();
    expect(await reader.config.maxAttempts()).toBe(2);
    expect(await writer.config.maxAttempts()).toBe(1);
  });

  it.each(Object.entries(pairs))('of %s are made once and go where they are told', async (_name, pair) => {
    const { writer } = await pair();
    expect((await pair()).writer).toBe(writer);
    expect(await writer.config.region()).toBe('eu-west-1');
    expect(await writer.config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 9 });
  });

  it('cover every service there is', () => {
    expect(Object.keys(pairs).sort()).toEqual(
      Object.keys(aws)
        .filter((name) => name !== 'destroy')
        .sort(),
    );
  });
});
