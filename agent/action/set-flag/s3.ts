/** A document of flagd as an object in S3: read whole, put back whole under If-Match. flagd polls it, every 5 s unless told otherwise. */
import { z } from 'zod';
import type { NotPossible } from '../../domain/plan.ts';
import { readOnce, sendOnce } from '../aws/call.ts';
import type { AwsClients } from '../aws/clients.ts';
import { sha256Of, withValue } from './document.ts';
import type { S3Place } from './schema.ts';
import type { Current, FlagStore } from './store.ts';

const maxBytes = 1_048_576;

// What a put without them would lose.
const kept = {
  ContentType: z.string().optional(),
  CacheControl: z.string().optional(),
  ContentDisposition: z.string().optional(),
  ContentLanguage: z.string().optional(),
  Metadata: z.record(z.string(), z.string()).optional(),
  ServerSideEncryption: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse', 'aws:fsx']).optional(),
  SSEKMSKeyId: z.string().optional(),
};
const Reply = z.object({
  ...kept,
  ETag: z.string().min(1),
  ContentLength: z.int(),
  ContentEncoding: z.string().default(''),
  TagCount: z.int().default(0),
  Body: z.custom<{ transformToString(): Promise<string>; destroy?(): void }>((body) => typeof body === 'object' && body !== null),
});
const Kept = z.object(kept);

export function createS3Store({ bucket: Bucket, key: Key }: S3Place, aws: AwsClients, timeoutMs: number): FlagStore {
  const place = `s3://${Bucket}/${Key}`;

  async function read(signal: AbortSignal): Promise<Current | NotPossible> {
    const { reader, writer } = await aws.s3();
    const { GetObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const call = { signal, timeoutMs };
    const reply = await readOnce('s3:GetObject', Reply, call, (options) => reader.send(new GetObjectCommand({ Bucket, Key }), options));
    const against = unfit(reply);
    if (against) {
      reply.Body.destroy?.();
      return { notPossible: `${place} ${against}` };
    }
    const text = await readOnce('s3:GetObject', z.string(), call, () => reply.Body.transformToString());
    const beside = Kept.parse(reply);
    return {
      text,
      pin: { kind: 's3', etag: reply.ETag },
      write: (Body, _marker, effect) =>
        sendOnce(writer, new PutObjectCommand({ ...beside, Bucket, Key, Body, IfMatch: reply.ETag }), { effect, timeoutMs }),
    };
  }

  return {
    format: 'flagd',
    read,

    async inForce(signal) {
      const current = await read(signal);
      return 'notPossible' in current ? current : current.text;
    },

    movedSince(pin, current) {
      const isSame = pin.kind === 's3' && current.pin.kind === 's3' && current.pin.etag === pin.etag;
      return isSame ? null : `${place} was changed since the plan`;
    },

    calls: (pin) => [{ operation: 's3:PutObject', input: { Bucket, Key, IfMatch: pin.kind === 's3' ? pin.etag : '' } }],

    async takeBack(flag, { before, changedHash }, effect) {
      const current = await read(effect.signal);
      if ('notPossible' in current) return { applied: 'no', detail: current.notPossible };
      if (sha256Of(current.text) !== changedHash) return { applied: 'no', detail: `${place} was changed since by somebody else` };
      const put = withValue('flagd', current.text, flag, before);
      return 'notPossible' in put ? { applied: 'no', detail: put.notPossible } : current.write(put.text, '', effect);
    },

    rights(serviceArn) {
      const partition = serviceArn?.split(':')[1] ?? 'aws';
      return [{ action: 's3:PutObject', resource: `arn:${partition}:s3:::${Bucket}/${Key}` }];
    },
  };
}

function unfit({ ContentLength, ContentEncoding, TagCount }: z.infer<typeof Reply>): string | null {
  if (ContentLength > maxBytes) return `is larger than ${maxBytes} bytes`;
  if (ContentEncoding !== '') return `is encoded as ${ContentEncoding}`;
  return TagCount > 0 ? 'has tags, which writing it anew would lose' : null;
}
