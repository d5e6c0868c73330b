/**
 * S14: answers to approvals that must not count, by Slack and by the API, in every order: forged, old, sent twice, from others, from who asked
 * for it, about another plan, for more than the plan, too late. None leads to a change, and ten good ones at once lead to one.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import { approvalSettingsSchema } from '../policy/approvers.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { campaign } from '../testing/campaign.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { sizedAction } from '../testing/sized-action.ts';
import { type Click, type SlackMessage, type SlackServer, send, startSlack } from '../testing/slack-server.ts';
import { createWorld, type World } from '../testing/world.ts';
import type { ApprovalRequest } from './store.ts';

const { start } = agentsOfTest();
const annsToken = 'the token of ann and of nobody else';
const [ann, bob, eve] = ['U0ANN', 'U0BOB', 'U0EVE'];
const many = { changes: 1_000_000, perSeconds: 1 };

/** ann and bob may answer; every change is asked for by bob. */
const policy = {
  ...policySettingsSchema.parse({ massFailure: { services: 1_000_000 }, autonomy: { default: 'approve' } }),
  approval: approvalSettingsSchema.parse({
    people: {
      ann: { slack: ann, tokenSha256: createHash('sha256').update(annsToken).digest('hex') },
      bob: { slack: bob },
      eve: { slack: eve },
    },
    groups: { 'on-call': ['ann', 'bob'] },
    approvers: ['on-call'],
  }),
  actionBudget: many,
  fleetBudget: many,
  flags: { 'roll-back-deployment': true },
};

/** What a case has to do with: one question, as Slack shows it and as the API tells it. */
interface Asked {
  agent: TestAgent;
  slack: SlackServer;
  incident: Incident;
  request: ApprovalRequest;
  message: SlackMessage;
}

type Attempt = (asked: Asked, text: string) => Promise<number>;

const clickAs =
  (click: Omit<Click, 'message'>, refused = true): Attempt =>
  async ({ agent, slack, message }) => {
    const status = await slack.click(agent.url, { ...click, message });
    // What is signed is answered 200, and its sender is told; what is not is 401.
    expect(status).toBe(refused ? 401 : 200);
    return status;
  };

/** The message with another word on its button, signed as Slack would. */
function relabelled(message: SlackMessage, from: string, to: string): SlackMessage {
  return JSON.parse(JSON.stringify(message).replaceAll(from, to)) as SlackMessage;
}

function apiAs(order: (request: ApprovalRequest, text: string) => object, token?: string, status = 403): Attempt {
  return async ({ agent, request }, text) => {
    const answer = await agent.api(`/approvals/${request.id}`, order(request, text), 'POST', ...(token === undefined ? [] : [token]));
    expect(answer.status).toBe(status);
    return answer.status;
  };
}

const nowOf = ({ agent }: Asked) => Math.floor(agent.clock.now().getTime() / 1000);
const yes = ({ planHash }: ApprovalRequest, more: object) => ({ answer: 'approved', planHash, ...more });
const size = (request: ApprovalRequest, tasks: number) => ({ params: { ...request.plan.params, tasks } });

