import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { RightsAnswer } from '../action/rights.ts';
import type { ApprovalRequest } from '../approval/store.ts';
import type { Incident } from '../domain/incident.ts';
import type { Plan } from '../domain/plan.ts';
import { approvalSettingsSchema } from '../policy/approvers.ts';
import { type AgentOptions, startAgent, type TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { sizedAction } from '../testing/sized-action.ts';
import { makePlace } from '../testing/temp-store.ts';
import { createWorld } from '../testing/world.ts';

const { start } = agentsOfTest();

const annsToken = 'the token of ann and of nobody else';
const approval = approvalSettingsSchema.parse({
  people: { ann: { tokenSha256: createHash('sha256').update(annsToken).digest('hex') } },
  groups: { 'on-call': ['ann', 'bob'] },
  approvers: ['on-call'],
});
const asking = (more: AgentOptions['policy'] = {}): AgentOptions['policy'] => ({
  autonomy: { default: 'approve', byAction: {} },
  approval,
  ...more,
});

async function asked(agent: TestAgent): Promise<{ incident: Incident; request: ApprovalRequest }> {
  const incident = await agent.alert('checkout');
  await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
  const [request] = await agent.approvals.pending();
  if (!request) throw new Error('nothing waits for approval');
  return { incident, request };
}

describe('before a person is asked', () => {
  it('there must be somebody who may say yes: else the incident goes to a person at once, who reads why', async () => {
    const agent = await start(badDeploymentCured, { policy: asking({ approval: approvalSettingsSchema.parse({}) }) });
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident).toMatchObject({
      outcome: 'escalated',
      outcomeReason: expect.stringContaining('No group may approve roll-back-deployment'),
    });
    expect(await agent.approvals.ofIncident(incident.id)).toEqual([]);
    expect(agent.world.effects).toEqual([]);
  });

  it('the agent must have the permissions the change needs: a yes could not be carried out', async () => {
    const rights = async (): Promise<RightsAnswer> => ({ kind: 'missing', reason: 'The role lacks ecs:UpdateService on checkout.' });
    const agent = await start(badDeploymentCured, { policy: asking(), rights });
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('lacks ecs:UpdateService') });
    expect(await agent.approvals.ofIncident(incident.id)).toEqual([]);
  });

  it('is checked for exactly the permissions the action names, and who answers is told when they are not known', async () => {
    const world = createWorld(badDeploymentCured);
    const named = [{ action: 'ecs:UpdateService', resource: 'arn:of:checkout' }];
    const questions: unknown[] = [];
    const agent = await start(world, {
      policy: asking(),
      catalog: [{ ...sizedAction(world), rights: () => named }],
      rights: async (rights) => {
        questions.push(rights);
        return { kind: 'unknown', reason: 'It is not known.' };
      },
    });
    const { request } = await asked(agent);
    expect(questions).toEqual([named]);
    expect(request).toMatchObject({ warning: 'It is not known.', hypothesis: { cause: 'bad-deployment' }, requestedBy: [] });
    expect(request.evidenceHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('who answers', () => {
  it('is known by their own token, and by no claim of somebody else', async () => {
    const agent = await start(badDeploymentCured, { policy: asking() });
    const { incident, request } = await asked(agent);
    const path = `/approvals/${request.id}`;
    const yes = { answer: 'approved', planHash: request.planHash };
    expect(await agent.api(path, { ...yes, by: 'ann' })).toMatchObject({ status: 403, body: { code: 'API_FORBIDDEN' } });
    expect(await agent.api(path, { ...yes, by: 'ANN' })).toMatchObject({ status: 403 });
    expect(await agent.api(path, { ...yes, by: 'bob' }, 'POST', annsToken)).toMatchObject({ status: 403 });
    expect(await agent.api(path, yes)).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    expect(await agent.api(path, { ...yes, by: 'eve' })).toMatchObject({ status: 403, body: { code: 'APPROVAL_FORBIDDEN' } });
    expect(await agent.api(path, yes, 'POST', 'another token')).toMatchObject({ status: 401 });
    expect(await agent.api(path, yes, 'POST', '')).toMatchObject({ status: 401 });
    expect(agent.world.effects).toEqual([]);
    expect(await agent.api(path, yes, 'POST', annsToken)).toMatchObject({ status: 200, body: { approvals: [{ answeredBy: 'ann' }] } });
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    const refusals = (await agent.timeline(incident)).filter(({ event }) => event === 'approval-refused');
    expect(refusals).toMatchObject([{ actor: 'eve', detail: { code: 'APPROVAL_FORBIDDEN', via: 'api' } }]);
  });

  it('is never the one who asked for it: who sends an alert by hand names themselves in it', async () => {
    const agent = await start(badDeploymentCured, { policy: asking() });
    const incident = await agent.alert('checkout', 'RollItBack', 'shop', { requested_by: 'Bob' });
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const [request] = await agent.approvals.pending();
    expect(request).toMatchObject({ requestedBy: ['Bob'] });
    const yes = { answer: 'approved', planHash: request?.planHash };
    const own = await agent.api(`/approvals/${request?.id}`, { ...yes, by: 'bob' });
    expect(own).toMatchObject({ status: 403, body: { detail: expect.stringContaining('somebody else has to approve') } });
    expect(agent.world.effects).toEqual([]);
    expect((await agent.api(`/approvals/${request?.id}`, yes, 'POST', annsToken)).status).toBe(200);
    expect((await agent.closed(incident)).outcome).toBe('fixed');
  });

  it('is nobody when the only approver asked for it', async () => {
    const alone = approvalSettingsSchema.parse({ groups: { 'on-call': ['bob'] }, approvers: ['on-call'] });
    const agent = await start(badDeploymentCured, { policy: asking({ approval: alone }) });
    const incident = await agent.alert('checkout', 'RollItBack', 'shop', { requested_by: 'bob' });
    expect((await agent.closed(incident)).outcomeReason).toContain('other than who asked for it');
  });

  it('still has to be in the group when the change is made', async () => {
    let policy = asking();
    const agent = await start(badDeploymentCured, {
      deps: (deps) => ({ ...deps, policy: () => ({ ...deps.policy(), ...policy }) as ReturnType<typeof deps.policy> }),
    });
    const { incident, request } = await asked(agent);
    await agent.approvals.answer(request.id, { answer: 'approved', by: 'bob', via: 'api' });
    policy = asking({ approval: approvalSettingsSchema.parse({ groups: { 'on-call': ['ann'] }, approvers: ['on-call'] }) });
    const closed = await agent.closed(incident);
    expect(closed.outcome).toBe('escalated');
    expect(agent.world.effects).toEqual([]);
  });
});

describe('a yes to less', () => {
  async function askedForFour() {
    const world = createWorld(badDeploymentCured);
    const done: Plan[] = [];
    const agent = await start(world, { policy: asking(), catalog: [sizedAction(world, (plan) => done.push(plan))] });
    return { agent, world, done, ...(await asked(agent)) };
  }
  const target = { cluster: 'shop', service: 'checkout' };

  it('is carried out in place of the plan, and undone as what was done', async () => {
    const { agent, incident, request, done } = await askedForFour();
    const yes = { answer: 'approved', by: 'bob', planHash: request.planHash, params: { ...target, tasks: 1 } };
    const { status, body } = await agent.api(`/approvals/${request.id}`, yes);
    expect([status, body]).toMatchObject([
      200,
      { approvals: [{ narrowedPlan: { params: { tasks: 1 } }, plan: { params: { tasks: 4 } } }] },
    ]);
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    expect(done).toMatchObject([{ params: { tasks: 1 }, summary: 'roll back 1 tasks of checkout' }]);
    const [answered] = (await agent.timeline(incident)).filter(({ event }) => event === 'approval-answered');
    expect(answered?.detail).toMatchObject({ narrowedParams: { tasks: 1 }, planHash: request.planHash });
  });

  it.each([
    ['more', { ...target, tasks: 5 }, 'ask for more than the plan'],
    ['another service', { ...target, service: 'payment', tasks: 1 }, 'ask for more than the plan, or for something else'],
    ['what is no parameter', { ...target, tasks: 1, force: true }, 'not those of the action'],
    ['no size at all', { ...target, tasks: 0 }, 'not those of the action'],
  ])('is refused when it asks for %s', async (_name, params, words) => {
    const { agent, incident, request, done } = await askedForFour();
    const wider = await agent.api(`/approvals/${request.id}`, { answer: 'approved', by: 'bob', planHash: request.planHash, params });
    expect(wider).toMatchObject({ status: 400, body: { code: 'APPROVAL_NOT_NARROWER', detail: expect.stringContaining(words) } });
    expect((await agent.get(incident)).status).toBe('awaiting-approval');
    expect(done).toEqual([]);
  });

  it('is refused when the service is not what it was, and where an action has nothing to narrow', async () => {
    const { agent, world, request } = await askedForFour();
    world.change({ ...target, by: 'an operator', step: 'elsewhere' });
    const yes = { answer: 'approved', by: 'bob', planHash: request.planHash, params: { ...target, tasks: 1 } };
    const moved = await agent.api(`/approvals/${request.id}`, yes);
    expect(moved).toMatchObject({ status: 400, body: { detail: expect.stringContaining('not what it was') } });
    const other = await start(badDeploymentCured, { policy: asking() });
    const whole = await asked(other);
    const all = await other.api(`/approvals/${whole.request.id}`, { ...yes, planHash: whole.request.planHash, params: target });
    expect(all).toMatchObject({ status: 400, body: { detail: expect.stringContaining('nothing of it can be narrowed') } });
  });
});

describe('a question that an older version asked', () => {
  const places: { remove(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const place of places.splice(0)) await place.remove();
  });

  async function upgraded(clock: string): Promise<TestAgent> {
    const place = await makePlace('sqlite');
    places.push(place);
    const raw = new Database(place.path);
    raw.exec(await readFile(new URL('../storage/fixtures/store-0.3.sql', import.meta.url), 'utf8'));
    raw.close();
    return startAgent({
      path: place.path,
      world: createWorld(badDeploymentCured),
      clock: createFakeClock(clock),
      policy: asking({ minimumTroubleSeconds: 0 }),
    });
  }

  it('still waits after the upgrade, and its answer is carried out once', async () => {
    const agent = await upgraded('2026-03-10T12:02:30.000Z');
    const [request] = await agent.approvals.pending();
    const [incident] = await agent.incidents.list({ open: true });
    if (!request || !incident) throw new Error('the question is gone');
    expect(incident.status).toBe('awaiting-approval');
    const yes = { answer: 'approved', by: 'bob', planHash: request.planHash };
    const path = `/approvals/${request.id}`;
    const answers = await Promise.all([agent.api(path, yes), agent.api(path, yes)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    expect(agent.world.effects).toHaveLength(1);
    expect(await agent.approvals.get(request.id)).toMatchObject({ usedBy: expect.stringContaining(incident.id) });
    await agent.stop();
  });

  it('expires after the upgrade as it would have before', async () => {
    const agent = await upgraded('2026-03-10T12:40:00.000Z');
    const [incident] = await agent.incidents.list({});
    if (!incident) throw new Error('the incident is gone');
    expect(await agent.closed(incident)).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('nobody answered') });
    expect(agent.world.effects).toEqual([]);
    await agent.stop();
  });
});
