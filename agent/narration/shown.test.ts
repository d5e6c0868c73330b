import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApprovalList, type ApprovalView, IncidentDetail } from '../api/contract.ts';
import { approvalLines } from '../cli/approvals.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { type SlackServer, startSlack } from '../testing/slack-server.ts';
import { linesOf } from './shown.ts';
import type { Statement } from './store.ts';

const { start } = agentsOfTest();
const evidence = [EvidenceId.parse('0b6d1c1e-8f5c-4f0e-9d0b-1f1f1f1f1f1f')];
const plain: Statement[] = [{ text: 'A third of the requests fail.', evidence }];
const hostile: Statement[] = [
  { text: 'Roll back payment: <!channel> <https://evil.example|docs> @octocat ```*now*``` \u001b[31m', evidence },
];
const ours = 'bad-deployment in checkout';

let slack: SlackServer;
let clockMs: () => number;
beforeEach(async () => {
  clockMs = () => Date.now();
  slack = await startSlack({ now: () => clockMs() });
});
afterEach(() => slack.close());

/** An incident whose question stands in the channel. */
async function asked(): Promise<{ agent: TestAgent; incident: Incident }> {
  const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } }, slack });
  clockMs = () => agent.clock.now().getTime();
  const incident = await agent.alert('checkout');
  await agent.until(() => slack.messages.length === 1);
  return { agent, incident };
}

/** As the narrator does. */
async function say({ narrations }: TestAgent, incident: Incident, subject: string, statements: readonly Statement[]): Promise<void> {
  await narrations.want([{ incidentId: incident.id, kind: 'explanation', subject, entry: 1 }], 1);
  const [claimed] = await narrations.claimDue(['explanation'], 60_000, 1);
  await narrations.told(claimed ?? { seq: 0, claim: 0 }, { subject, statements, struck: 0, model: 'test:words', costUsd: 0 });
}

async function pending({ api }: TestAgent): Promise<ApprovalView | undefined> {
  return ApprovalList.parse((await api('/approvals')).body).approvals[0];
}

const inSlack = () => JSON.stringify(slack.messages[0]?.blocks);

describe('the words of a model beside a question', () => {
  it('come into API, command line and the message that stands in the channel already', async () => {
    const { agent, incident } = await asked();
    expect((await pending(agent))?.explanation).toBeUndefined();
    expect(inSlack()).not.toContain('a model');
    const calls = slack.calls.length;
    await say(agent, incident, ours, plain);
    const view = await pending(agent);
    expect(view?.explanation).toEqual({ model: 'test:words', statements: plain });
    expect(approvalLines(view as ApprovalView)).toContain(
      'in the words of test:words, which decides nothing: A third of the requests fail.',
    );
    const detail = IncidentDetail.parse((await agent.api(`/incidents/${incident.id}`)).body);
    expect(detail.approvals[0]?.explanation).toEqual(view?.explanation);
    await agent.until(() => inSlack().includes('A third of the requests fail. (evidence 0b6d1c1e)'));
    expect(slack.messages).toHaveLength(1);
    await agent.clock.advance(60_000);
    expect(slack.calls.length).toBe(calls + 1);
  });

  it('are there from the beginning when they were there before', async () => {
    const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } }, slack });
    clockMs = () => agent.clock.now().getTime();
    const incident = await agent.alert('checkout');
    await say(agent, incident, ours, plain);
    await agent.until(() => slack.messages.length === 1);
    await agent.clock.advance(60_000);
    expect(inSlack()).toContain('A third of the requests fail.');
    expect(slack.calls).toHaveLength(1);
  });

  it('are left out when they are about another claim', async () => {
    const { agent, incident } = await asked();
    await say(agent, incident, 'overload in checkout', plain);
    expect((await pending(agent))?.explanation).toBeUndefined();
    await agent.clock.advance(60_000);
    expect(inSlack()).not.toContain('A third');
  });

  it('are never a mention, a link, markup or a command, whatever they say', async () => {
    const { agent, incident } = await asked();
    await say(agent, incident, ours, hostile);
    const view = await pending(agent);
    const { text } = view?.explanation?.statements[0] ?? { text: '' };
    expect(text).toContain('Roll back payment');
    expect(text).not.toMatch(/<!|@octocat|https:\/\/|```/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(approvalLines(view as ApprovalView)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    await agent.until(() => inSlack().includes('Roll back payment'));
    expect(inSlack()).not.toMatch(/<!channel|<https/);
    const { markdown } = (await agent.api(`/incidents/${incident.id}/report`)).body as { markdown: string };
    expect(markdown).toMatch(/In the words of a model[\s\S]*Roll back payment/);
    expect(markdown).not.toMatch(/<!channel|@octocat|evil\.example\|docs>|```/);
  });
});

it('tells of each statement what it cites', () => {
  expect(linesOf({ statements: [...plain, { text: 'It began at noon.', evidence: [] }] })).toEqual([
    'A third of the requests fail. (evidence 0b6d1c1e)',
    'It began at noon. (cites nothing)',
  ]);
});
