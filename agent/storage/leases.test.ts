import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../domain/errors.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Lease } from '../incident/store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';

const clock = createFakeClock();
const leaseMs = 600_000;

describe.each(engines)('leases on %s', (engine) => {
  let temp: TempStore;
  let incidents: SqlIncidentStore;
  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
  });
  afterEach(() => temp.remove());

  /** One alert a service, a second apart. */
  async function open(...services: string[]): Promise<IncidentId[]> {
    const ids: IncidentId[] = [];
    for (const service of services) {
      const [row] = await incidents.receive([receivedAlert({ target: { resource: { cluster: 'shop', service } }, bodyHash: service })]);
      if (row?.incidentId) ids.push(row.incidentId);
      clock.set(new Date(clock.now().getTime() + 1000));
    }
    return ids;
  }
  async function claimOne(owner: string): Promise<Lease> {
    const [lease] = await incidents.claim(owner, leaseMs, 1);
    return lease ?? expect.unreachable();
  }
  const runOut = () => temp.raw("update incident set lease_until = '2020-01-01T00:00:00.000Z' where lease_until is not null");

  it('go to one owner at a time, oldest incident first, and make it investigating', async () => {
    const [first, second, third] = await open('a', 'b', 'c');
    const taken = await incidents.claim('one', leaseMs, 2);
    expect(taken.map(({ incidentId }) => incidentId).sort()).toEqual([first, second]);
    expect(taken.map(({ fencingToken }) => fencingToken)).toEqual([1, 1]);
    expect(await incidents.claim('two', leaseMs, 5)).toEqual([{ incidentId: third, owner: 'two', fencingToken: 1 }]);
    expect(await incidents.claim('three', leaseMs, 5)).toEqual([]);
    expect((await incidents.list({})).map(({ status }) => status)).toEqual(['investigating', 'investigating', 'investigating']);
  });

  it('fence off an owner that slept past its lease', async () => {
    await open('a');
    const stale = await claimOne('one');
    await runOut();
    const taken = await claimOne('two');
    expect(taken.fencingToken).toBe(stale.fencingToken + 1);
    expect(await incidents.renew(stale, leaseMs)).toBe(false);
    expect(await incidents.renewAll('one', leaseMs)).toEqual([]);
    await incidents.release(stale, false);
    await expect(incidents.countFailure(stale, false)).rejects.toThrow(LeaseLostError);
    await expect(incidents.setStatus('awaiting-approval', stale)).rejects.toThrow(LeaseLostError);
    await expect(incidents.close('fixed', 'late', stale)).rejects.toThrow(LeaseLostError);
    expect(await incidents.claim('three', leaseMs, 5)).toEqual([]);
    expect(await incidents.get(taken.incidentId)).toMatchObject({ status: 'investigating', outcome: null });
    expect(await incidents.renew(taken, leaseMs)).toBe(true);
  });

  it('fence off an older claim of the same owner too', async () => {
    await open('a');
    const stale = await claimOne('one');
    await incidents.voidLeases(['one']);
    const again = await claimOne('one');
    expect(await incidents.renew(stale, leaseMs)).toBe(false);
    expect(await incidents.renewAll('one', leaseMs)).toEqual([again]);
  });

  it('are never taken from oneself, whatever the clock says', async () => {
    await open('a');
    await claimOne('one');
    await runOut();
    expect(await incidents.claim('one', leaseMs, 5)).toEqual([]);
  });

  it('are all renewed at once', async () => {
    await open('a', 'b', 'c');
    const own = await incidents.claim('one', leaseMs, 2);
    await claimOne('two');
    await runOut();
    const byId = (one: Lease, other: Lease) => one.incidentId.localeCompare(other.incidentId);
    expect((await incidents.renewAll('one', leaseMs)).sort(byId)).toEqual(own.sort(byId));
    expect((await incidents.claim('three', leaseMs, 5)).map(({ fencingToken }) => fencingToken)).toEqual([2]);
  });

  it('end with a release, and at once when their owner is dead', async () => {
    await open('a', 'b');
    const released = await claimOne('one');
    await claimOne('dead');
    await incidents.release(released, false);
    expect(await incidents.leaseOwners()).toEqual(['dead']);
    expect(await incidents.voidLeases(['dead', 'nobody'])).toBe(1);
    expect((await incidents.claim('two', leaseMs, 5)).map(({ fencingToken }) => fencingToken)).toEqual([2, 2]);
  });

  it('are not given for incidents that wait for an approval or are closed, and end with them', async () => {
    await open('a');
    const lease = await claimOne('one');
    await incidents.setStatus('awaiting-approval', lease);
    await incidents.release(lease, true);
    expect(await incidents.claim('two', leaseMs, 5)).toEqual([]);
    expect(await incidents.endWait(lease.incidentId)).toBe(true);
    expect(await incidents.endWait(lease.incidentId)).toBe(false);
    const next = await claimOne('two');
    await incidents.close('fixed', 'it holds', next);
    expect(await incidents.renew(next, leaseMs)).toBe(false);
    expect(await incidents.leaseOwners()).toEqual([]);
    expect(await incidents.claim('three', leaseMs, 5)).toEqual([]);
  });

  it('are lost when somebody without one closes the incident', async () => {
    await open('a');
    const lease = await claimOne('one');
    await incidents.close('escalated', 'somebody took it', lease.incidentId);
    await expect(incidents.close('fixed', 'it holds', lease)).rejects.toThrow(LeaseLostError);
    expect(await incidents.get(lease.incidentId)).toMatchObject({ outcome: 'escalated' });
  });

  it('are given once when many ask through two connections', async () => {
    await open(...Array.from({ length: 30 }, (_, number) => `service-${number}`));
    const others = createIncidentStore(await temp.openAgain(), clock, countingIds('other'));
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, number) => (number % 2 ? incidents : others).claim(`owner-${number}`, leaseMs, 3)),
    );
    const taken = claims.flat().map(({ incidentId }) => incidentId);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toHaveLength(30);
  });

  it('count failures where a restart does not forget them, anew after progress', async () => {
    await open('a');
    const lease = await claimOne('one');
    expect([await incidents.countFailure(lease, false), await incidents.countFailure(lease, false)]).toEqual([1, 2]);
    const restarted = createIncidentStore(await temp.openAgain(), clock, countingIds('other'));
    expect(await restarted.countFailure(lease, false)).toBe(3);
    expect(await restarted.countFailure(lease, true)).toBe(1);
    await incidents.release(lease, true);
    expect(await incidents.countFailure(await claimOne('one'), false)).toBe(1);
  });

  it('know the services in trouble of one cluster, and another incident about a resource', async () => {
    const [a, b] = await open('a', 'b', 'c');
    await incidents.receive([receivedAlert({ alert: { name: 'HighLatency' }, target: { resource: { cluster: 'shop', service: 'a' } } })]);
    await incidents.receive([receivedAlert({ target: { resource: { cluster: 'other', service: 'z' } } })]);
    if (!a || !b) return expect.unreachable();
    await incidents.close('recovered', 'over', b);
    expect(await incidents.troubledServices('shop')).toEqual(['a', 'c']);
    expect(await incidents.troubledServices('nowhere')).toEqual([]);
    expect(await incidents.openAbout({ cluster: 'shop', service: 'a' }, a)).toBe('incident-4');
    expect(await incidents.openAbout({ cluster: 'shop', service: 'b' }, a)).toBeUndefined();
  });
});
