import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../domain/incident.ts';
import { approvalSettingsSchema } from '../../policy/approvers.ts';
import type { AgentOptions, TestAgent } from '../../testing/agent.ts';
import { agentsOfTest } from '../../testing/agents-of-test.ts';
import { badDeploymentCured } from '../../testing/scenes.ts';
import { type SlackServer, send, startSlack } from '../../testing/slack-server.ts';
import { createWorld, type World } from '../../testing/world.ts';

const { start } = agentsOfTest();
const ann = 'U0ANN';

const policy: AgentOptions['policy'] = {
  autonomy: { default: 'approve', byAction: {} },
  approval: approvalSettingsSchema.parse({
    people: { ann: { slack: ann }, bob: { slack: 'U0BOB' } },
    groups: { 'on-call': ['ann'] },
    approvers: ['on-call'],
  }),
};

let slack: SlackServer;
let clockMs: () => number;
beforeEach(async () => {
  clockMs = () => Date.now();
  slack = await startSlack({ now: () => clockMs() });
});
afterEach(() => slack.close());

async function agentOn(world: World, options: Partial<AgentOptions> = {}): Promise<TestAgent> {
  const agent = await start(world, { policy, slack, ...options });
  clockMs = () => agent.clock.now().getTime();
  return agent;
}

/** An agent whose question stands in the channel. */
async function asked(): Promise<{ agent: TestAgent; incident: Incident; world: World }> {
  const world = createWorld(badDeploymentCured);
  const agent = await agentOn(world);
  const incident = await agent.alert('checkout');
  await agent.until(() => slack.messages.length === 1);
  return { agent, incident, world };
}

const shown = () => JSON.stringify(slack.messages[0]?.blocks);

