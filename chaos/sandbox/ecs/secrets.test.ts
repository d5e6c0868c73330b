import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DeleteParameterCommand, GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, required, startLab, stopLab } from '../testing/lab.ts';

const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'sandbox' };
let lab: Lab;
let ssm: SSMClient;
beforeAll(async () => {
  lab = await startLab();
  ssm = new SSMClient({ endpoint: lab.sandbox.endpoint, region: lab.sandbox.region, credentials });
});
afterAll(async () => {
  ssm.destroy();
  await stopLab(lab);
});

const put = (Name: string, Value: string, Overwrite = false) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite }));
const withSecret = (valueFrom: string) => ({ container: { secrets: [{ name: 'NAME', valueFrom }] } });
const ask = async (service: string) => (await fetch(`${lab.sandbox.balancerUrl(cluster, service)}/name`)).text();

describe('parameters', () => {
  it('are told whole to those who ask for them decrypted, by name or ARN', async () => {
    expect(await put('/shop/token', 'first')).toMatchObject({ Version: 1 });
    expect(await put('/shop/token', 'second', true)).toMatchObject({ Version: 2 });
    const plain = await ssm.send(new GetParameterCommand({ Name: '/shop/token', WithDecryption: true }));
    expect(plain.Parameter).toMatchObject({ Name: '/shop/token', Value: 'second', Version: 2, Type: 'SecureString' });
    const several = await ssm.send(new GetParametersCommand({ Names: [required(plain.Parameter?.ARN), '/shop/ghost'] }));
    expect(several.InvalidParameters).toEqual(['/shop/ghost']);
    expect(several.Parameters?.[0]?.Value).not.toBe('second');
  });

  it('refuse as AWS does', async () => {
    await put('/shop/once', 'x');
    await expect(put('/shop/once', 'y')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    await expect(put('/shop/once', '')).rejects.toMatchObject({ name: 'ValidationException' });
    await ssm.send(new DeleteParameterCommand({ Name: '/shop/once' }));
    await expect(ssm.send(new GetParameterCommand({ Name: '/shop/once' }))).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });

  it('are written down in the journal without their values', async () => {
    await put('/shop/unheard', 'a word of nobody');
    const [entry] = lab.sandbox.journal().filter(({ input }) => input.Name === '/shop/unheard');
    expect(entry).toMatchObject({ operation: 'PutParameter', input: { Value: '***' } });
  });
});

describe('a secret of a container', () => {
  it('is a variable of the process, as it was when the task started', async () => {
    await put('/shop/name', 'quiet');
    await lab.create('reader', await lab.register('reader', { NAME: 'loud' }, withSecret('/shop/name')), { desiredCount: 1 });
    await lab.steady('reader');
    expect(await ask('reader')).toBe('quiet');
    await put('/shop/name', 'quieter', true);
    expect(await ask('reader')).toBe('quiet');
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'reader', forceNewDeployment: true }));
    await lab.steady('reader');
    expect(await ask('reader')).toBe('quieter');
  });

  it.each([
    [
      'parameter',
      '/shop/missing',
      'unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /shop/missing',
    ],
    [
      'secret of Secrets Manager',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/missing-AbCdEf',
      'failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/missing-AbCdEf from secrets manager: ResourceNotFoundException',
    ],
  ])('that is a missing %s keeps the task from starting, in the words of Fargate', async (kind, valueFrom, words) => {
    const name = `without-${kind.length}`;
    await lab.create(name, await lab.register(name, {}, withSecret(valueFrom)), { desiredCount: 1 });
    await lab.until(name, (service) => (service.deployments?.[0]?.failedTasks ?? 0) > 0);
    const [task] = await lab.tasks(name, 'STOPPED');
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', lastStatus: expect.stringMatching(/DEPROVISIONING|STOPPED/) });
    expect(task?.stoppedReason).toMatch(/^ResourceInitializationError: unable to pull secrets or registry auth: /);
    expect(task?.stoppedReason).toContain(words);
    expect(task?.containers?.[0]?.exitCode).toBeUndefined();
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: name, desiredCount: 0 }));
  });
});