const attempts: Readonly<Record<string, Attempt>> = {
  'another secret': clickAs({ user: ann, action: 'approve', secret: 'guessed' }),
  'no secret': clickAs({ user: ann, action: 'approve', secret: '' }),
  'another member in the bytes': clickAs({ user: eve, action: 'approve', tamper: (body) => body.replaceAll(eve, ann) }),
  'another answer in the bytes': clickAs({
    user: ann,
    action: 'reject',
    tamper: (body) => body.replaceAll('kintsugi-reject', 'kintsugi-approve'),
  }),
  'bytes behind the end': clickAs({ user: ann, action: 'approve', tamper: (body) => `${body}&` }),
  'an old time': (asked, text) =>
    clickAs({ user: ann, action: 'approve', timestamp: nowOf(asked) - 301 - text.length * 1000 })(asked, text),
  'a time to come': (asked, text) =>
    clickAs({ user: ann, action: 'approve', timestamp: nowOf(asked) + 302 + text.length * 1000 })(asked, text),
  'a header of the time that was moved': async ({ agent, slack, message }) => {
    const signed = slack.request({ user: ann, action: 'approve', message });
    const headers = { ...signed.headers, 'x-slack-request-timestamp': String(Number(signed.headers['x-slack-request-timestamp']) + 1) };
    const status = await send(agent.url, { ...signed, headers });
    expect(status).toBe(401);
    return status;
  },
  'no signature': async ({ agent, slack, message }) => {
    const status = await send(agent.url, { headers: {}, body: slack.request({ user: ann, action: 'approve', message }).body });
    expect(status).toBe(401);
    return status;
  },
  'sent twice': async ({ agent, slack, message }) => {
    const signed = slack.request({ user: eve, action: 'approve', message });
    const statuses = [await send(agent.url, signed), await send(agent.url, signed)];
    expect(statuses[1]).toBe(401);
    return 401;
  },
  'somebody in no group': clickAs({ user: eve, action: 'approve' }, false),
  'somebody nobody knows': clickAs({ user: 'U0STRANGER', action: 'approve' }, false),
  'a stranger who rejects': clickAs({ user: eve, action: 'reject' }, false),
  'who asked for it': clickAs({ user: bob, action: 'approve' }, false),
  'another plan': (asked, text) =>
    clickAs({ user: ann, action: 'approve' }, false)(
      { ...asked, message: relabelled(asked.message, asked.request.planHash, 'f'.repeat(64)) },
      text,
    ),
  'a question that is none': (asked, text) =>
    clickAs({ user: ann, action: 'approve' }, false)(
      { ...asked, message: relabelled(asked.message, asked.request.id, 'no-such-approval') },
      text,
    ),
  'API: no token': apiAs((request) => yes(request, { by: 'ann' }), '', 401),
  'API: a guessed token': apiAs((request, text) => yes(request, { by: 'ann', text }), `${annsToken}.`, 401),
  'API: a name whose token it is not': apiAs((request) => yes(request, { by: 'ann' })),
  'API: the same name in other letters': apiAs((request) => yes(request, { by: 'Ann ' })),
  'API: who asked for it': apiAs((request) => yes(request, { by: 'bob' })),
  'API: somebody in no group': apiAs((request) => yes(request, { by: 'eve' })),
  'API: whatever name': apiAs((request, text) => yes(request, { by: `x${text}`.slice(0, 200).trim() })),
  'API: another plan': apiAs((request) => ({ ...yes(request, {}), planHash: '0'.repeat(64) }), annsToken, 400),
  'API: more than the plan': apiAs((request, text) => yes(request, size(request, 5 + text.length)), annsToken, 400),
  'API: another target': apiAs((request) => yes(request, { params: { ...request.plan.params, service: 'payment' } }), annsToken, 400),
  'API: a field that is none': apiAs((request) => yes(request, { force: true }), annsToken, 400),
};

const theCase = fc.record({
  attempts: fc.array(fc.tuple(fc.constantFrom(...Object.keys(attempts)), fc.string({ unit: 'grapheme', maxLength: 40 })), {
    minLength: 1,
    maxLength: 8,
  }),
  end: fc.constantFrom(...(['ten clicks', 'ten clicks', 'the service moved', 'too late'] as const)),
  elsewhere: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
});

let slack: SlackServer;
let nowMs = () => Date.now();
beforeEach(async () => {
  slack = await startSlack({ now: () => nowMs() });
});
afterEach(() => slack.close());

