import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditTrail } from '../../storage/audit-trail.ts';
import { openStore } from '../../storage/store.ts';

const script = join(import.meta.dirname, '../../testing/webhook-process.ts');
const rounds = 10;

let folder: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-crash-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function bodyOf(fingerprint: string): string {
  const labels = { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: `svc-${fingerprint.length}` };
  const times = { startsAt: '2026-11-21T06:20:11.446Z', endsAt: '0001-01-01T00:00:00Z' };
  const alerts = [{ status: 'firing', labels, annotations: {}, ...times, generatorURL: '', fingerprint }];
  return JSON.stringify({ receiver: 'r', status: 'firing', alerts, externalURL: '', version: '4', groupKey: 'k' });
}

/** Starts the webhook on the file, floods it, kills it after a random number of answers, and says which alerts got their 202. */
async function floodAndKill(path: string, round: number): Promise<string[]> {
  child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = child;
  if (!stdout) throw new Error('the webhook process has no output');
  const [port] = await once(createInterface({ input: stdout }), 'line');
  const killAfter = 1 + Math.floor(Math.random() * 150);
  const acknowledged: string[] = [];
  const exited = once(child, 'exit');
  async function sender(name: string): Promise<void> {
    for (let n = 0; ; n += 1) {
      const fingerprint = `${round}-${name}-${n}`;
      const headers = { authorization: 'Bearer the-token' };
      const answer = await fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, { method: 'POST', headers, body: bodyOf(fingerprint) });
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
      acknowledged.push(fingerprint);
      if (acknowledged.length === killAfter) child?.kill('SIGKILL');
    }
  }
  const ends = await Promise.allSettled(['a', 'b', 'c', 'd'].map(sender));
  // The senders end because the connection breaks, never because of an answer.
  for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'fetch failed' } });
  await exited;
  return acknowledged;
}

describe('kill -9 of the webhook', () => {
  it('loses no alert that got its 202, and leaves one intact chain', { timeout: 120_000 }, async () => {
    const path = join(folder, 'agent.db');
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await floodAndKill(path, round)));
      const raw = new Database(path);
      expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
      const stored = new Set(raw.prepare('select fingerprint from alert').pluck().all());
      raw.close();
      expect(acknowledged.filter((fingerprint) => !stored.has(fingerprint))).toEqual([]);
      const store = await openStore(path);
      expect(await createAuditTrail(store).verify()).toMatchObject({ brokenAt: null });
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(rounds);
  });
});
