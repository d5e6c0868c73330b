import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Database from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../domain/errors.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, testAuditKeys } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore } from './incident-store.ts';
import { createKillSwitch, killSwitchSetting } from './kill-switch.ts';
import { createSettings } from './settings.ts';
import { rows } from './steps.ts';
import { openStore } from './store.ts';

const clock = createFakeClock();
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-store-'));
  path = join(folder, 'nested', 'agent.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('opening the store', () => {
  it('makes a file that only its owner reads, in WAL mode, and finds its rows again', async () => {
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    await createSettings(store, clock).set('greeting', 'hello');
    await store.close();
    expect((await stat(path)).mode & 0o077).toBe(0);
    const raw = new Database(path);
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
    raw.close();
    const again = await openStore({ path }, { auditKeys: testAuditKeys });
    expect(await createSettings(again, clock).get('greeting')).toBe('hello');
    await again.close();
  });

  it.each([
    ['a folder', () => folder],
    ['a path below a file', () => join(process.execPath, 'agent.db')],
  ])('answers %s with a store error that says what to do', async (_, where) => {
    const error = await openStore({ path: where() }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).hint).toContain('writable');
  });

  it('answers a file that is no database with a store error', async () => {
    const wrong = join(folder, 'notes.txt');
    await writeFile(wrong, 'these are notes, not a database '.repeat(50));
    await expect(openStore({ path: wrong })).rejects.toThrow(StoreError);
  });
});

describe('opening a database that cannot be reached', () => {
  it('says what to do, and never the password', async () => {
    const error = await openStore({ url: 'postgres://agent:hunter2@127.0.0.1:1/kintsugi' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).hint).toContain('DATABASE_URL');
    expect(inspect(error, { depth: 5 })).not.toContain('hunter2');
  });
});

describe('writing', () => {
  it('answers a full disk with a store error, keeps the chain whole and goes on once there is room', async () => {
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    const incidents = createIncidentStore(store, clock, countingIds('incident'));
    await incidents.receive([receivedAlert()]);
    const limit = (pages: number) => store.write(() => rows({ compile: () => CompiledQuery.raw(`pragma max_page_count = ${pages}`) }));
    await limit(1);
    const large = receivedAlert({ alert: { name: 'HighLatency', annotations: { summary: 'x'.repeat(500_000) } } });
    await expect(incidents.receive([large])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await limit(1_000_000);
    expect(await incidents.receive([large])).toMatchObject([{ disposition: 'opened' }]);
    expect(await createAuditTrail(store).verify()).toEqual({ rows: 2, brokenAt: null });
    await store.close();
  });

  it('answers a lock that another process holds with a store error, and writes once it is gone', async () => {
    const store = await openStore({ path }, { busyTimeoutMs: 20, auditKeys: testAuditKeys });
    const incidents = createIncidentStore(store, clock, countingIds('incident'));
    const other = new Database(path);
    other.exec('begin immediate');
    await expect(incidents.receive([receivedAlert()])).rejects.toThrow(StoreError);
    await expect(createSettings(store, clock).set('a', '1')).rejects.toThrow(StoreError);
    other.exec('commit');
    other.close();
    expect(await incidents.receive([receivedAlert()])).toHaveLength(1);
    await store.close();
  });

  it('answers after the close with a store error', async () => {
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    await store.close();
    await expect(createSettings(store, clock).get('a')).rejects.toThrow(StoreError);
    await expect(createAuditTrail(store).verify()).rejects.toThrow(StoreError);
  });
});

describe.each(engines)('settings on %s', (engine) => {
  it('are kept by key, and the last value counts', async () => {
    const temp = await openTempStore({ engine });
    const settings = createSettings(temp.store, clock);
    expect(await settings.get('greeting')).toBeUndefined();
    await settings.set('greeting', 'hello');
    await settings.set('greeting', 'good evening');
    expect(await createSettings(await temp.openAgain(), clock).get('greeting')).toBe('good evening');
    await temp.remove();
  });

  it('hold the kill switch, which is off until somebody turns it on, and off again only by the word', async () => {
    const temp = await openTempStore({ engine });
    const settings = createSettings(temp.store, clock);
    const killSwitch = createKillSwitch(settings);
    expect(await killSwitch.isOn()).toBe(false);
    await settings.set(killSwitchSetting, 'on');
    expect(await killSwitch.isOn()).toBe(true);
    await settings.set(killSwitchSetting, 'of');
    expect(await killSwitch.isOn()).toBe(true);
    await settings.set(killSwitchSetting, 'off');
    expect(await killSwitch.isOn()).toBe(false);
    await temp.remove();
    expect(await killSwitch.isOn()).toBe(true);
  });
});

describe('the kill switch', () => {
  it('is on while its file exists or cannot be looked at', async () => {
    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    const settings = createSettings(store, clock);
    expect(existsSync(path)).toBe(true);
    expect(await createKillSwitch(settings, path).isOn()).toBe(true);
    expect(await createKillSwitch(settings, join(path, 'below-a-file')).isOn()).toBe(true);
    expect(await createKillSwitch(settings, join(folder, 'not-there')).isOn()).toBe(false);
    await store.close();
  });
});
