import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError, LeaseLostError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';

const first = IncidentId.parse('incident-1');
const second = IncidentId.parse('incident-2');
const clock = createFakeClock();
describe.each(engines)('incidents on %s', (engine) => {
  let temp: TempStore;
  let incidents: SqlIncidentStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
  });
  afterEach(() => temp.remove());

  const resolvedAlert = (endsAt = '2026-01-01T00:05:00.000Z') =>
    receivedAlert({ alert: { status: 'resolved', endsAt }, bodyHash: 'body-resolved' });

  async function auditEvents(): Promise<string[]> {
    return (await createAuditTrail(temp.store).list({})).map((row) => row.event);
  }

  const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
  /** An alert of a service that began and was told `minutes` after the start. */
  async function fires(service: string, minutes: number, more: { cluster?: string; began?: number; status?: 'firing' | 'resolved' } = {}) {
    const { cluster = 'shop', began = minutes, status = 'firing' } = more;
    clock.set(new Date(at(minutes)));
    const alert = { fingerprint: service, startsAt: at(began), status, endsAt: status === 'resolved' ? at(minutes) : null };
    const target = { resource: { cluster, service } };
    const [row] = await incidents.receive([receivedAlert({ alert, target, receivedAt: at(minutes), bodyHash: crypto.randomUUID() })]);
    return row?.incidentId ?? first;
  }

  describe('alarms since a moment', () => {
    const services = async (since = 10, except = first) =>
      (await incidents.alarmsSince('shop', ['cart', 'checkout', 'payment'], at(since), except)).map(({ service }) => service);

    it('are those of the services that began then or later', async () => {
      await fires('checkout', 9);
      await fires('cart', 10);
      await fires('payment', 12, { began: 9 });
      await fires('storefront', 12);
      await fires('cart', 12, { cluster: 'elsewhere' });
      expect(await incidents.alarmsSince('shop', ['cart', 'checkout', 'payment'], at(10), first)).toEqual([
        { service: 'cart', name: 'HighErrorRatio', startedAt: at(10) },
      ]);
      expect(await incidents.alarmsSince('shop', [], at(10), first)).toEqual([]);
    });

    it('leave out one incident, what has resolved and what ended well', async () => {
      const own = await fires('checkout', 11);
      expect(await services(10, own)).toEqual([]);
      await fires('cart', 11);
      await fires('cart', 12, { status: 'resolved' });
      const looked = await fires('payment', 11);
      expect(await services(10, own)).toEqual(['payment']);
      await incidents.close('no-fault', 'nothing was wrong', looked);
      expect(await services(10, own)).toEqual([]);
    });

    it('hold what was handed to a person until it resolves', async () => {
      const handedOver = await fires('cart', 11);
      await incidents.close('escalated', 'a person has it', handedOver);
      expect(await services(10, second)).toEqual(['cart']);
      await fires('cart', 13, { status: 'resolved' });
      expect(await services(10, second)).toEqual([]);
    });
  });

  describe('services in trouble', () => {
    it('are those with an open incident, and those handed to a person within the hour, until it resolves', async () => {
      const troubled = async () => (await incidents.troubledServices('shop')).sort();
      const [cart, payment] = [await fires('cart', 0), await fires('payment', 0)];
      await fires('checkout', 0);
      await incidents.close('escalated', 'a person has it', cart);
      await incidents.close('fixed', 'it is well', payment);
      expect(await troubled()).toEqual(['cart', 'checkout']);
      await fires('cart', 1, { status: 'resolved' });
      expect(await troubled()).toEqual(['checkout']);
      await incidents.close('escalated', 'a person has it', await fires('payment', 2));
      expect(await troubled()).toEqual(['checkout', 'payment']);
      await clock.advance(3_600_001);
      expect(await troubled()).toEqual(['checkout']);
      expect(await incidents.troubledServices('bank')).toEqual([]);
    });
  });

  it('finds what the alerts of an incident say under a label, each value once, among any number of alerts', async () => {
    const labels = (requested_by?: string) => ({ alertname: 'HighErrorRatio', ...(requested_by ? { requested_by } : {}) });
    await incidents.receive([receivedAlert({ alert: { labels: labels('ann') } }), receivedAlert({ alert: { labels: labels('bob') } })]);
    await incidents.receive(Array.from({ length: 300 }, () => receivedAlert({ alert: { labels: labels() } })));
    await incidents.receive([receivedAlert({ alert: { labels: labels('ann') } })]);
    expect((await incidents.labelled(first, 'requested_by')).sort()).toEqual(['ann', 'bob']);
    expect(await incidents.labelled(second, 'requested_by')).toEqual([]);
  });

  describe('receiving alerts', () => {
    it('opens one incident for an alert and its resource', async () => {
      const [row] = await incidents.receive([receivedAlert()]);
      expect(row).toMatchObject({ disposition: 'opened', incidentId: first, labels: { ecs_service: 'checkout' } });
      expect(await incidents.get(first)).toMatchObject({
        alertName: 'HighErrorRatio',
        resource: { cluster: 'shop', service: 'checkout' },
        severity: 'critical',
        status: 'open',
        startedAt: '2025-12-31T23:59:00.000Z',
        openedAt: '2026-01-01T00:00:00.000Z',
        firings: 1,
        resolvedAt: null,
        graphVersion: '1',
      });
      expect(await auditEvents()).toEqual(['incident-opened']);
    });

    it('joins a firing with another start and fingerprint to the open incident', async () => {
      await incidents.receive([receivedAlert()]);
      const [row] = await incidents.receive([
        receivedAlert({ alert: { startsAt: '2026-01-01T00:03:00.000Z', fingerprint: 'f2' }, bodyHash: 'body-2' }),
      ]);
      expect(row).toMatchObject({ disposition: 'merged', incidentId: first });
      expect(row?.reason).toContain('firing 2');
      expect(await incidents.list({})).toHaveLength(1);
      expect(await auditEvents()).toEqual(['incident-opened', 'alert-merged']);
    });

    it('counts a byte-identical repeat and says that it is one', async () => {
      await incidents.receive([receivedAlert()]);
      const [row] = await incidents.receive([receivedAlert()]);
      expect(row?.reason).toContain('byte for byte');
      expect((await incidents.get(first))?.firings).toBe(2);
    });

    it('joins alerts of one body that name the same resource', async () => {
      const rows = await incidents.receive([receivedAlert(), receivedAlert({ alert: { fingerprint: 'f2' } })]);
      expect(rows.map((row) => row.disposition)).toEqual(['opened', 'merged']);
      expect((await incidents.get(first))?.firings).toBe(2);
    });

    it('keeps other alerts and other services apart', async () => {
      const catalog = { resource: { cluster: 'shop', service: 'catalog' } };
      const control = { resource: { cluster: 'shop-control', service: 'checkout' } };
      await incidents.receive([
        receivedAlert(),
        receivedAlert({ alert: { name: 'HighLatency' } }),
        receivedAlert({ target: catalog }),
        receivedAlert({ target: control }),
      ]);
      expect(await incidents.list({ open: true })).toHaveLength(4);
    });

    it('keeps a declined alert as a row and an audit entry, without an incident', async () => {
      const rows = await incidents.receive([receivedAlert({ target: { declined: 'no such service' }, notes: ['7 alerts were left out'] })]);
      expect(rows).toMatchObject([{ disposition: 'declined', incidentId: null, reason: 'no such service; 7 alerts were left out' }]);
      expect(await incidents.list({})).toEqual([]);
      const [entry] = await createAuditTrail(temp.store).list({});
      expect(entry).toMatchObject({
        event: 'alert-declined',
        detail: { count: 1, alerts: [{ reason: 'no such service' + '; 7 alerts were left out' }] },
      });
    });

    it('opens a new incident that names the closed one when the alert fires again', async () => {
      await incidents.receive([receivedAlert()]);
      await incidents.close('escalated', 'nothing known helps', first);
      const [row] = await incidents.receive([receivedAlert({ bodyHash: 'body-2' })]);
      expect(row).toMatchObject({ disposition: 'opened', incidentId: second });
      expect(row?.reason).toContain('after incident incident-1 closed as escalated');
      expect(await auditEvents()).toEqual(['incident-opened', 'incident-reopened']);
    });

    it('never starts an incident later than it was heard of', async () => {
      await incidents.receive([receivedAlert({ alert: { startsAt: '2026-01-02T00:00:00.000Z' } })]);
      expect((await incidents.get(first))?.startedAt).toBe('2026-01-01T00:00:00.000Z');
    });
  });

  describe('resolutions', () => {
    it('mark the incident and leave it open', async () => {
      await incidents.receive([receivedAlert()]);
      const [row] = await incidents.receive([resolvedAlert()]);
      expect(row).toMatchObject({ disposition: 'resolved', incidentId: first });
      expect(await incidents.get(first)).toMatchObject({ status: 'open', resolvedAt: '2026-01-01T00:00:00.000Z' });
    });

    it('of something unknown are kept and change nothing', async () => {
      const [row] = await incidents.receive([resolvedAlert()]);
      expect(row).toMatchObject({ disposition: 'resolved', incidentId: null });
      expect(await incidents.list({})).toEqual([]);
    });

    it('of one alert do not mark an incident in which another still fires', async () => {
      await incidents.receive([receivedAlert(), receivedAlert({ alert: { fingerprint: 'f2' } })]);
      await incidents.receive([resolvedAlert()]);
      expect((await incidents.get(first))?.resolvedAt).toBeNull();
      await incidents.receive([receivedAlert({ alert: { status: 'resolved', fingerprint: 'f2' } })]);
      expect((await incidents.get(first))?.resolvedAt).not.toBeNull();
    });

    it('that end before the youngest firing began say nothing', async () => {
      await incidents.receive([receivedAlert({ alert: { startsAt: '2026-01-01T00:10:00.000Z' } })]);
      await incidents.receive([resolvedAlert('2026-01-01T00:05:00.000Z')]);
      expect((await incidents.get(first))?.resolvedAt).toBeNull();
    });

    it('are taken back by the next firing', async () => {
      await incidents.receive([receivedAlert()]);
      await incidents.receive([resolvedAlert()]);
      await incidents.receive([receivedAlert({ bodyHash: 'body-3' })]);
      expect((await incidents.get(first))?.resolvedAt).toBeNull();
    });
  });

  describe('closing', () => {
    beforeEach(() => incidents.receive([receivedAlert()]));

    it('keeps the first outcome', async () => {
      await incidents.close('fixed', 'it holds', first);
      await incidents.close('escalated', 'too late', first);
      expect(await incidents.get(first)).toMatchObject({ status: 'closed', outcome: 'fixed', outcomeReason: 'it holds' });
    });

    it('is final: no status comes after it', async () => {
      await incidents.close('fixed', 'it holds', first);
      await expect(incidents.setStatus('investigating', { incidentId: first, fencingToken: 1 })).rejects.toThrow(LeaseLostError);
      expect(await incidents.endWait(first)).toBe(false);
    });

    it('of an unknown incident is our bug', async () => {
      await expect(incidents.close('fixed', '', IncidentId.parse('nobody'))).rejects.toThrow(InvariantError);
    });

    it('takes the incident out of the open counts', async () => {
      await incidents.receive([receivedAlert({ alert: { name: 'HighLatency' } })]);
      await incidents.close('fixed', 'it holds', first);
      expect(await incidents.countOpen()).toEqual({ open: 1, investigating: 0, 'awaiting-approval': 0 });
      expect(await incidents.list({ open: true })).toMatchObject([{ id: second }]);
      expect(await incidents.list({ status: 'closed' })).toMatchObject([{ id: first }]);
    });
  });

  describe('two processes', () => {
    it('keep one incident however their webhooks interleave', async () => {
      const other = await temp.openAgain();
      const others = createIncidentStore(other, clock, countingIds('other'));
      const received = await Promise.all(
        Array.from({ length: 30 }, (_, n) => (n % 2 ? incidents : others).receive([receivedAlert({ bodyHash: `body-${n}` })])),
      );
      expect(received.flat().filter((row) => row.disposition === 'opened')).toHaveLength(1);
      expect(await incidents.list({})).toMatchObject([{ firings: 30 }]);
      expect(await createAuditTrail(temp.store).verify()).toEqual({ rows: 30, brokenAt: null });
    });
  });
});
