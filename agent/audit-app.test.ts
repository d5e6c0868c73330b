import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { notificationOf, startAgentProcess, tokens } from './testing/agent-process.ts';
import { type S3Server, startS3 } from './testing/s3-server.ts';
import { startUpstreams, type Upstreams } from './testing/upstreams.ts';

const bucket = 'the-trail';
const command = new URL('./cli/main.ts', import.meta.url).pathname;

let folder: string;
let upstreams: Upstreams;
let s3: S3Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-audit-'));
  upstreams = await startUpstreams();
  s3 = await startS3({ bucket });
});
afterEach(async () => {
  await s3.close();
  await upstreams.close();
  await rm(folder, { recursive: true, force: true });
});

it('keeps the trail of a running agent outside, where the command line finds the same rows', async () => {
  const environment = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: upstreams.url,
    AWS_ENDPOINT_URL_S3: s3.url,
    KINTSUGI_CLUSTERS: 'shop',
    KINTSUGI_SERVER_PORT: '0',
    KINTSUGI_SERVER_DRAIN_SECONDS: '1',
    KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
    KINTSUGI_API_TOKEN: tokens.api,
    KINTSUGI_AUDIT_KEY: tokens.audit,
    KINTSUGI_AUDIT_S3_BUCKET: bucket,
    KINTSUGI_AUDIT_ANCHOR_EVERY_ROWS: '1',
    KINTSUGI_AUDIT_ARCHIVE_ROWS: '1',
    KINTSUGI_STORE_PATH: join(folder, 'kintsugi.db'),
    KINTSUGI_KILL_SWITCH_FILE: join(folder, 'stop'),
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: upstreams.url,
  };
  const agent = await startAgentProcess(environment);
  expect((await agent.post(notificationOf('checkout'))).status).toBe(202);
  const kept = (part: string) => s3.versions.filter(({ key }) => key.startsWith(`kintsugi/${part}/`));
  await expect.poll(() => Math.min(kept('heads').length, kept('rows').length), { timeout: 20_000 }).toBeGreaterThan(0);
  expect(s3.versions.every(({ lockMode }) => lockMode === 'COMPLIANCE')).toBe(true);
  expect(agent.lines.join('\n')).toContain('audit trail anchored');

  const { PATH = '', HOME = '' } = process.env;
  const verify = () => promisify(execFile)(process.execPath, [command, 'audit', 'verify'], { env: { PATH, HOME, ...environment } });
  expect((await verify()).stdout).toMatch(/^intact: \d+ rows, .*\d+ heads outside agree, \d+ archived ranges hold the same rows/);
  expect(await agent.stop()).toBe(0);
  expect(agent.lines.join('\n')).not.toContain(tokens.audit);
}, 60_000);
