import { describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../approval/store.ts';
import type { Incident } from '../domain/incident.ts';
import { isFault } from '../policy/in-force.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { newApproval } from '../testing/new-approval.ts';
import { badDeploymentCured, healthy } from '../testing/scenes.ts';
import { createWorld } from '../testing/world.ts';

const { start } = agentsOfTest();
const asking: Partial<AgentOptions> = { policy: { autonomy: { default: 'approve', byAction: {} } } };

async function asked(agent: TestAgent, incident: Incident): Promise<ApprovalRequest> {
  await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
  const [request] = await agent.approvals.pending();
  if (!request) throw new Error('nothing waits for approval');
  return request;
}

function yes({ planHash }: ApprovalRequest, by = 'ann') {
  return { answer: 'approved', by, planHash };
}

describe('an action that needs approval', () => {
  it('is done once when somebody approves, even when runner and graph were replaced meanwhile', async () => {
    const world = createWorld(badDeploymentCured);
    const first = await start(world, asking);
    const incident = await first.alert('checkout');
    const request = await asked(first, incident);
    expect(request.plan).toMatchObject({ action: 'roll-back-deployment', target: { service: 'checkout' } });
    expect(world.effects).toEqual([]);
    await first.stop();

    const second = await start(world, { ...asking, clock: first.clock });
    await first.clock.advance(300_000);
    expect(world.effects).toEqual([]);
    const { status, body } = await second.api(`/approvals/${request.id}`, yes(request));
    expect(status).toBe(200);
    expect(body).toMatchObject({ approvals: [{ answer: 'approved', answeredBy: 'ann' }] });
    expect((await second.closed(incident)).outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
    const events = (await second.timeline(incident)).map((row) => row.event);
    expect(events).toEqual(expect.arrayContaining(['approval-asked', 'approval-answered', 'run-resumed', 'action-finished']));
  });

  it('is asked for once when two alerts tell of one trouble in the same moment', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incidents = [await agent.alert('checkout'), await agent.alert('checkout', 'HighLatency')];
    await agent.until(async () => (await agent.approvals.pending()).length > 0);
    await agent.clock.advance(120_000);
    const [request, ...others] = await agent.approvals.pending();
    expect(others).toEqual([]);
    if (request) await agent.api(`/approvals/${request.id}`, yes(request));
    const outcomes = await Promise.all(incidents.map(async (incident) => (await agent.closed(incident)).outcome));
    expect(outcomes.sort()).toEqual(['fixed', 'recovered']);
    expect(agent.world.effects).toHaveLength(1);
  });

  it('is asked for by a younger incident when the older one about the same service comes to nothing', async () => {
    let decided = 0;
    const agent = await start(badDeploymentCured, {
      ...asking,
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry, fence) {
            await deps.trail.append(entry, fence);
            // The older one stands still before it has asked.
            if (entry.event === 'audited' && decided++ === 0) await deps.clock.sleep(600_000);
          },
        },
      }),
    });
    await agent.alert('checkout');
    await agent.until(() => decided > 0);
    const younger = await agent.alert('checkout', 'HighLatency');
    await agent.until(async () => (await agent.get(younger)).status === 'awaiting-approval');
    const kinds = (await agent.timeline(younger)).filter(({ event }) => event === 'verdict').map(({ detail }) => detail.kind);
    expect(kinds).toEqual(['look-again', 'look-again', 'look-again', 'ask']);
  });

  it('is the only question: a younger incident that is less sure calls nobody while a person is asked about the service', async () => {
    let least = 0.7;
    const agent = await start(badDeploymentCured, {
      ...asking,
      deps: (deps) => ({
        ...deps,
        policy() {
          const policy = deps.policy();
          return isFault(policy) ? policy : { ...policy, confidence: { default: least, byAction: {} } };
        },
      }),
    });
    await asked(agent, await agent.alert('checkout'));
    least = 0.99;
    const younger = await agent.alert('checkout', 'HighLatency');
    const verdicts = async () => (await agent.timeline(younger)).filter(({ event }) => event === 'verdict');
    await agent.until(async () => (await verdicts()).length === 4);
    expect((await verdicts()).map(({ detail }) => detail.kind)).toEqual(['look-again', 'look-again', 'look-again', 'watch']);
    expect((await verdicts()).at(-1)?.detail.reason).toMatch(/confidence: .*asks a person already$/);
  });

  it('is not done when somebody rejects it, and the hand-over names who', async () => {
    const agent = await start(badDeploymentCured, asking);
    const opened = await agent.alert('checkout');
    const request = await asked(agent, opened);
    await agent.api(`/approvals/${request.id}`, { ...yes(request, 'bob'), answer: 'rejected' });
    const incident = await agent.closed(opened);
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('bob rejected') });
    expect(agent.world.effects).toEqual([]);
  });

  it('is not done when nobody answers in time, and a late answer is refused', async () => {
    const agent = await start(badDeploymentCured, asking);
    const opened = await agent.alert('checkout');
    const request = await asked(agent, opened);
    const incident = await agent.closed(opened);
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('nobody answered') });
    expect(Date.parse(incident.closedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(request.expiresAt));
    const late = await agent.api(`/approvals/${request.id}`, yes(request));
    expect(late).toMatchObject({ status: 409, body: { code: 'APPROVAL_NOT_PENDING' } });
    expect(agent.world.effects).toEqual([]);
  });

  it('takes the first of two answers given at once, and is done once', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incident = await agent.alert('checkout');
    const request = await asked(agent, incident);
    const path = `/approvals/${request.id}`;
    const answers = await Promise.all([agent.api(path, yes(request, 'ann')), agent.api(path, yes(request, 'bob'))]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    expect(agent.world.effects).toHaveLength(1);
    expect((await agent.api(path, yes(request))).status).toBe(409);
  });

  describe.each([
    ['is not done any more when all is well by then', healthy, 600_000, 'recovered', 0],
    ['is done when the trouble is still there and the plan the same', badDeploymentCured, 600_000, 'fixed', 1],
    ['is not done under an approval that has expired', badDeploymentCured, 3_600_000, 'escalated', 0],
  ] as const)('when the process was down for long after the answer', (name, scene, downMs, outcome, effects) => {
    it(name, async () => {
      const world = createWorld(badDeploymentCured);
      const first = await start(world, asking);
      const incident = await first.alert('checkout');
      const request = await asked(first, incident);
      // The answer is written, and nobody lives to act on it.
      await first.approvals.answer(request.id, { answer: 'approved', by: 'ann', via: 'api' });
      await first.stop();
      await first.clock.advance(downMs);
      world.scene = scene;
      const second = await start(world, { ...asking, clock: first.clock });
      expect((await second.closed(incident)).outcome).toBe(outcome);
      expect(world.effects).toHaveLength(effects);
    });
  });

  it('is looked at again when the answer took long: nothing is done when all is well by then', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incident = await agent.alert('checkout');
    const request = await asked(agent, incident);
    await agent.clock.advance(25 * 60_000);
    agent.world.scene = healthy;
    expect((await agent.api(`/approvals/${request.id}`, yes(request))).status).toBe(200);
    expect((await agent.closed(incident)).outcome).toBe('recovered');
    expect(agent.world.effects).toEqual([]);
  });

  it('goes on when the answer was stored but its wake-up was lost', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incident = await agent.alert('checkout');
    const request = await asked(agent, incident);
    await agent.approvals.answer(request.id, { answer: 'approved', by: 'ann', via: 'api' });
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    expect(agent.world.effects).toHaveLength(1);
  });

  it('is not done under an answer to another plan', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incident = await agent.alert('checkout');
    const request = await asked(agent, incident);
    const wrong = await agent.api(`/approvals/${request.id}`, { ...yes(request), planHash: '0'.repeat(64) });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    const other = newApproval(incident.id, { plan: { ...request.plan, summary: 'another' }, expiresAt: request.expiresAt });
    const unrelated = await agent.approvals.ask(other, { incidentId: incident.id, fencingToken: 1 });
    await agent.api(`/approvals/${unrelated.id}`, yes(unrelated));
    await agent.clock.advance(60_000);
    expect((await agent.get(incident)).status).toBe('awaiting-approval');
    expect(agent.world.effects).toEqual([]);
  });

  it('cannot be approved once its incident is closed', async () => {
    const agent = await start(badDeploymentCured, asking);
    const incident = await agent.alert('checkout');
    const request = await asked(agent, incident);
    await agent.incidents.close('escalated', 'somebody took it', incident.id);
    const late = await agent.api(`/approvals/${request.id}`, yes(request));
    expect(late).toMatchObject({ status: 409, body: { code: 'APPROVAL_NOT_PENDING' } });
    expect(agent.world.effects).toEqual([]);
  });
});
