import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AuditTrail } from '../audit/trail.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Outcome } from '../domain/plan.ts';
import { createActionStore } from '../storage/action-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { holdOn } from '../testing/hold.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import type { Action } from './action.ts';
import type { ActionStore } from './action-store.ts';
import { actionKey, createLedger } from './ledger.ts';

const clock = createFakeClock('2026-01-01T00:00:00.000Z', { autoAdvance: true });
const plan = planOf({ undo: { kind: 'restore', summary: 'put it back' } });
const signal = new AbortController().signal;

let temp: TempStore;
let trail: AuditTrail;
let store: ActionStore;
let incidentId: IncidentId;
let effects: string[];

beforeEach(async () => {
  temp = await openTempStore();
  trail = createAuditTrail(temp.store);
  store = createActionStore(temp.store, clock);
  effects = [];
  const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
  const [row] = await incidents.receive([receivedAlert({ target: { resource: { cluster: 'shop', service: 'checkout' } } })]);
  incidentId = IncidentId.parse(row?.incidentId);
});
afterEach(() => temp.remove());

const done = (what: string) => async (): Promise<Outcome> => {
  effects.push(what);
  return { applied: 'yes', detail: 'answered' };
};
const look = (what: string) => async (): Promise<Outcome> =>
  effects.includes(what) ? { applied: 'yes', detail: 'seen' } : { applied: 'no', detail: 'not seen' };

const action: Action = {
  id: 'force-new-deployment',
  title: 'a change in a fake world',
  cures: ['all-tasks-degraded'],
  params: z.record(z.string(), z.unknown()),
  propose: () => ({}),
  plan: async () => plan,
  execute: done('execute'),
  look: look('execute'),
  undo: done('undo'),
  lookUndone: look('undo'),
};
const free = async () => null;
const change = () => ({ incidentId, attempt: 1, action, plan, signal, lease: holdOn(incidentId), stopped: free, mayProceed: free });
const ledger = () => createLedger({ store, clock });
const events = async () => (await trail.list({ incidentId })).filter((row) => row.actor === 'remediation').map((row) => row.event);

/** The database refuses every entry of that name, as a full disk or a broken trail would, until it is told otherwise. */
function refuse(event: string): () => void {
  const raw = new Database(temp.path);
  raw.exec(`create trigger refuses before insert on audit when new.event = '${event}' begin select raise(abort, 'refused'); end`);
  raw.close();
  return () => {
    const again = new Database(temp.path);
    again.exec('drop trigger refuses');
    again.close();
  };
}

describe('a change that cannot be recorded', () => {
  it.each(['execute', 'undo'] as const)('does not happen, and leaves no intent behind: %s', async (step) => {
    const allow = refuse(step === 'undo' ? 'undo-intended' : 'action-intended');
    const make = () => (step === 'undo' ? ledger().undo(change()) : ledger().apply(change()));
    await expect(make()).rejects.toThrow();
    expect(effects).toEqual([]);
    expect(await store.ofIncident(incidentId)).toEqual([]);
    allow();
    expect((await make()).outcome.applied).toBe('yes');
    expect(effects).toEqual([step]);
  });

  it.each(['execute', 'undo'] as const)('is not called finished, is seen by the next run and made only once: %s', async (step) => {
    const allow = refuse(step === 'undo' ? 'undo-finished' : 'action-finished');
    const make = () => (step === 'undo' ? ledger().undo(change()) : ledger().apply(change()));
    await expect(make()).rejects.toThrow();
    await expect(make()).rejects.toThrow();
    expect((await store.get(actionKey(incidentId, 1, step, plan)))?.status).toBe('intended');
    allow();
    expect((await make()).outcome).toEqual({ applied: 'yes', detail: 'seen' });
    expect(effects).toEqual([step]);
    const name = step === 'undo' ? 'undo' : 'action';
    expect(await events()).toEqual([`${name}-intended`, `${name}-finished`]);
  });

  it('gets its entry when version 0.1 died between the intent and the entry', async () => {
    await store.intend({ key: actionKey(incidentId, 1, 'execute', plan), incidentId, step: 'execute', plan }, holdOn(incidentId));
    const raw = new Database(temp.path);
    for (const trigger of ['audit_refuses_update', 'audit_refuses_delete']) raw.exec(`drop trigger ${trigger}`);
    raw.exec("delete from audit where event = 'action-intended'");
    raw.exec('update audit_head set seq = (select max(seq) from audit), hash = (select hash from audit order by seq desc limit 1)');
    raw.close();
    await ledger().apply(change());
    expect(await events()).toEqual(['action-intended', 'action-finished']);
    expect(effects).toEqual(['execute']);
    expect((await trail.verify()).brokenAt).toBeNull();
  });

  it('is recorded once, however often its end is reported', async () => {
    const key = actionKey(incidentId, 1, 'execute', plan);
    await store.intend({ key, incidentId, step: 'execute', plan }, holdOn(incidentId));
    await store.finish(key, 'unknown', 'no answer', holdOn(incidentId));
    await store.finish(key, 'unknown', 'no answer', holdOn(incidentId));
    await store.finish(key, 'done', 'read back', holdOn(incidentId));
    await store.finish(key, 'done', 'read back', holdOn(incidentId));
    const finished = (await trail.list({ incidentId })).filter((row) => row.event === 'action-finished');
    expect(finished.map((row) => row.detail.applied)).toEqual(['unknown', 'yes']);
  });
});
