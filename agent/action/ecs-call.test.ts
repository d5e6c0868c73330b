import { ECSClient, ECSServiceException, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { readOnce, sendOnce } from './ecs-call.ts';

const endpoint = 'http://127.0.0.1:9';
const writer = new ECSClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1 });
const context = { signal: new AbortController().signal, timeoutMs: 1000 };

function answered(name: string, httpStatusCode: number): ECSServiceException {
  return new ECSServiceException({ name, $fault: httpStatusCode < 500 ? 'client' : 'server', message: 'm', $metadata: { httpStatusCode } });
}
const broken = (code: string) => Object.assign(new Error('socket'), { code });

describe('a change', () => {
  it.each([
    ['a clean refusal', answered('InvalidParameterException', 400), 'no'],
    ['throttling', answered('ThrottlingException', 400), 'no'],
    ['a request timeout of a proxy', answered('UnknownError', 408), 'unknown'],
    ['a server fault', answered('ServerException', 500), 'unknown'],
    ['a gateway that gave up', answered('UnknownError', 504), 'unknown'],
    ['a reset connection', broken('ECONNRESET'), 'unknown'],
    ['a refused connection', broken('ECONNREFUSED'), 'no'],
    ['a name that does not resolve', broken('ENOTFOUND'), 'no'],
    ['an answer that is not JSON', new SyntaxError('Unexpected token <'), 'unknown'],
    ['missing credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'no'],
  ])('is judged by %s', async (_name, error, applied) => {
    const outcome = await sendOnce('UpdateService', writer, context, () => Promise.reject(error));
    expect(outcome).toMatchObject({ applied, detail: expect.stringContaining('UpdateService') });
  });

  it('is certainly not made when nothing listens', async () => {
    const outcome = await sendOnce('UpdateService', writer, context, (options) =>
      writer.send(new UpdateServiceCommand({ service: 'checkout' }), options),
    );
    expect(outcome.applied).toBe('no');
  });

  it('is unknown when no answer comes in time', async () => {
    const silent = ({ abortSignal }: { abortSignal: AbortSignal }) =>
      new Promise((_resolve, reject) => abortSignal.addEventListener('abort', () => reject(abortSignal.reason)));
    const outcome = await sendOnce('StopTask', writer, { ...context, timeoutMs: 100 }, silent);
    expect(outcome.applied).toBe('unknown');
  });
});

describe('a read', () => {
  it.each([
    ['auth', answered('AccessDeniedException', 400)],
    ['rate-limit', answered('ThrottlingException', 400)],
    ['client', answered('ClusterNotFoundException', 400)],
    ['server', answered('ServerException', 500)],
    ['server', broken('ECONNRESET')],
  ])('fails for the reason %s', async (reason, error) => {
    await expect(readOnce('DescribeServices', context, () => Promise.reject(error))).rejects.toMatchObject({ system: 'ecs', reason });
  });

  it('names the permission that is missing', async () => {
    const denied = readOnce('DescribeServices', context, () => Promise.reject(answered('AccessDeniedException', 400)));
    await expect(denied).rejects.toMatchObject({ hint: "allow ecs:DescribeServices for the agent's role" });
  });
});
