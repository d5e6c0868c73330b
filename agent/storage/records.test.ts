import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { ActionKey, EvidenceId, IncidentId } from '../domain/ids.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { newApproval } from '../testing/new-approval.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createActionStore } from './action-store.ts';
import { createApprovalStore } from './approval-store.ts';
import { createEvidenceStore } from './evidence-store.ts';
import { createIncidentStore } from './incident-store.ts';

const incidentId = IncidentId.parse('incident-1');
const held = { incidentId, fencingToken: 0 };
const key = ActionKey.parse('incident-1/restart/1');
const clock = createFakeClock();
describe.each(engines)('records on %s', (engine) => {
  let temp: TempStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
  });
  afterEach(() => temp.remove());

  describe('the ledger', () => {
    const intent = { key, incidentId, step: 'execute', plan: planOf() } as const;

    it('writes an intent once and gives it back afterwards', async () => {
      const actions = createActionStore(temp.store, clock);
      expect(await actions.intend(intent, held)).toMatchObject({
        created: true,
        record: { status: 'intended', verified: null, plan: planOf() },
      });
      await actions.finish(key, 'done', 'UpdateService answered', held);
      clock.set(new Date('2026-01-01T01:00:00.000Z'));
      expect(await actions.intend(intent, held)).toMatchObject({
        created: false,
        record: { status: 'done', detail: 'UpdateService answered', intendedAt: '2026-01-01T00:00:00.000Z' },
      });
      expect(await actions.ofIncident(incidentId)).toHaveLength(1);
    });

    it('takes a plan whose keys stand in another order for the same plan', async () => {
      const actions = createActionStore(temp.store, clock);
      await actions.intend(intent, held);
      const reordered = Object.fromEntries(Object.entries(planOf()).reverse()) as unknown as typeof intent.plan;
      expect(await actions.intend({ ...intent, plan: reordered }, held)).toMatchObject({ created: false });
    });

    it.each([
      ['plan', { plan: planOf({ params: { cluster: 'shop', service: 'cart' } }) }],
      ['step', { step: 'undo' as const }],
    ])('refuses another %s under the same key', async (_, change) => {
      const actions = createActionStore(temp.store, clock);
      await actions.intend(intent, held);
      await expect(actions.intend({ ...intent, ...change }, held)).rejects.toThrow(InvariantError);
    });

    it('lets an unknown outcome become known and a known one stay', async () => {
      const actions = createActionStore(temp.store, clock);
      await actions.intend(intent, held);
      await actions.finish(key, 'unknown', 'no answer', held);
      await actions.finish(key, 'done', 'read back', held);
      await actions.finish(key, 'done', 'read back again', held);
      await expect(actions.finish(key, 'failed', 'late', held)).rejects.toThrow(InvariantError);
      expect(await actions.get(key)).toMatchObject({ status: 'done', detail: 'read back' });
    });

    it('refuses to finish or judge what was never intended', async () => {
      const actions = createActionStore(temp.store, clock);
      await expect(actions.finish(key, 'done', '', held)).rejects.toThrow(InvariantError);
      await expect(actions.judge(key, 'recovered', held)).rejects.toThrow(InvariantError);
    });

    it('counts neither what the world refused nor an undo as a change', async () => {
      const actions = createActionStore(temp.store, clock);
      await actions.intend(intent, held);
      await actions.finish(key, 'failed', 'refused', held);
      await actions.intend({ ...intent, key: ActionKey.parse('undo'), step: 'undo' }, held);
      expect(await actions.changesSince('2026-01-01T00:00:00.000Z')).toEqual([]);
    });

    it('lists changes since a time, newest first, and those that did not help', async () => {
      const actions = createActionStore(temp.store, clock);
      const keys = ['one', 'two', 'three'].map((name) => ActionKey.parse(name));
      for (const each of keys) {
        await actions.intend({ ...intent, key: each }, held);
        await clock.advance(60_000);
      }
      await actions.judge(ActionKey.parse('one'), 'harmed', held);
      await actions.judge(ActionKey.parse('two'), 'recovered', held);
      await actions.judge(ActionKey.parse('three'), 'not-recovered', held);
      const changes = await actions.changesSince('2026-01-01T00:00:00.000Z');
      expect(changes.map(({ seq, verified }) => [seq, verified])).toEqual([
        [3, 'not-recovered'],
        [2, 'recovered'],
        [1, 'harmed'],
      ]);
      expect(changes[0]).toMatchObject({ incidentId, action: 'force-new-deployment', target: 'ecs:shop/checkout', status: 'intended' });
      expect((await actions.changesSince('2026-01-01T00:01:00.000Z')).map(({ seq }) => seq)).toEqual([3, 2]);
    });
  });

  describe('approvals', () => {
    const request = newApproval(incidentId, { expiresAt: '2026-01-01T00:10:00.000Z' });

    it('are asked once per incident and plan', async () => {
      const approvals = createApprovalStore(temp.store, clock, countingIds('approval'));
      const first = await approvals.ask(request, held);
      expect(await approvals.ask(request, held)).toEqual(first);
      expect(await approvals.ask({ ...request, planHash: 'another' }, held)).not.toMatchObject({ id: first.id });
      expect(await approvals.pending()).toHaveLength(2);
    });

    it('are answered by exactly one of many clicks', async () => {
      const approvals = createApprovalStore(temp.store, clock, countingIds('approval'));
      const { id } = await approvals.ask(request, held);
      const answers = await Promise.all(
        ['ann', 'bob', 'ann'].map((by, n) => approvals.answer(id, { answer: n === 1 ? 'rejected' : 'approved', by, via: 'api' })),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await approvals.get(id)).toMatchObject({ answer: 'approved', answeredBy: 'ann', answeredAt: '2026-01-01T00:00:00.000Z' });
      expect(await approvals.pending()).toEqual([]);
    });

    it('cannot be answered once they have expired', async () => {
      const approvals = createApprovalStore(temp.store, clock, countingIds('approval'));
      const { id } = await approvals.ask(request, held);
      clock.set(new Date('2026-01-01T00:10:00.000Z'));
      expect(await approvals.answer(id, { answer: 'approved', by: 'ann', via: 'api' })).toBeUndefined();
      expect(await approvals.pending()).toEqual([]);
      expect(await approvals.ofIncident(incidentId)).toMatchObject([{ answer: null }]);
    });
  });

  describe('evidence', () => {
    const evidence = (id: string, facts: Evidence['facts'] = []): Evidence => ({
      id: EvidenceId.parse(id),
      source: 'prometheus',
      question: 'error ratio of shop',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T00:05:00.000Z',
      status: 'found',
      detail: '',
      durationMs: 12,
      facts,
    });

    it('is given back whole, in the order asked for, unknown ids left out', async () => {
      const store = createEvidenceStore(temp.store);
      const reporting = { kind: 'reporting', service: 'checkout', up: 2, down: 0 } as const;
      await store.save({ incidentId, fencingToken: 0 }, [evidence('e1'), evidence('e2', [reporting])]);
      const ids = ['e2', 'nobody', 'e1'].map((id) => EvidenceId.parse(id));
      expect(await store.get(ids)).toEqual([evidence('e2', [reporting]), evidence('e1')]);
      expect((await store.list(incidentId)).map((one) => one.id)).toEqual(['e1', 'e2']);
    });

    it('lies compressed where it is long, as with series, and is given back whole', async () => {
      const store = createEvidenceStore(temp.store);
      const points = Array.from({ length: 5_000 }, (_, index): [number, number] => [1_760_000_000 + 60 * index, (index * 7) % 11]);
      const long = evidence('e1', [{ kind: 'series', service: 'naïve ☃', metric: 'latency', stat: 'p95', unit: 's', points }]);
      await store.save({ incidentId, fencingToken: 0 }, [long, evidence('e2')]);
      const rows = await temp.store.db.selectFrom('evidence').select('body').orderBy('seq').execute();
      expect(rows[0]?.body.length).toBeLessThan(JSON.stringify(long).length / 2);
      expect(rows[1]?.body).toBe(JSON.stringify(evidence('e2')));
      expect(await store.list(incidentId)).toEqual([long, evidence('e2')]);
    });

    it('is kept as it was first saved when a step runs again', async () => {
      const store = createEvidenceStore(temp.store);
      await store.save({ incidentId, fencingToken: 0 }, [evidence('e1')]);
      await store.save({ incidentId, fencingToken: 0 }, [{ ...evidence('e1'), status: 'failed' }]);
      expect(await store.list(incidentId)).toEqual([evidence('e1')]);
    });
  });
});
