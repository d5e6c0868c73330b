import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore } from './incident-store.ts';
import { createShadowStore } from './shadow-store.ts';

const incidentId = IncidentId.parse('incident-1');
const held = { incidentId, fencingToken: 0 };
const clock = createFakeClock();
const sample = { service: 'checkout', errorRatio: 0.2, latencyP95: 0.1, requestRate: 5, reporting: 2, desired: 2, running: 2 };
const shadow = {
  plan: planOf(),
  cause: 'bad-deployment',
  reason: 'it is at the level observe',
  before: [sample],
  neighbours: ['cart'],
} as const;

describe.each(engines)('shadows on %s', (engine) => {
  let temp: TempStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
  });
  afterEach(() => temp.remove());

  const events = async () => (await createAuditTrail(temp.store).list({ incidentId })).map(({ event }) => event).slice(1);

  it('are kept once for one plan of one incident, whole, together with their audit entry', async () => {
    const shadows = createShadowStore(temp.store, clock);
    await shadows.keep(shadow, held);
    await shadows.keep(shadow, held);
    expect(await shadows.list({})).toEqual([
      {
        ...shadow,
        seq: 1,
        incidentId,
        looks: [],
        keptAt: '2026-01-01T00:00:00.000Z',
        result: null,
        detail: '',
        settledAt: null,
      },
    ]);
    expect(await events()).toEqual(['shadow-kept']);
  });

  it('are refused from a run that was overtaken', async () => {
    const shadows = createShadowStore(temp.store, clock);
    await expect(shadows.keep(shadow, { incidentId, fencingToken: 7 })).rejects.toThrow(LeaseLostError);
    expect(await shadows.list({})).toEqual([]);
  });

  it('go to one of two replicas each time they are due', async () => {
    const shadows = createShadowStore(temp.store, clock);
    await shadows.keep(shadow, held);
    const other = createShadowStore(await temp.openAgain(), clock);
    const claims = await Promise.all([shadows.claimDue(60_000, 10), other.claimDue(60_000, 10)]);
    expect(claims.flat()).toHaveLength(1);
    expect(await shadows.claimDue(60_000, 10)).toEqual([]);
    await clock.advance(60_000);
    expect(await other.claimDue(60_000, 10)).toHaveLength(1);
  });

  it('remember the looks at them, and nothing more once they are settled', async () => {
    const shadows = createShadowStore(temp.store, clock);
    await shadows.keep(shadow, held);
    const looks = [{ at: '2026-01-01T00:05:00.000Z', services: [sample], alarms: [] }];
    await shadows.followOn(1, looks);
    expect(await shadows.list({})).toMatchObject([{ looks, result: null }]);
    await shadows.settle(1, 'not-needed', 'it came back');
    await shadows.settle(1, 'agreed', 'too late');
    await shadows.followOn(1, looks);
    expect(await shadows.list({})).toMatchObject([
      { looks: [], result: 'not-needed', detail: 'it came back', settledAt: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(await events()).toEqual(['shadow-kept', 'shadow-settled']);
    await clock.advance(3_600_000);
    expect(await shadows.claimDue(60_000, 10)).toEqual([]);
  });

  it('are listed newest first, by incident, service or action', async () => {
    const shadows = createShadowStore(temp.store, clock);
    await shadows.keep(shadow, held);
    await shadows.keep({ ...shadow, plan: planOf({ action: 'stop-task' }) }, held);
    expect((await shadows.list({})).map(({ seq }) => seq)).toEqual([2, 1]);
    expect((await shadows.list({ action: 'stop-task' })).map(({ seq }) => seq)).toEqual([2]);
    expect(await shadows.list({ target: 'ecs:shop/cart' })).toEqual([]);
    expect(await shadows.list({ incidentId, limit: 1 })).toHaveLength(1);
  });
});
