import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, InvariantError, StoreError } from '../domain/errors.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds } from '../testing/temp-store.ts';
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
    const store = await openStore({ path });
    await createSettings(store, clock).set('greeting', 'hello');
    await store.close();
    expect((await stat(path)).mode & 0o077).toBe(0);
    const raw = new Database(path);
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
    raw.close();
    const again = await openStore({ path });
    expect(await createSettings(again, clock).get('greeting')).toBe('hello');
    await again.close();
  });

  it('refuses a file that a newer version wrote', async () => {
    await (await openStore({ path })).close();
    const raw = new Database(path);
    raw.exec("insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030')");
    raw.close();
    await expect(openStore({ path })).rejects.toThrow(ConfigError);
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

describe('writing', () => {
  it('keeps nothing of a transaction that fails', async () => {
    const store = await openStore({ path });
    const settings = createSettings(store, clock);
    const write = store.write(function* () {
      yield* rows(store.db.insertInto('setting').values({ key: 'a', value: '1', updated_at: '' }));
      yield* rows(store.db.insertInto('setting').values({ key: 'a', value: '2', updated_at: '' }));
    });
    await expect(write).rejects.toThrow(InvariantError);
    expect(await settings.get('a')).toBeUndefined();
    await store.close();
  });

  it('answers a full disk with a store error, keeps the chain whole and goes on once there is room', async () => {
    const store = await openStore({ path });
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
    const store = await openStore({ path }, { busyTimeoutMs: 20 });
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
    const store = await openStore({ path });
    await store.close();
    await expect(createSettings(store, clock).get('a')).rejects.toThrow(StoreError);
    await expect(createAuditTrail(store).verify()).rejects.toThrow(StoreError);
  });
});

describe('the kill switch', () => {
  it('is off until somebody turns it on, and off again only by the word', async () => {
    const store = await openStore({ path });
    const settings = createSettings(store, clock);
    const killSwitch = createKillSwitch(settings);
    expect(await killSwitch.isOn()).toBe(false);
    await settings.set(killSwitchSetting, 'on');
    expect(await killSwitch.isOn()).toBe(true);
    await settings.set(killSwitchSetting, 'of');
    expect(await killSwitch.isOn()).toBe(true);
    await settings.set(killSwitchSetting, 'off');
    expect(await killSwitch.isOn()).toBe(false);
    await store.close();
    expect(await killSwitch.isOn()).toBe(true);
  });

  it('is on while its file exists or cannot be looked at', async () => {
    const store = await openStore({ path });
    const settings = createSettings(store, clock);
    expect(existsSync(path)).toBe(true);
    expect(await createKillSwitch(settings, path).isOn()).toBe(true);
    expect(await createKillSwitch(settings, join(path, 'below-a-file')).isOn()).toBe(true);
    expect(await createKillSwitch(settings, join(folder, 'not-there')).isOn()).toBe(false);
    await store.close();
  });
});
