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

  describe('what had arrived before the close and is sorted after it', () => {
    const startsAt = '2026-03-10T11:00:00.000Z';
    let runs = 0;

    /** Closes the incident of one firing, and receives what arrived `secondsLate` after that close. */
    async function sortedAfterClose(...late: { secondsLate: number; alert?: object }[]) {
      runs += 1;
      const clock = createFakeClock();
      const incidents = createIncidentStore(temp.store, clock, countingIds(`late-${runs}`));
      const target = { resource: { cluster: 'shop', service: `late-${runs}` } };
      const [first] = await incidents.receive([receivedAlert({ target, alert: { startsAt }, receivedAt: clock.now().toISOString() })]);
      if (!first?.incidentId) throw new Error('the first firing opened nothing');
      await clock.advance(10_000);
      const closedMs = clock.now().getTime();
      await incidents.close('fixed', 'it is well', first.incidentId);
      await clock.advance(10_000);
      const rows = await incidents.receive(
        late.map(({ secondsLate, alert }) =>
          receivedAlert({
            target,
            alert: { startsAt, ...alert },
            receivedAt: new Date(closedMs + secondsLate * 1000).toISOString(),
          }),
        ),
      );
      const closed = await incidents.get(first.incidentId);
      return { rows: rows.map(({ disposition, incidentId }) => [disposition, incidentId === first.incidentId]), closed };
    }

    it('belongs to the closed incident when it repeats what that was told', async () => {
      const { rows, closed } = await sortedAfterClose({ secondsLate: -5 }, { secondsLate: -1 });
      expect(rows).toEqual([
        ['merged', true],
        ['merged', true],
      ]);
      expect(closed).toMatchObject({ status: 'closed', outcome: 'fixed', firings: 3 });
    });

    it.each([
      ['arrived after the close', { secondsLate: 1 }],
      ['began another time', { secondsLate: -1, alert: { startsAt: '2026-03-10T12:00:00.000Z' } }],
      ['is of another member', { secondsLate: -1, alert: { fingerprint: 'another' } }],
    ])('opens the next incident when it %s', async (_, late) => {
      const { rows, closed } = await sortedAfterClose({ secondsLate: -1 }, late, { secondsLate: -1 });
      // Once there is an open incident, everything joins that.
      expect(rows).toEqual([
        ['merged', true],
        ['opened', false],
        ['merged', false],
      ]);
      expect(closed).toMatchObject({ status: 'closed', firings: 2 });
    });
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
                receivedAt: clock.now().toISOString(),
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
