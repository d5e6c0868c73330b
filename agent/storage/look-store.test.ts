import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IncidentOutcome } from '../domain/incident.ts';
import type { AlertKey, LookStore } from '../intake/look-store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createLookStore } from './look-store.ts';

let temp: TempStore;
let clock: FakeClock;
let looks: LookStore;
let incidents: number;
const period = 60_000;
const key = (service: string | null, fingerprint = `f-${service}`): AlertKey => ({
  name: 'HighErrorRatio',
  resource: service === null ? null : { cluster: 'shop', service },
  fingerprint,
});

async function incident(service: string, closed: { at: string; outcome: IncidentOutcome } | null = null): Promise<string> {
  incidents += 1;
  const id = `incident-${incidents}`;
  await temp.store.db
    .insertInto('incident')
    .values({
      id,
      alert_name: 'HighErrorRatio',
      cluster: 'shop',
      service,
      severity: 'critical',
      status: closed ? 'closed' : 'open',
      outcome: closed?.outcome ?? null,
      outcome_reason: '',
      started_at: '2026-11-21T09:00:00.000Z',
      opened_at: '2026-11-21T09:00:00.000Z',
      closed_at: closed?.at ?? null,
      firings: 1,
      resolved_at: null,
      graph_version: '1',
      lease_owner: null,
      lease_until: null,
      fencing_token: 0,
    })
    .execute();
  return id;
}

interface Row {
  incidentId?: string | null;
  fingerprint: string;
  disposition?: 'opened' | 'declined' | 'resolved' | 'merged';
  startsAt?: string;
  endsAt?: string | null;
}

async function row({ incidentId = null, fingerprint, disposition = 'opened', startsAt = '2026-11-21T09:00:00.000Z', endsAt = null }: Row) {
  await temp.store.db
    .insertInto('alert')
    .values({
      fingerprint,
      name: 'HighErrorRatio',
      status: disposition === 'resolved' ? 'resolved' : 'firing',
      labels: '{}',
      annotations: '{}',
      starts_at: startsAt,
      ends_at: endsAt,
      group_key: '',
      received_at: startsAt,
      body_hash: '',
      incident_id: incidentId,
      disposition,
      reason: '',
    })
    .execute();
}

describe.each(engines)('on %s', (engine) => {
  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock = createFakeClock('2026-11-21T11:00:00.000Z');
    looks = createLookStore(temp.store, clock);
    incidents = 0;
  });
  afterEach(() => temp.remove());

  describe('what is known of an alert', () => {
    it('is nothing in an empty store, and for labels that name no service', async () => {
      const nothing = { open: null, closed: null, declined: null };
      expect(await looks.known([key('cart'), key(null)])).toEqual([nothing, nothing]);
      expect(await looks.known([])).toEqual([]);
    });

    it('is the open incident of its name and service, with the youngest row of the very alert', async () => {
      const cart = await incident('cart');
      const search = await incident('search');
      await row({ incidentId: cart, fingerprint: 'f-cart' });
      await row({ incidentId: cart, fingerprint: 'f-cart', disposition: 'resolved', endsAt: '2026-11-21T09:30:00.000Z' });
      await row({ incidentId: cart, fingerprint: 'other' });
      await row({ incidentId: search, fingerprint: 'f-search' });
      const known = await looks.known([key('cart'), key('search'), key('search', 'f-cart'), key('checkout')]);
      expect(known.map((one) => one.open)).toEqual([
        { incidentId: cart, row: { status: 'resolved', endsAt: '2026-11-21T09:30:00.000Z' } },
        { incidentId: search, row: { status: 'firing', endsAt: null } },
        { incidentId: search, row: null },
        null,
      ]);
    });

    it('is the last closed incident, and how many closed within a day', async () => {
      await incident('cart', { at: '2026-11-21T10:00:00.000Z', outcome: 'escalated' });
      await incident('cart', { at: '2026-11-21T10:30:00.000Z', outcome: 'fixed' });
      await incident('cart', { at: '2026-11-19T10:30:00.000Z', outcome: 'no-fault' });
      await incident('search', { at: '2026-11-19T10:30:00.000Z', outcome: 'recovered' });
      expect((await looks.known([key('cart'), key('search')])).map((one) => one.closed)).toEqual([
        { outcome: 'fixed', closedAt: '2026-11-21T10:30:00.000Z', closedWithinDay: 2 },
        { outcome: 'recovered', closedAt: '2026-11-19T10:30:00.000Z', closedWithinDay: 0 },
      ]);
    });

    it('is the last time it was declined', async () => {
      await row({ fingerprint: 'f-cart', disposition: 'declined' });
      await row({ fingerprint: 'f-cart', disposition: 'declined', startsAt: '2026-11-21T10:00:00.000Z' });
      await row({ fingerprint: 'f-search', disposition: 'resolved' });
      expect((await looks.known([key('cart'), key('search'), key(null, 'f-cart')])).map((one) => one.declined)).toEqual([
        { startsAt: '2026-11-21T10:00:00.000Z' },
        null,
        { startsAt: '2026-11-21T10:00:00.000Z' },
      ]);
    });

    it('is found for more alerts than one statement may name', async () => {
      for (let n = 0; n < 1_100; n += 1) await row({ incidentId: await incident(`s${n}`), fingerprint: `f-s${n}` });
      const known = await looks.known(Array.from({ length: 1_200 }, (_, n) => key(`s${n}`)));
      expect(known.filter((one) => one.open?.row)).toHaveLength(1_100);
      expect(known.slice(1_100).every((one) => one.open === null)).toBe(true);
    });
  });

  describe('the turn to look', () => {
    it('is one process’s at a time, and free again after the period', async () => {
      const other = createLookStore(await temp.openAgain(), clock);
      expect(await looks.takeTurn(period)).toEqual({ taken: true });
      await clock.advance(20_000);
      expect(await other.takeTurn(period)).toEqual({ taken: false, freeInMs: 40_000 });
      await clock.advance(40_000);
      expect(await other.takeTurn(period)).toEqual({ taken: true });
      expect(await looks.takeTurn(period)).toEqual({ taken: false, freeInMs: 60_000 });
    });

    it('is taken by exactly one of many who ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => createLookStore(temp.store, clock).takeTurn(period)));
      expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
    });

    it('can be taken out of turn', async () => {
      await looks.takeTurn(period);
      expect(await looks.takeTurn(period, { force: true })).toEqual({ taken: true });
    });

    it('does not wait for a clock that was set back', async () => {
      await looks.takeTurn(period);
      clock.set(new Date('2026-11-21T09:00:00.000Z'));
      expect(await looks.takeTurn(period)).toEqual({ taken: true });
    });
  });

  it('remembers the silences of the last time', async () => {
    expect(await looks.remembered()).toBeNull();
    await looks.remember({ at: '2026-11-21T10:00:00.000Z', silences: null });
    const silences = [[{ name: 'a', value: 'b', isRegex: true, isEqual: false }]];
    await looks.remember({ at: '2026-11-21T11:00:00.000Z', silences });
    expect(await looks.remembered()).toEqual({ at: '2026-11-21T11:00:00.000Z', silences });
  });
});
