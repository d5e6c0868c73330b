import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditKeys } from '../audit/key.ts';
import type { FullReport } from '../audit/outside.ts';
import { createS3Audit, s3AuditSettings } from '../audit/s3/index.ts';
import { createAuditTrail, createTrailReader } from '../storage/audit-trail.ts';
import { systemClock } from '../system-clock.ts';
import { engines } from '../testing/engines.ts';
import { startS3 } from '../testing/s3-server.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';

const key = 'the key of the audit trail in this test';
const bucket = 'the-trail';
const main = new URL('./main.ts', import.meta.url).pathname;

let temp: TempStore;

async function kintsugi(args: string[], more: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const environment = {
    PATH,
    HOME,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    KINTSUGI_CLUSTERS: 'shop',
    KINTSUGI_WEBHOOK_TOKEN: 'w'.repeat(32),
    KINTSUGI_API_TOKEN: 'a'.repeat(32),
    KINTSUGI_AUDIT_KEY: key,
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: 'http://127.0.0.1:9',
    ...('path' in temp.address ? { KINTSUGI_STORE_PATH: temp.address.path } : { DATABASE_URL: temp.address.url }),
    ...more,
  };
  const child = spawn(process.execPath, [main, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

async function append(count: number): Promise<void> {
  const trail = createAuditTrail(temp.store);
  const at = '2026-01-01T00:00:00.000Z';
  for (let n = 0; n < count; n += 1) await trail.append({ at, incidentId: null, actor: 'intake', event: 'incident-opened', detail: { n } });
}

describe.each(engines)('kintsugi audit verify, on %s', (engine) => {
  beforeEach(async () => {
    temp = await openTempStore({ engine, auditKeys: createAuditKeys(key) });
    await append(5);
  });
  afterEach(() => temp.remove());

  it('says that the trail is intact while an agent has it open, with code 0', async () => {
    await temp.store.enter('an agent at work');
    expect(await kintsugi(['audit', 'verify'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^intact: 5 rows, .*nothing outside/),
    });
    const { out } = await kintsugi(['audit', 'verify', '--json']);
    expect(JSON.parse(out) as FullReport).toMatchObject({ rows: 5, brokenAt: null, fault: null, head: { seq: 5 } });
  });

  it('finds another key, an edit and a kept head that differs, with code 1', async () => {
    expect(await kintsugi(['audit', 'verify'], { KINTSUGI_AUDIT_KEY: 'x'.repeat(32) })).toMatchObject({
      code: 1,
      out: 'BROKEN at row 1: it was signed with a key that is not in the settings\n',
    });
    const [, , row] = await createTrailReader(temp.store).rows(0, 3);
    expect((await kintsugi(['audit', 'verify', '--head', `3:${row?.hash}`])).code).toBe(0);
    expect(await kintsugi(['audit', 'verify', '--head', `3:${'f'.repeat(64)}`])).toMatchObject({
      code: 1,
      out: 'BROKEN at row 3: what is kept outside says otherwise (--head)\n',
    });
    expect((await kintsugi(['audit', 'verify', '--head', `9:${row?.hash}`])).code).toBe(1);
  });

  it('compares with the heads and rows in the bucket', async () => {
    const server = await startS3({ bucket });
    const client = new S3Client({ endpoint: server.url, region: 'x', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const outside = createS3Audit({ ...s3AuditSettings.parse({}), bucket }, { client, clock: systemClock });
    const rows = await createTrailReader(temp.store).rows(0, 5);
    const signal = new AbortController().signal;
    await outside.archive.put(rows.slice(0, 2), signal);
    await outside.archive.put(rows.slice(2, 4), signal);
    for (const row of rows.slice(3)) await outside.anchor.put(row, signal);
    const inBucket = { KINTSUGI_AUDIT_S3_BUCKET: bucket, AWS_ENDPOINT_URL_S3: server.url };
    expect(await kintsugi(['audit', 'verify'], inBucket)).toMatchObject({
      code: 0,
      out: expect.stringContaining('4 heads outside agree, 2 archived ranges hold the same rows'),
    });
    const [second] = server.versions.filter((one) => one.key.startsWith('kintsugi/rows/')).slice(1);
    if (second) second.body = Buffer.from('other bytes');
    expect(await kintsugi(['audit', 'verify'], inBucket)).toMatchObject({ code: 1, out: expect.stringContaining('BROKEN at row 3') });
    server.versions.splice(0, 1);
    server.fail({ status: 403, code: 'AccessDenied' });
    expect(await kintsugi(['audit', 'verify'], inBucket)).toMatchObject({ code: 3, err: expect.stringContaining('allow s3:') });
    client.destroy();
    await server.close();
  });
});

describe('kintsugi', () => {
  beforeEach(async () => {
    temp = await openTempStore({ auditKeys: createAuditKeys(key) });
  });
  afterEach(() => temp.remove());

  it.each([
    ['a setting', ['audit', 'verify'], { KINTSUGI_AUDIT_KEY: 'short' }, 'at least 32 characters'],
    ['a store that does not exist', ['audit', 'verify'], { KINTSUGI_STORE_PATH: '/nowhere/kintsugi.db' }, 'no such file'],
    ['a command', ['audit', 'verfy'], {}, 'unknown command'],
    ['a head', ['audit', 'verify', '--head', '5'], {}, 'hex digits'],
  ])('refuses %s that is wrong with code 2', async (_, args, more, words) => {
    const { code, err } = await kintsugi(args, more);
    expect(err).toContain(words);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
  });

  it('says with code 3 that it could not read', async () => {
    await temp.raw('drop table audit_head');
    expect(await kintsugi(['audit', 'verify'])).toMatchObject({ code: 3, err: expect.stringContaining('cannot be read') });
  });

  it('changes nothing', async () => {
    await append(1);
    await temp.raw('pragma wal_checkpoint(truncate)');
    const before = await temp.raw('pragma data_version');
    expect((await kintsugi(['audit', 'verify'])).code).toBe(0);
    expect(await temp.raw('pragma data_version')).toEqual(before);
  });

  it('shows its help', async () => {
    expect(await kintsugi(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('audit') });
  });
});
