import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditTrail } from '../../storage/audit-trail.ts';
import { openStore, type Store } from '../../storage/store.ts';
import { testAuditKeys } from '../../testing/temp-store.ts';

const script = join(import.meta.dirname, '../../testing/webhook-process.ts');
const rounds = 5;

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-crash-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function bodyOf(fingerprint: string): string {
  const labels = { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: `svc-${fingerprint.length}` };
  const times = { startsAt: '2026-11-21T06:20:11.446Z', endsAt: '0001-01-01T00:00:00Z' };
  const alerts = [{ status: 'firing', labels, annotations: {}, ...times, generatorURL: '', fingerprint }];
  return JSON.stringify({ receiver: 'r', status: 'firing', alerts, externalURL: '', version: '4', groupKey: 'k' });
}

async function start(path: string): Promise<{ process: ChildProcess; port: string }> {
  const started = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(started);
  const [port] = await once(createInterface({ input: started.stdout }), 'line');
  return { process: started, port: String(port) };
}

function post(port: string, fingerprint: string): Promise<Response> {
  const headers = { authorization: 'Bearer the-token' };
  return fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, { method: 'POST', headers, body: bodyOf(fingerprint) });
}

/** Starts the webhook on the file, floods it, kills it after a random number of answers, and says which alerts got their 202. */
async function floodAndKill(path: string, round: number): Promise<string[]> {
  const { process: child, port } = await start(path);
  const killAfter = 1 + Math.floor(Math.random() * 150);
  const acknowledged: string[] = [];
  const exited = once(child, 'exit');
  async function sender(name: string): Promise<void> {
    for (let n = 0; ; n += 1) {
      const fingerprint = `${round}-${name}-${n}`;
      const answer = await post(port, fingerprint);
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
      acknowledged.push(fingerprint);
      if (acknowledged.length === killAfter) child.kill('SIGKILL');
    }
  }
  const ends = await Promise.allSettled(['a', 'b', 'c', 'd'].map(sender));
  // The senders end because the connection breaks, never because of an answer.
  for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'fetch failed' } });
  await exited;
  return acknowledged;
}

/** Somebody else sorts; this only waits for it. */
async function allSorted({ db }: Pick<Store, 'db'>): Promise<void> {
  for (;;) {
    const waiting = await db.selectFrom('notification').select('seq').where('status', '!=', 'sorted').limit(1).execute();
    if (waiting.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('kill -9 of the webhook', () => {
  it('loses no alert that got its 202, and leaves one intact chain', { timeout: 120_000 }, async () => {
    const path = join(folder, 'agent.db');
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await floodAndKill(path, round)));
      const raw = new Database(path);
      expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
      const bodies = raw.prepare<[], string>('select cast(body as text) from notification').pluck().all();
      raw.close();
      const stored = new Set(bodies.map((body) => (JSON.parse(body) as { alerts: { fingerprint: string }[] }).alerts[0]?.fingerprint));
      expect(acknowledged.filter((fingerprint) => !stored.has(fingerprint))).toEqual([]);
      const store = await openStore({ path }, { auditKeys: testAuditKeys });
      expect(await createAuditTrail(store).verify()).toMatchObject({ brokenAt: null });
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(rounds);
    await start(path);
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    await allSorted(store);
    const alerts = await store.db.selectFrom('alert').select('fingerprint').execute();
    const sorted = alerts.map((row) => row.fingerprint);
    expect(acknowledged.filter((fingerprint) => !sorted.includes(fingerprint))).toEqual([]);
    // Each once, however often the sorter was killed in between.
    expect(new Set(sorted).size).toBe(sorted.length);
    expect(await createAuditTrail(store).verify()).toMatchObject({ brokenAt: null });
    await store.close();
  });
});

describe('two processes on one new file', () => {
  it('start at once, answer every copy with 202 and keep one incident and one chain', { timeout: 60_000 }, async () => {
    const path = join(folder, 'agent.db');
    const replicas = await Promise.all([start(path), start(path)]);
    const names = Array.from({ length: 150 }, (_, n) => `copy-${100 + n}`);
    const answers = await Promise.all(
      replicas.map(async ({ port }) => {
        const statuses: number[] = [];
        for (const name of names) statuses.push((await post(port, name)).status);
        return statuses;
      }),
    );
    expect(new Set(answers.flat())).toEqual(new Set([202]));
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    await allSorted(store);
    const incidents = await store.db.selectFrom('incident').select('firings').execute();
    expect(incidents).toEqual([{ firings: 300 }]);
    expect(await store.db.selectFrom('alert').select('id').execute()).toHaveLength(300);
    expect(await createAuditTrail(store).verify()).toMatchObject({ brokenAt: null });
    await store.close();
  });
});
