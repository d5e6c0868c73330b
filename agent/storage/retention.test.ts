import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IncidentId } from '../domain/ids.ts';
import { initialState } from '../graph/state.ts';
import { threadOf } from '../incident/thread.ts';
import { createLogger } from '../telemetry/logger.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { buildNoOpGraph } from '../testing/no-op-graph.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { openCheckpoints } from './checkpoints.ts';
import { createRetention, type Retention } from './retention.ts';

const day = 86_400_000;
const hour = day / 24;

describe.each(engines)('what is thrown away on %s', (engine) => {
  let temp: TempStore;
  let clock: FakeClock;
  let retention: Retention;
  let graph: ReturnType<typeof buildNoOpGraph>;
  const logged: string[] = [];
  const now = () => clock.now().toISOString();

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock = createFakeClock('2026-01-01T00:00:00.000Z');
    const { saver } = await openCheckpoints(temp.store);
    graph = buildNoOpGraph(saver);
    logged.length = 0;
    const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
    const times = { checkpointMs: 7 * day, notificationMs: 7 * day, quarantineMs: 90 * day, recordingMs: 30 * day, everyMs: hour };
    retention = createRetention({ store: temp.store, saver, clock, logger }, times);
  });
  afterEach(async () => {
    await retention.stop();
    await temp.remove();
  });

  async function openIncident(id: string): Promise<void> {
    await temp.store.db
      .insertInto('incident')
      .values({
        id,
        alert_name: id,
        cluster: 'shop',
        service: 'cart',
        severity: 'critical',
        status: 'open',
        outcome: null,
        outcome_reason: '',
        started_at: now(),
        opened_at: now(),
        closed_at: null,
        firings: 1,
        resolved_at: null,
        graph_version: '1',
        lease_owner: null,
        lease_until: null,
        fencing_token: 0,
      })
      .execute();
    await graph.invoke(initialState(id as IncidentId), { configurable: { thread_id: threadOf(id, '1') }, durability: 'sync' });
  }
  async function closeIncident(id: string): Promise<void> {
    await temp.store.db
      .updateTable('incident')
      .set({ status: 'closed', outcome: 'recovered', closed_at: now() })
      .where('id', '=', id)
      .execute();
  }
  async function notification(status: 'waiting' | 'sorted' | 'quarantined', incident?: string): Promise<number> {
    const { seq } = await temp.store.db
      .insertInto('notification')
      .values({
        source: 'alertmanager-webhook',
        body_hash: 'h',
        body: Buffer.from('{}'),
        received_at: now(),
        alerts: 1,
        truncated: 0,
        status,
        sorted_alerts: 1,
        copies: 0,
        last_copy_at: null,
        failures: 0,
        fault: '',
      })
      .returning('seq')
      .executeTakeFirstOrThrow();
    if (incident === undefined) return seq;
    const alert = { fingerprint: 'f', name: 'n', labels: '{}', annotations: '{}', starts_at: now(), ends_at: null, group_key: '' };
    await temp.store.db
      .insertInto('alert')
      .values({ ...alert, status: 'firing', received_at: now(), body_hash: 'h', incident_id: incident, disposition: 'opened', reason: '' })
      .returning('id')
      .execute();
    await temp.store.db.updateTable('alert').set({ notification: seq }).where('incident_id', '=', incident).execute();
    return seq;
  }
  async function count(table: string): Promise<number> {
    return Number((await temp.raw(`select count(*) as n from ${table}`))[0]?.n);
  }
  const kept = async () => (await temp.raw('select seq from notification order by seq')).map((row) => Number(row.seq));
  const writes = engine === 'sqlite' ? 'writes' : 'checkpoint_writes';

  it('are the checkpoints of incidents that closed long ago, and no others', async () => {
    for (const id of ['old', 'young', 'open']) await openIncident(id);
    await closeIncident('old');
    await clock.advance(4 * day);
    await closeIncident('young');
    await clock.advance(4 * day);
    expect(await retention.prune()).toEqual({ threads: 1, notifications: 0, recordings: 0 });
    const has = async (id: string) => (await graph.getState({ configurable: { thread_id: threadOf(id, '1') } })).createdAt !== undefined;
    expect([await has('old'), await has('young'), await has('open')]).toEqual([false, true, true]);
    expect(await retention.prune()).toEqual({ threads: 0, notifications: 0, recordings: 0 });
  });

  it('is what the run of an incident was told that closed long ago', async () => {
    for (const id of ['old', 'young', 'open']) {
      await openIncident(id);
      const row = { incident_id: id, node: 'analyst', settings: '', body: '{}', characters: 2, recorded_at: now() };
      await temp.store.db
        .insertInto('recording')
        .values([1, 2].map((step) => ({ ...row, step })))
        .execute();
    }
    await closeIncident('old');
    await clock.advance(29 * day);
    await closeIncident('young');
    expect((await retention.prune()).recordings).toBe(0);
    await clock.advance(2 * day);
    expect((await retention.prune()).recordings).toBe(1);
    expect((await temp.raw('select distinct incident_id as id from recording order by id')).map(({ id }) => id)).toEqual(['open', 'young']);
  });

  it('leaves the store no larger after many incidents than after a few, and the audit trail whole', async () => {
    const trail = createAuditTrail(temp.store);
    const sizes: number[][] = [];
    for (let week = 1; week <= 3; week += 1) {
      for (let n = 1; n <= 8; n += 1) {
        const id = `week-${week}-${n}`;
        await openIncident(id);
        await notification('sorted', id);
        await trail.append({ at: now(), incidentId: id, actor: 'intake', event: 'incident-opened', detail: {} });
        await closeIncident(id);
      }
      await clock.advance(8 * day);
      await retention.prune();
      sizes.push([await count('checkpoints'), await count(writes), await count('notification')]);
    }
    expect(sizes).toEqual(Array(3).fill([0, 0, 0]));
    expect([await count('incident'), await count('alert'), await count('audit')]).toEqual([24, 24, 24]);
    expect(await trail.verify()).toEqual({ rows: 24, brokenAt: null });
  });

  it('are notifications that were sorted long ago and that nobody has said again since', async () => {
    const old = await notification('sorted');
    const saidAgain = await notification('sorted');
    const waiting = await notification('waiting');
    const quarantined = await notification('quarantined');
    await openIncident('open');
    const ofOpen = await notification('sorted', 'open');
    await clock.advance(8 * day);
    await temp.store.db.updateTable('notification').set({ last_copy_at: now() }).where('seq', '=', saidAgain).execute();
    const young = await notification('sorted');
    expect(await retention.prune()).toEqual({ threads: 0, notifications: 1, recordings: 0 });
    expect(await kept()).toEqual([saidAgain, waiting, quarantined, ofOpen, young]);
    expect(old).toBe(1);
    await closeIncident('open');
    await clock.advance(90 * day);
    await retention.prune();
    expect(await kept()).toEqual([waiting]);
  });

  it('goes on after more than one batch, and past what has to stay', async () => {
    const stay = await notification('waiting');
    await Promise.all(Array.from({ length: 450 }, () => notification('sorted')));
    await clock.advance(8 * day);
    expect(await retention.prune()).toEqual({ threads: 0, notifications: 450, recordings: 0 });
    expect(await kept()).toEqual([stay]);
  });

  it('goes by itself from time to time, also after a failure', async () => {
    await notification('sorted');
    await temp.raw('alter table notification rename to elsewhere');
    retention.start();
    await expect.poll(() => logged.join(''), { timeout: 5_000 }).toContain('could not be thrown away');
    await temp.raw('alter table elsewhere rename to notification');
    await expect.poll(() => clock.sleeping, { timeout: 5_000 }).toBe(1);
    await clock.advance(8 * day);
    await expect.poll(() => clock.sleeping, { timeout: 5_000 }).toBe(1);
    await clock.advance(hour);
    await expect.poll(() => count('notification'), { timeout: 5_000 }).toBe(0);
  });
});
