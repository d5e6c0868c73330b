import { CreateBucketCommand, DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../domain/errors.ts';
import { systemClock } from '../../system-clock.ts';
import { hasMoto, startMoto } from '../../testing/moto.ts';
import { startS3 } from '../../testing/s3-server.ts';
import { checksumOf } from '../archive-lines.ts';
import { genesis, type SealedRow, seal } from '../chain.ts';
import { createAuditKeys } from '../key.ts';
import { createS3Audit, type S3Audit, s3AuditSettings } from './index.ts';

const signal = new AbortController().signal;
const bucket = 'the-trail';
const moto = hasMoto();
if (!moto) process.stderr.write('\n!!! moto was not found: the S3 of the audit trail was checked against our own stand-in only.\n\n');

function rowsOf(count: number): SealedRow[] {
  const keys = createAuditKeys('the key of the audit trail in this test');
  const rows: SealedRow[] = [];
  for (let n = 1; n <= count; n += 1) {
    const entry = {
      at: '2026-01-01T00:00:00.000Z',
      incidentId: null,
      actor: 'intake',
      event: 'diagnosis' as const,
      detail: { n, text: 'ä\n' },
    };
    rows.push(seal(rows.at(-1) ?? genesis, entry, keys));
  }
  return rows;
}

const clientOf = (url: string) =>
  new S3Client({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
  });

describe.each([
  ['our stand-in', true, async () => startS3({ bucket, pageSize: 2 })],
  ['moto', moto, startMoto],
] as const)('the trail in S3, on %s', (name, isThere, start) => {
  if (!isThere) {
    it('is not checked here: it is missing on this machine', () => expect(moto).toBe(false));
    return;
  }
  let server: { url: string; close(): Promise<void> };
  let client: S3Client;
  let audit: S3Audit;
  let prefix = '';
  let round = 0;
  const [first, second, third] = rowsOf(3) as [SealedRow, SealedRow, SealedRow];

  beforeAll(async () => {
    server = await start();
    client = clientOf(server.url);
    if (name === 'moto') await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  });
  beforeEach(() => {
    round += 1;
    prefix = `round-${round}/`;
    audit = createS3Audit({ ...s3AuditSettings.parse({ prefix, retainDays: 2 }), bucket }, { client, clock: systemClock });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  const versions = async () => (await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }))).Versions ?? [];

  it('keeps heads, and says which', async () => {
    for (const row of [first, second, third]) await audit.anchor.put(row, signal);
    expect(await audit.anchor.heads?.(signal)).toMatchObject([first, second, third].map(({ seq, hash }) => ({ seq, hash })));
  });

  it('keeps ranges of rows as the bytes they are', async () => {
    await audit.archive.put([first, second], signal);
    await audit.archive.put([third], signal);
    const ranges = await audit.archive.ranges(signal);
    expect(ranges).toMatchObject([
      { from: 1, to: 2, hash: second.hash },
      { from: 3, to: 3, hash: third.hash },
    ]);
    const lines = [first, second].map((row) => `${JSON.stringify(Object.fromEntries(Object.entries(row).sort()))}\n`).join('');
    expect(await ranges[0]?.checksum(signal)).toBe(checksumOf(Buffer.from(lines)));
  });

  it('adds nothing when the same comes again', async () => {
    for (let n = 0; n < 3; n += 1) {
      await audit.anchor.put(first, signal);
      await audit.archive.put([first, second], signal);
    }
    expect(await versions()).toHaveLength(2);
  });

  it('still sees what was hidden by a delete or by another object of its name', async () => {
    await audit.anchor.put(first, signal);
    const [kept] = await versions();
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: kept?.Key }));
    expect(await audit.anchor.heads?.(signal)).toMatchObject([{ seq: 1, hash: first.hash }]);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: kept?.Key, Body: 'junk' }));
    expect(await audit.anchor.heads?.(signal)).toHaveLength(2);
  });

  it('locks what it keeps', async () => {
    await audit.requireLock(signal);
    await audit.anchor.put(first, signal);
    const [kept] = await versions();
    const remove = client.send(new DeleteObjectCommand({ Bucket: bucket, Key: kept?.Key, VersionId: kept?.VersionId }));
    await expect(remove).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await versions()).toHaveLength(1);
  });
});

describe('the trail in a bucket', () => {
  it('is refused when the bucket does not lock', async () => {
    const server = await startS3({ bucket, lock: false });
    const client = clientOf(server.url);
    const audit = createS3Audit({ ...s3AuditSettings.parse({}), bucket }, { client, clock: systemClock });
    await expect(audit.requireLock(signal)).rejects.toThrow('does not lock its objects');
    await expect(audit.anchor.put({ seq: 1, hash: 'f'.repeat(64), keyId: '', at: '' }, signal)).rejects.toThrow(UpstreamError);
    client.destroy();
    await server.close();
  });

  it.each([
    [403, 'AccessDenied', 'auth'],
    [503, 'SlowDown', 'server'],
    [404, 'NoSuchBucket', 'client'],
  ])('says what S3 said: %i %s', async (status, code, reason) => {
    const server = await startS3({ bucket });
    const client = clientOf(server.url);
    const audit = createS3Audit({ ...s3AuditSettings.parse({}), bucket }, { client, clock: systemClock });
    server.fail({ status, code });
    const head = { seq: 1, hash: 'f'.repeat(64), keyId: '', at: '' };
    for (const call of [() => audit.anchor.put(head, signal), () => audit.anchor.heads?.(signal), () => audit.requireLock(signal)]) {
      await expect(call()).rejects.toMatchObject({ reason });
    }
    client.destroy();
    await server.close();
  });
});
