import { emptyCheckpoint } from '@langchain/langgraph-checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { ActionKey, EvidenceId } from '../domain/ids.ts';
import type { Fence, Lease } from '../incident/store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { newApproval } from '../testing/new-approval.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createActionStore } from './action-store.ts';
import { createApprovalStore } from './approval-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { openCheckpoints } from './checkpoints.ts';
import { createEvidenceStore } from './evidence-store.ts';
import { checkpointGuard } from './fence.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';

const clock = createFakeClock();
const key = ActionKey.parse('incident-1/1/execute');
const plan = planOf();
const metadata = { source: 'loop', step: 1, parents: {} } as const;

describe.each(engines)('a run that was overtaken, on %s', (engine) => {
  let temp: TempStore;
  let incidents: SqlIncidentStore;
  let stale: Lease;
  let current: Lease;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
    await incidents.receive([receivedAlert()]);
    stale = await claim('one');
    await incidents.voidLeases(['one']);
    current = await claim('two');
  });
  afterEach(() => temp.remove());

  async function claim(owner: string): Promise<Lease> {
    const [lease] = await incidents.claim(owner, 600_000, 1);
    return lease ?? expect.unreachable();
  }
  async function saver() {
    return (await openCheckpoints(temp.store, { guard: checkpointGuard(temp.store) })).saver;
  }
  const threadOf = (lease: Fence, checkpoint_id?: string) => ({
    configurable: { thread_id: `${lease.incidentId}@1`, checkpoint_ns: '', lease, ...(checkpoint_id ? { checkpoint_id } : {}) },
  });

  it('writes nothing into the ledger, and its token stands in what the new owner writes', async () => {
    const actions = createActionStore(temp.store, clock);
    const intent = { key, incidentId: current.incidentId, step: 'execute', plan } as const;
    await expect(actions.intend(intent, stale)).rejects.toThrow(LeaseLostError);
    expect(await actions.ofIncident(current.incidentId)).toEqual([]);
    await actions.intend(intent, current);
    await expect(actions.finish(key, 'done', 'late', stale)).rejects.toThrow(LeaseLostError);
    await expect(actions.judge(key, 'recovered', stale)).rejects.toThrow(LeaseLostError);
    expect(await actions.get(key)).toMatchObject({ status: 'intended', verified: null });
    expect(await temp.raw('select fencing_token from action')).toMatchObject([{ fencing_token: expect.anything() }]);
    expect(Number((await temp.raw('select fencing_token from action'))[0]?.fencing_token)).toBe(current.fencingToken);
  });

  it('keeps no evidence and records nothing, and neither does who held an incident that is closed', async () => {
    const evidence = createEvidenceStore(temp.store);
    const trail = createAuditTrail(temp.store);
    const entry = {
      at: clock.now().toISOString(),
      incidentId: current.incidentId,
      actor: 'decision',
      event: 'verdict',
      detail: {},
    } as const;
    const seen: Evidence = {
      id: EvidenceId.parse('e1'),
      source: 'ecs',
      question: '',
      status: 'nothing',
      detail: '',
      facts: [],
      from: '',
      to: '',
      durationMs: 1,
    };
    const events = async () => (await trail.list({ incidentId: current.incidentId })).map((row) => row.event);
    await expect(evidence.save(stale, [seen])).rejects.toThrow(LeaseLostError);
    await expect(trail.append(entry, stale)).rejects.toThrow(LeaseLostError);
    await evidence.save(current, [seen]);
    await trail.append(entry, current);
    expect(await evidence.list(current.incidentId)).toHaveLength(1);
    await incidents.close('fixed', 'well again', current);
    await expect(trail.append(entry, current)).rejects.toThrow(LeaseLostError);
    expect(await events()).toEqual(['incident-opened', 'verdict']);
  });

  it('asks nobody for an approval', async () => {
    const approvals = createApprovalStore(temp.store, clock, countingIds('approval'));
    const request = newApproval(current.incidentId);
    await expect(approvals.ask(request, stale)).rejects.toThrow(LeaseLostError);
    expect(await approvals.pending()).toEqual([]);
    expect(await approvals.ask(request, current)).toMatchObject({ answer: null });
  });

  it('saves no checkpoint, and the new owner does', async () => {
    const checkpoints = await saver();
    const checkpoint = emptyCheckpoint();
    const writes: [string, unknown][] = [['round', 2]];
    await expect(checkpoints.put(threadOf(stale), checkpoint, metadata, {})).rejects.toThrow(LeaseLostError);
    await expect(checkpoints.putWrites(threadOf(stale, checkpoint.id), writes, 'task')).rejects.toThrow(LeaseLostError);
    expect(await checkpoints.getTuple(threadOf(stale))).toBeUndefined();
    await checkpoints.put(threadOf(current), checkpoint, metadata, {});
    await checkpoints.putWrites(threadOf(current, checkpoint.id), writes, 'task');
    expect(await checkpoints.getTuple(threadOf(current))).toMatchObject({ pendingWrites: [['task', 'round', 2]] });
  });

  it('saves its last checkpoint after it has closed its incident itself, not after somebody else has', async () => {
    const checkpoints = await saver();
    await incidents.close('fixed', 'it holds', current);
    await checkpoints.put(threadOf(current), emptyCheckpoint(), metadata, {});
    await incidents.receive([receivedAlert({ bodyHash: 'again' })]);
    const next = await claim('three');
    await incidents.close('escalated', 'somebody took it', next.incidentId);
    await expect(checkpoints.put(threadOf(next), emptyCheckpoint(), metadata, {})).rejects.toThrow(LeaseLostError);
  });

  it('writes nothing for an incident that is closed', async () => {
    const actions = createActionStore(temp.store, clock);
    await incidents.close('escalated', 'somebody took it', current.incidentId);
    const intent = { key, incidentId: current.incidentId, step: 'execute', plan } as const;
    await expect(actions.intend(intent, current)).rejects.toThrow(LeaseLostError);
    await expect(incidents.setStatus('awaiting-approval', current)).rejects.toThrow(LeaseLostError);
  });
});