describe('an approval in Slack', () => {
  it('is asked with the plan in full, done once when somebody of the group clicks, and shows who did', async () => {
    const { agent, incident, world } = await asked();
    expect(shown()).toContain('roll-back-deployment');
    expect(shown()).toContain('bad-deployment');
    expect(await slack.click(agent.url, { user: ann, action: 'approve' })).toBe(200);
    expect(await agent.closed(incident)).toMatchObject({ outcome: 'fixed' });
    expect(world.effects).toHaveLength(1);
    await agent.until(() => shown().includes('approved by ann'));
    expect(slack.messages).toHaveLength(1);
    expect(() => slack.request({ user: ann, action: 'approve' })).toThrow('no button');
    const [answered] = (await agent.timeline(incident)).filter(({ event }) => event === 'approval-answered');
    expect(answered).toMatchObject({ actor: 'ann', detail: { via: 'slack' } });
  });

  it('is rejected by the other button', async () => {
    const { agent, incident, world } = await asked();
    await slack.click(agent.url, { user: ann, action: 'reject' });
    expect(await agent.closed(incident)).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('ann rejected') });
    expect(world.effects).toEqual([]);
    await agent.until(() => shown().includes('rejected by ann'));
  });

  it.each([
    ['who is in no group', 'U0BOB', 'bob is in none of the groups'],
    ['whom the policy does not know', 'U0EVE', 'slack:U0EVE is nobody the policy knows'],
  ])('is not answered by somebody %s, and they are told', async (_name, user, words) => {
    const { agent, incident, world } = await asked();
    expect(await slack.click(agent.url, { user, action: 'approve' })).toBe(200);
    await agent.until(() => slack.told.length === 1);
    expect(slack.told).toMatchObject([{ user, text: expect.stringContaining(words) }]);
    expect((await agent.get(incident)).status).toBe('awaiting-approval');
    expect((await agent.timeline(incident)).at(-1)).toMatchObject({ event: 'approval-refused', detail: { code: 'APPROVAL_FORBIDDEN' } });
    expect(world.effects).toEqual([]);
  });

  it('takes away the buttons when nobody answers, and a late click on what a window still shows counts nothing', async () => {
    const { agent, incident, world } = await asked();
    const message = structuredClone(slack.messages[0]);
    await agent.closed(incident);
    await agent.until(() => shown().includes('nobody answered'));
    expect(await slack.click(agent.url, { user: ann, action: 'approve', ...(message ? { message } : {}) })).toBe(200);
    await agent.until(() => slack.told.length === 1);
    expect(world.effects).toEqual([]);
  });

  it('is not taken twice, not even after a restart', async () => {
    const { agent, incident } = await asked();
    const request = slack.request({ user: 'U0BOB', action: 'approve' });
    expect(await send(agent.url, request)).toBe(200);
    expect(await send(agent.url, request)).toBe(401);
    await agent.stop();
    const second = await agentOn(agent.world, { clock: agent.clock });
    expect(await send(second.url, request)).toBe(401);
    expect((await second.get(incident)).status).toBe('awaiting-approval');
  });

  it('is not believed with a wrong signature, an old time, or as anything but a click', async () => {
    const { agent, incident } = await asked();
    const old = Math.floor(clockMs() / 1000) - 301;
    expect(await slack.click(agent.url, { user: ann, action: 'approve', secret: 'guessed' })).toBe(401);
    expect(await slack.click(agent.url, { user: ann, action: 'approve', timestamp: old })).toBe(401);
    expect(await slack.click(agent.url, { user: 'U0BOB', action: 'approve', tamper: (body) => body.replaceAll('U0BOB', ann) })).toBe(401);
    expect(await send(agent.url, { headers: {}, body: 'payload={}' })).toBe(401);
    expect(await send(agent.url, { headers: {}, body: 'x'.repeat(200_000) })).toBe(400);
    expect((await agent.get(incident)).status).toBe('awaiting-approval');
    expect((await agent.approvals.pending())[0]).toMatchObject({ answer: null });
  });

  it('is posted and brought up to date once Slack is back, also by the next process', async () => {
    slack.answers = { status: 200, body: { ok: false, error: 'fatal_error' } };
    const world = createWorld(badDeploymentCured);
    const first = await agentOn(world);
    const incident = await first.alert('checkout');
    await first.until(() => slack.calls.length >= 2);
    await first.stop();
    slack.answers = null;
    const second = await agentOn(world, { clock: first.clock });
    await second.until(() => slack.messages.length === 1);
    slack.answers = { status: 429, body: {}, retryAfter: 30 };
    await slack.click(second.url, { user: ann, action: 'approve' });
    await second.closed(incident);
    await second.stop();
    slack.answers = null;
    const third = await agentOn(world, { clock: first.clock });
    await third.until(() => shown().includes('approved by ann'));
    expect(slack.messages).toHaveLength(1);
    expect(world.effects).toHaveLength(1);
  });

  it('is not posted when it was answered elsewhere before Slack could be reached', async () => {
    slack.answers = { status: 503, body: {} };
    const agent = await agentOn(createWorld(badDeploymentCured));
    const incident = await agent.alert('checkout');
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const [request] = await agent.approvals.pending();
    await agent.api(`/approvals/${request?.id}`, { answer: 'approved', by: 'ann', planHash: request?.planHash });
    await agent.closed(incident);
    slack.answers = null;
    await agent.clock.advance(300_000);
    expect(slack.messages).toEqual([]);
  });

  it('leaves no secret in the log', async () => {
    const { agent } = await asked();
    slack.answers = { status: 200, body: { ok: false, error: 'invalid_auth' } };
    await slack.click(agent.url, { user: 'U0BOB', action: 'approve' });
    await slack.click(agent.url, { user: ann, action: 'approve', secret: 'guessed' });
    await agent.clock.advance(10_000);
    const log = agent.logged.join('');
    expect(log).toContain('could not be told');
    for (const secret of [slack.token, slack.secret, 'v0=']) expect(log).not.toContain(secret);
  });
});
