/** What only tells people something, and needs a person's yes each time: asked for where nothing is mended, and nothing is verified after it. */
import { expect, it } from 'vitest';
import type { Action } from '../action/action.ts';
import type { ApprovalRequest } from '../approval/store.ts';
import type { Incident } from '../domain/incident.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment } from '../testing/scenes.ts';
import { createWorld, fakeAction, type World } from '../testing/world.ts';
import type { Considered } from './offers.ts';

const { start } = agentsOfTest();
const cures = ['bad-deployment'] as const;

/** A telling that costs money to plan; `planned` counts. */
function patching(world: World, more: Partial<Action> = {}): { action: Action; planned: () => number } {
  let plans = 0;
  const told = fakeAction(world, { id: 'propose-patch', cures, purpose: 'tell' });
  const outline = (params: Record<string, unknown>) => ({
    action: told.id,
    target: { cluster: 'shop', service: String(params.service) },
    params,
    calls: [],
    blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 },
    snapshot: {},
    undo: { kind: 'none' as const, reason: '' },
    summary: 'an outline',
  });
  const plan: Action['plan'] = (params, signal) => {
    plans += 1;
    return told.plan(params, signal);
  };
  return { action: { ...told, needsApproval: 'a model wrote it', outline, plan, ...more }, planned: () => plans };
}

async function started(world: World, action: Action, policy: AgentOptions['policy']): Promise<{ agent: TestAgent; incident: Incident }> {
  const agent = await start(world, { catalog: [action, fakeAction(world, { id: 'open-issue', cures, purpose: 'tell' })], policy });
  return { agent, incident: await agent.alert('checkout') };
}

const flags = { 'propose-patch': true, 'open-issue': true };
const made = ({ effects }: World) => effects.map(({ by, step }) => `${step} ${by}`);

async function asked(agent: TestAgent, incident: Incident): Promise<ApprovalRequest> {
  await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
  const [request] = await agent.approvals.pending();
  if (!request) throw new Error('nothing waits for approval');
  return request;
}
const answer = (agent: TestAgent, { id, planHash }: ApprovalRequest, given: string) =>
  agent.api(`/approvals/${id}`, { answer: given, by: 'ann', planHash });

async function considered(agent: TestAgent, incident: Incident): Promise<[string, string][]> {
  const verdicts = (await agent.timeline(incident)).filter(({ event }) => event === 'verdict');
  return verdicts.flatMap(({ detail }) =>
    (detail.considered as Considered[]).map(({ action, became }): [string, string] => [action, became]),
  );
}

it('is made once with a yes, and the incident is handed over with what came of it', async () => {
  const world = createWorld(badDeployment);
  const { action } = patching(world);
  const { agent, incident } = await started(world, action, { flags });
  await answer(agent, await asked(agent, incident), 'approved');
  expect(await agent.closed(incident)).toMatchObject({
    outcome: 'escalated',
    outcomeReason: expect.stringContaining('propose-patch of checkout: execute of propose-patch'),
  });
  expect(made(world)).toEqual(['execute propose-patch']);
  expect((await agent.timeline(incident)).some(({ event }) => event === 'verification')).toBe(false);
  expect(await considered(agent, incident)).toEqual([['propose-patch', 'asked']]);
});

it('is covered by a yes that comes later than the verdict is fresh: it is looked at again, and not asked twice', async () => {
  const world = createWorld(badDeployment);
  const { agent, incident } = await started(world, patching(world).action, { flags });
  const request = await asked(agent, incident);
  await agent.clock.advance(200_000);
  await answer(agent, request, 'approved');
  expect((await agent.closed(incident)).outcome).toBe('escalated');
  expect(made(world)).toEqual(['execute propose-patch']);
  expect((await agent.timeline(incident)).filter(({ event }) => event === 'diagnosis').length).toBeGreaterThan(1);
});

it('is not made with a no', async () => {
  const world = createWorld(badDeployment);
  const { agent, incident } = await started(world, patching(world).action, { flags });
  await answer(agent, await asked(agent, incident), 'rejected');
  expect(await agent.closed(incident)).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('ann rejected') });
  expect(made(world)).toEqual([]);
});

it.each<[string, AgentOptions['policy'], string]>([
  ['its flag is off', { flags: { 'open-issue': true } }, 'switched-off'],
  ['its level is too low', { flags, autonomy: { default: 'auto', byAction: { 'propose-patch': 'suggest' } } }, 'refused'],
])('is not planned when %s: its outline is refused, and the next is told', async (_, policy, became) => {
  const world = createWorld(badDeployment);
  const { action, planned } = patching(world);
  const { agent, incident } = await started(world, action, policy);
  await agent.closed(incident);
  expect([planned(), made(world)]).toEqual([0, ['execute open-issue']]);
  expect(await considered(agent, incident)).toEqual([
    ['propose-patch', became],
    ['open-issue', 'allowed'],
  ]);
});

it('is not spoken of while it is not offered', async () => {
  const world = createWorld(badDeployment);
  const { action, planned } = patching(world, { isOffered: () => false });
  const { agent, incident } = await started(world, action, { flags });
  await agent.closed(incident);
  expect([planned(), made(world)]).toEqual([0, ['execute open-issue']]);
  expect(await considered(agent, incident)).toEqual([['open-issue', 'allowed']]);
});

it('refuses a mending whose outline is refused without planning it, and looks for no softer one', async () => {
  const world = createWorld(badDeployment);
  const { action, planned } = patching(world, { purpose: 'mend' });
  const other = fakeAction(world, { id: 'revert-commit', cures });
  const policy = {
    flags: { ...flags, 'revert-commit': true },
    autonomy: { default: 'auto' as const, byAction: { 'propose-patch': 'observe' as const } },
  };
  const agent = await start(world, { catalog: [action, other], policy });
  const incident = await agent.closed(await agent.alert('checkout'));
  expect([planned(), made(world)]).toEqual([0, []]);
  expect(incident.outcomeReason).toMatch(/propose-patch is not allowed: .*autonomy/);
});

it('is asked of nobody where only its level of autonomy would have it asked', async () => {
  const world = createWorld(badDeployment);
  const policy = { flags, autonomy: { default: 'approve' as const, byAction: {} } };
  const agent = await start(world, { catalog: [fakeAction(world, { id: 'open-issue', cures, purpose: 'tell' })], policy });
  const incident = await agent.closed(await agent.alert('checkout'));
  expect([made(world), await considered(agent, incident)]).toEqual([[], [['open-issue', 'asked']]]);
  expect((await agent.timeline(incident)).some(({ event }) => event === 'approval-asked')).toBe(false);
});
