import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentId } from '../domain/ids.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore } from './incident-store.ts';

describe.each(engines)('%s', (engine) => {
  let temp: TempStore;
  beforeAll(async () => {
    temp = await openTempStore({ engine });
  });
  afterAll(() => temp.remove());

  /** One notification with one alert, or the end of the open incident. */
  const event = fc.record({
    kind: fc.constantFrom('firing', 'firing', 'resolved', 'close'),
    fingerprint: fc.constantFrom('f1', 'f2'),
    body: fc.constantFrom('b1', 'b2', 'b3'),
  });

  describe('any order of firings, repeats, resolutions and closes', () => {
    it('ends as the model says', async () => {
      const clock = createFakeClock();
      const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
          runs += 1;
          const target = { resource: { cluster: 'shop', service: `svc-${runs}` } };
          let open: { id: IncidentId; firings: number; firing: Set<string> } | undefined;
          for (const { kind, fingerprint, body } of events) {
            await clock.advance(1_000);
            if (kind === 'close') {
              if (open) await incidents.close('recovered', 'over', open.id);
              open = undefined;
              continue;
            }
            const [row] = await incidents.receive([
              receivedAlert({
                target,
                bodyHash: body,
                alert: { status: kind, fingerprint, endsAt: kind === 'resolved' ? clock.now().toISOString() : null },
              }),
            ]);
            if (kind === 'resolved') {
              expect(row).toMatchObject({ disposition: 'resolved', incidentId: open?.id ?? null });
              open?.firing.delete(fingerprint);
            } else if (open) {
              expect(row).toMatchObject({ disposition: 'merged', incidentId: open.id });
              open.firings += 1;
              open.firing.add(fingerprint);
            } else {
              expect(row?.disposition).toBe('opened');
              if (!row?.incidentId) return expect.unreachable();
              open = { id: row.incidentId, firings: 1, firing: new Set([fingerprint]) };
            }
            if (!open) continue;
            const incident = await incidents.get(open.id);
            expect(incident).toMatchObject({ status: 'open', firings: open.firings });
            expect(incident?.resolvedAt === null).toBe(open.firing.size > 0);
          }
        }),
        { seed: 20_261_121, numRuns: engine === 'sqlite' ? 150 : 15 },
      );
      expect(await createAuditTrail(temp.store).verify()).toMatchObject({ brokenAt: null });
    });
  });
});
