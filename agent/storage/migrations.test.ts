import { readFile } from 'node:fs/promises';
import { interrupt, START, StateGraph } from '@langchain/langgraph';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { countingIds, makePlace, type TempPlace, testAuditKeys } from '../testing/temp-store.ts';
import { createActionStore } from './action-store.ts';
import { createApprovalStore } from './approval-store.ts';
import { adoptAuditKey, createAuditTrail } from './audit-trail.ts';
import { openCheckpoints } from './checkpoints.ts';
import { createEvidenceStore } from './evidence-store.ts';
import { createIncidentStore } from './incident-store.ts';
import { type OpenStore, openStore } from './store.ts';

const options = { auditKeys: testAuditKeys };

describe.each(engines)('the schema on %s', (engine) => {
  let place: TempPlace;
  beforeEach(async () => {
    place = await makePlace(engine);
  });
  afterEach(() => place.remove());

  it('is made once when several processes start at the same moment', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(place.address, options)));
    await Promise.all(stores.map((store) => openCheckpoints(store)));
    const names = (await place.raw('select name from kysely_migration order by name')).map((row) => row.name);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('0001-first-tables');
    for (const store of stores) await store.close();
  });

  it('is refused when a newer version wrote it', async () => {
    await (await openStore(place.address, options)).close();
    await place.raw(`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030')`);
    const refused = await openStore(place.address, options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(String(refused)).toContain('9999-from-the-future');
  });
});

describe('a store that version 0.1 left', () => {
  let place: TempPlace;
  let store: OpenStore;
  const before: Record<string, unknown[]> = {};
  const tables = ['incident', 'alert', 'evidence', 'action', 'approval', 'audit', 'audit_head', 'setting', 'checkpoints', 'writes'];
  const clock = createFakeClock('2026-03-01T12:30:00.000Z');

  beforeEach(async () => {
    place = await makePlace('sqlite');
    const raw = new Database(place.path);
    raw.exec(await readFile(new URL('fixtures/store-0.1.sql', import.meta.url), 'utf8'));
    for (const table of tables) before[table] = raw.prepare(`select * from ${table}`).all();
    raw.close();
    store = await openStore(place.address, options);
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  it('has every row of every table afterwards, with every value', async () => {
    for (const table of tables) {
      const after = await place.raw(`select * from ${table}`);
      expect(before[table]).not.toEqual([]);
      // The one name that a migration changes.
      for (const row of after as { action?: string }[]) if (row.action === 'force-new-deployment') row.action = 'restart-service';
      expect(after).toEqual((before[table] ?? []).map((row) => expect.objectContaining(row as object)));
    }
  });

  it('still verifies, and goes on from where it was', async () => {
    const trail = createAuditTrail(store);
    await adoptAuditKey(store, clock.now().toISOString());
    expect(await trail.verify()).toEqual({ rows: 7, brokenAt: null });
    await trail.append({ at: clock.now().toISOString(), incidentId: null, actor: 'intake', event: 'diagnosis', detail: {} });
    expect(await trail.verify()).toEqual({ rows: 8, brokenAt: null });
    await expect(place.raw('update audit set actor = 1 where seq = 1')).rejects.toThrow('never changed');
  });

  it('is read as the incidents, changes and questions it held', async () => {
    const incidents = createIncidentStore(store, clock, countingIds('incident'), '1');
    const closed = IncidentId.parse('incident-1');
    expect(await incidents.get(closed)).toMatchObject({ status: 'closed', outcome: 'fixed', firings: 2 });
    expect(await incidents.list({ open: true })).toMatchObject([{ id: 'incident-2', status: 'awaiting-approval' }]);
    expect(await incidents.alerts({})).toHaveLength(5);
    expect(await createEvidenceStore(store).list(closed)).toHaveLength(1);
    const actions = createActionStore(store, clock);
    expect(await actions.ofIncident(closed)).toMatchObject([{ status: 'done', verified: 'recovered' }]);
    expect(await actions.changesSince('2026-03-01T00:00:00.000Z')).toMatchObject([{ action: 'force-new-deployment' }]);
    expect(await createApprovalStore(store, clock, countingIds('approval')).pending()).toMatchObject([{ id: 'approval-3' }]);
  });

  it('lets a run go on from its checkpoint', async () => {
    const { saver } = await openCheckpoints(store);
    const state = z.object({ incidentId: z.string(), answered: z.string().nullable() });
    const graph = new StateGraph(state)
      .addNode('analyst', () => ({}))
      .addNode('approval', () => ({ answered: interrupt<unknown, string>({}) }))
      .addEdge(START, 'analyst')
      .addEdge('analyst', 'approval')
      .compile({ checkpointer: saver });
    const found = await graph.getState({ configurable: { thread_id: 'incident-2@1' } });
    expect(found).toMatchObject({ next: ['approval'], values: { incidentId: 'incident-2' } });
    expect(found.tasks[0]?.interrupts).toMatchObject([{ value: { approvalId: 'approval-3' } }]);
  });
});
