import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentProcess, agentEnvironment, startAgentProcess } from '../../testing/agent-process.ts';
import { type SlackServer, send, startSlack } from '../../testing/slack-server.ts';
import { startUpstreams } from '../../testing/upstreams.ts';

let folder: string;
let slack: SlackServer;
let upstreams: Awaited<ReturnType<typeof startUpstreams>>;
let agent: AgentProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-slack-'));
  slack = await startSlack();
  upstreams = await startUpstreams();
  agent = await startAgentProcess({
    ...agentEnvironment(upstreams.url),
    KINTSUGI_STORE_PATH: join(folder, 'agent.db'),
    KINTSUGI_SLACK_TOKEN: slack.token,
    KINTSUGI_SLACK_SIGNING_SECRET: slack.secret,
    KINTSUGI_SLACK_CHANNEL: slack.channel,
    KINTSUGI_SLACK_API_URL: slack.url,
    KINTSUGI_POLICY_APPROVAL_PEOPLE: '{"ann":{"slack":"U0ANN"}}',
    KINTSUGI_POLICY_APPROVAL_GROUPS: '{"on-call":["ann"]}',
    KINTSUGI_POLICY_APPROVAL_APPROVERS: 'on-call,anyone',
  });
});
afterEach(async () => {
  await slack.close();
  await upstreams.close();
  await rm(folder, { recursive: true, force: true });
});

it('takes clicks that Slack signed, tells who clicked what came of it, and stops in order', async () => {
  const button = { type: 'button', action_id: 'kintsugi-approve', value: `no-such-approval ${'0'.repeat(64)}` };
  const message = { ts: '1.1', text: '', blocks: [{ type: 'actions', elements: [button] }] };
  const click = slack.request({ user: 'U0ANN', action: 'approve', message });
  expect(await send(agent.url, { ...click, body: `${click.body} ` })).toBe(401);
  expect(await send(agent.url, click)).toBe(200);
  await expect.poll(() => slack.told).toMatchObject([{ user: 'U0ANN', text: expect.stringContaining('there is no approval') }]);
  expect(await send(agent.url, click)).toBe(401);
  expect((await agent.get('/metrics', '')).text).toContain('kintsugi_approval_messages_total{result="unsigned"} 2');
  expect(await agent.stop()).toBe(0);
  for (const secret of [slack.token, slack.secret]) expect(agent.lines.join('\n')).not.toContain(secret);
});