describe('answers to approvals', () => {
  campaign(
    { id: 'S14', title: 'no change without a valid yes, ten clicks are one', store: 'sqlite', runs: { ci: 40, lab: 500 } },
    async (run) => {
      const world = createWorld(badDeploymentCured);
      const agent = await start(world, {
        policy,
        slack,
        catalog: [sizedAction(world)],
      });
      nowMs = () => agent.clock.now().getTime();
      const tried = new Map<string, number>();
      let clicks = 0;
      const made = (cluster: string) => world.effects.filter((effect) => effect.cluster === cluster && effect.step === 'execute');

      for (const [index, { attempts: hostile, end, elsewhere }] of run.sample(theCase, run.runs).entries()) {
        const cluster = `cluster-${index}`;
        await run.attempt(`${cluster}: ${hostile.map(([name]) => name).join(', ')}; ${end}`, async () => {
          const asked = await askedIn(agent, cluster);
          for (const [name, text] of hostile) {
            await attempts[name]?.(asked, text);
            tried.set(name, (tried.get(name) ?? 0) + 1);
          }
          await agent.clock.advance(20_000);
          expect(made(cluster)).toEqual([]);
          expect(await agent.approvals.get(asked.request.id)).toMatchObject({ answer: null });
          switch (end) {
            case 'ten clicks':
              clicks += 10;
              await tenClicks(asked, elsewhere);
              expect((await agent.closed(asked.incident)).outcome).toBe('fixed');
              expect(made(cluster)).toHaveLength(1);
              return;
            case 'the service moved':
              return moved(asked, world, () => expect(made(cluster)).toEqual([]));
            case 'too late':
              await agent.clock.advance(1_800_000);
              await clickAs({ user: ann, action: 'approve' }, false)(asked, '');
              expect((await agent.closed(asked.incident)).outcome).toBe('escalated');
              expect(made(cluster)).toEqual([]);
          }
        });
      }
      run.measure(
        'attempts that must not count',
        [...tried.values()].reduce((sum, count) => sum + count, 0),
      );
      run.measure('kinds of them', tried.size);
      run.measure('valid clicks', clicks);
      expect(tried.size).toBe(Object.keys(attempts).length);
      expect((await agent.trail.verify()).brokenAt).toBeNull();
    },
  );
});

async function askedIn(agent: TestAgent, cluster: string): Promise<Asked> {
  const incident = await agent.alert('checkout', 'RollItBack', cluster, { requested_by: 'bob' });
  const messageOf = () => slack.messages.find(({ text }) => text.endsWith(` in ${cluster}`));
  await agent.until(() => messageOf() !== undefined);
  const [request] = await agent.approvals.ofIncident(incident.id);
  const message = structuredClone(messageOf());
  if (!request || !message) throw new Error('nothing was asked');
  return { agent, slack, incident, request, message };
}

/** All at once, by Slack or by the API: each request is one of its own, and one is taken. */
async function tenClicks({ agent, request, message }: Asked, elsewhere: readonly boolean[]): Promise<void> {
  const now = Math.floor(nowMs() / 1000);
  const answers = await Promise.all(
    elsewhere.map(async (byApi, n) => {
      if (!byApi) return slack.click(agent.url, { user: ann, action: 'approve', message, timestamp: now - n });
      return (await agent.api(`/approvals/${request.id}`, yes(request, {}), 'POST', annsToken)).status;
    }),
  );
  expect(answers.filter((status) => status !== 200 && status !== 409)).toEqual([]);
  const answered = (await agent.trail.list({ incidentId: request.incidentId })).filter(({ event }) => event === 'approval-answered');
  expect(answered).toHaveLength(1);
}

/** Somebody changes the service after the question: the yes is to a plan that no longer holds. A person is asked anew, or called. */
async function moved({ agent, incident, request, message }: Asked, world: World, nothingDone: () => void): Promise<void> {
  world.change({ cluster: request.plan.target.cluster, service: 'checkout', by: 'an operator', step: 'elsewhere' });
  await slack.click(agent.url, { user: ann, action: 'approve', message });
  await agent.until(async () => {
    const asked = await agent.approvals.ofIncident(incident.id);
    return asked.length > 1 || (await agent.get(incident)).status === 'closed';
  });
  nothingDone();
  if ((await agent.get(incident)).status !== 'closed') await agent.incidents.close('escalated', 'the case is over', incident.id);
}
