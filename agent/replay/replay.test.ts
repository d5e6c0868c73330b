import { describe, expect, it } from 'vitest';
import type { Action } from '../action/action.ts';
import { InvariantError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import type { Adviser } from '../llm/adviser.ts';
import { approvalSettingsSchema } from '../policy/approvers.ts';
import type { PolicySettings } from '../policy/request.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import {
  badDeploymentCured,
  badDeploymentNotCured,
  badDeploymentWorsened,
  healthy,
  slowCart,
  unexplainedErrors,
} from '../testing/scenes.ts';
import { scriptedAdviser } from '../testing/scripted-adviser.ts';
import { createWorld, fakeCatalog, type Scene } from '../testing/world.ts';
import { type Bundle, readBundle, sealed } from './bundle.ts';
import { replayLines } from './in-words.ts';
import { type Replay, replay } from './replay.ts';

const { start } = agentsOfTest();
/** Its world is not the one of the recording: a replay that asked it would find all well. */
const catalogOf = () => fakeCatalog(createWorld(healthy));

async function bundleOf(agent: TestAgent, incident: Incident): Promise<Bundle> {
  const { status, body } = await agent.api(`/incidents/${incident.id}/bundle`);
  expect(status).toBe(200);
  return readBundle(JSON.stringify(body));
}

async function recordedRun(scene: Scene, service: string, options: Partial<AgentOptions> = {}): Promise<Bundle> {
  const agent = await start(scene, options);
  return bundleOf(agent, await agent.closed(await agent.alert(service)));
}

const play = (bundle: Bundle, policy?: PolicySettings) => replay(bundle, { catalogOf, ...(policy ? { policy } : {}) });

function policy(more: Partial<PolicySettings>): PolicySettings {
  const flags = { 'roll-back-deployment': true, 'stop-task': true, 'force-new-deployment': true };
  const approval = approvalSettingsSchema.parse({ approvers: ['anyone'] });
  return { ...policySettingsSchema.parse({}), autonomy: { default: 'auto', byAction: {} }, approval, flags, ...more };
}

function expectSame(played: Replay): void {
  expect(played.steps.flatMap(({ node, differences }) => differences.map((one) => ({ node, ...one })))).toEqual([]);
  expect(played).toMatchObject({ isSame: true, stopped: null, assumed: [] });
  expect(replayLines(played).at(-1)).toBe('Every decision is the same.');
}

describe('a replay decides the same, word for word', () => {
  it.each([
    ['a roll-back that cures', badDeploymentCured, 'checkout', 'fixed'],
    ['a roll-back found through a caller', badDeploymentCured, 'storefront', 'fixed'],
    ['a roll-back that is undone', badDeploymentNotCured, 'checkout', 'escalated'],
    ['a roll-back that does harm', badDeploymentWorsened, 'checkout', 'escalated'],
    ['a restart', slowCart, 'cart', 'fixed'],
    ['an alert about nothing', healthy, 'checkout', 'no-fault'],
    ['what no rule explains', unexplainedErrors, 'cart', 'escalated'],
  ])('about %s', async (_, scene, service, outcome) => {
    const bundle = await recordedRun(scene, service);
    expect(bundle.incident.outcome).toBe(outcome);
    const played = await play(bundle);
    expectSame(played);
    expect(played.ended).toEqual({ was: outcome, would: outcome });
    expect(played.steps.map(({ node }) => node)).toEqual(bundle.steps.map(({ node }) => node));
  });

  it('about sources that fail and that never answer', async () => {
    const world = createWorld(badDeploymentCured);
    world.answers.set('prometheus', 'failed');
    const [, ecs] = world.sources;
    if (ecs) world.sources[1] = { ...ecs, ask: () => new Promise(() => undefined) };
    const agent = await start(world);
    const bundle = await bundleOf(agent, await agent.closed(await agent.alert('checkout')));
    expect(bundle.evidence.map(({ detail }) => detail)).toContain('timeout: ecs gave no answer within 10000 ms');
    expectSame(await play(bundle));
  });

  it('about a look of the verification that nobody answered', async () => {
    const world = createWorld(badDeploymentCured);
    const [, ecs] = world.sources;
    let hung = 0;
    if (ecs) {
      const ask: typeof ecs.ask = async (question, signal) => {
        if (question.purpose !== 'verification' || hung > 0) return ecs.ask(question, signal);
        hung += 1;
        return new Promise(() => undefined);
      };
      world.sources[1] = { ...ecs, ask };
    }
    const agent = await start(world);
    const bundle = await bundleOf(agent, await agent.closed(await agent.alert('checkout')));
    expect([hung, bundle.incident.outcome]).toEqual([1, 'fixed']);
    expectSame(await play(bundle));
  });

  it.each(['approved', 'rejected'] as const)('about a plan that a person has %s', async (answer) => {
    const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } } });
    const incident = await agent.alert('checkout');
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const [request] = await agent.approvals.pending();
    await agent.api(`/approvals/${request?.id}`, { answer, by: 'ann', planHash: request?.planHash });
    const bundle = await bundleOf(agent, await agent.closed(incident));
    expect(bundle.incident.outcome).toBe(answer === 'approved' ? 'fixed' : 'escalated');
    expectSame(await play(bundle));
  });

  it('about what a model proposed after a look of its own', async () => {
    const params = { source: 'ecs', service: 'cart', window: 'last-minute' };
    let found = '';
    const pick = () => ({ says: { claim: 3, reason: 'It fails.', evidence: [/^evidence (E\d+)/.exec(found)?.[1]] } });
    const scripted = scriptedAdviser({ says: { isWorthIt: true, reason: 'May be.' } }, pick);
    const investigate: Adviser['investigate'] = async (question) => {
      found = (await question.tools[0]?.read(params, question.signal)) ?? '';
      return { ...(await scripted.investigate(question)), looks: [{ tool: 'look', params, found }] };
    };
    const agent = await start(unexplainedErrors, { adviser: { ...scripted, investigate } });
    const incident = await agent.alert('cart');
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const [request] = await agent.approvals.pending();
    await agent.api(`/approvals/${request?.id}`, { answer: 'approved', by: 'ann', planHash: request?.planHash });
    const bundle = await bundleOf(agent, await agent.closed(incident));
    const investigated = bundle.steps.find(({ node }) => node === 'investigator')?.update as {
      proposal: { hypothesis: { evidence: string[] } };
    };
    expect(bundle.steps[0]?.update.evidenceIds).not.toContain(investigated.proposal.hypothesis.evidence[0]);
    expectSame(await play(bundle));
  });

  it('about a change whose answer was lost, read back by the run that went on', async () => {
    const world = createWorld(badDeploymentCured);
    let lost = 0;
    const catalog = fakeCatalog(world).map((action): Action => {
      const execute: Action['execute'] = async (plan, effect) => {
        await action.execute(plan, effect);
        lost += 1;
        throw new InvariantError('the process came to harm right after the call');
      };
      return { ...action, execute };
    });
    const agent = await start(world, { catalog });
    const bundle = await bundleOf(agent, await agent.closed(await agent.alert('checkout')));
    expect([lost, bundle.incident.outcome]).toEqual([1, 'fixed']);
    expect(bundle.steps.map(({ node }) => node)).toEqual(['analyst', 'auditor', 'decision', 'remediation', 'verification']);
    expectSame(await play(bundle));
  });

  it('about each of several incidents that were worked on at once', async () => {
    const agent = await start(badDeploymentCured);
    const opened = [await agent.alert('checkout'), await agent.alert('cart', 'HighLatency'), await agent.alert('checkout', 'HighLatency')];
    for (const incident of opened) {
      const bundle = await bundleOf(agent, await agent.closed(incident));
      expectSame(await play(bundle));
    }
  });
});

describe('another policy', () => {
  it('that is stricter denies what was done, and the incident would have been handed over', async () => {
    const bundle = await recordedRun(badDeploymentCured, 'checkout');
    const played = await play(bundle, policy({ flags: {} }));
    expect(played).toMatchObject({ isSame: false, isOtherPolicy: true, stopped: null, ended: { was: 'fixed', would: 'escalated' } });
    const decision = played.steps.find(({ node }) => node === 'decision');
    expect(decision?.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          about: 'decision',
          was: expect.objectContaining({ said: 'change' }),
          would: expect.objectContaining({ said: 'escalate' }),
        }),
        expect.objectContaining({
          about: 'gate feature-flag',
          was: expect.objectContaining({ said: 'pass' }),
          would: expect.objectContaining({ said: 'deny' }),
        }),
      ]),
    );
    expect(played.steps.at(-1)).toMatchObject({ node: 'escalation', recorded: null });
    const lines = replayLines(played).join('\n');
    expect(lines).toContain('decision: decides otherwise');
    expect(lines).toContain('It would end as escalated; it ended as fixed.');
  });

  it('that asks a person ends the replay where nobody knows what they would have said', async () => {
    const bundle = await recordedRun(badDeploymentCured, 'checkout');
    const played = await play(bundle, policy({ autonomy: { default: 'approve', byAction: {} } }));
    expect(played).toMatchObject({
      isSame: false,
      stopped: expect.stringMatching(/^a person would be asked about "roll-back-deployment of checkout"/),
    });
    expect(replayLines(played).at(-1)).toBe('1 of 3 steps decide otherwise.');
  });

  it('that allows what was refused ends the replay where nobody knows what would have come of it', async () => {
    const bundle = await recordedRun(badDeploymentCured, 'checkout', { policy: { autonomy: { default: 'suggest', byAction: {} } } });
    expect(bundle.incident.outcome).toBe('escalated');
    const played = await play(bundle, policy({}));
    expect(played).toMatchObject({
      isSame: false,
      stopped: expect.stringMatching(/^"roll-back-deployment of checkout" would have been carried out/),
    });
  });

  it('that allows by itself what a person agreed to goes all the way', async () => {
    const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } } });
    const incident = await agent.alert('checkout');
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const [request] = await agent.approvals.pending();
    await agent.api(`/approvals/${request?.id}`, { answer: 'approved', by: 'ann', planHash: request?.planHash });
    const played = await play(await bundleOf(agent, await agent.closed(incident)), policy({}));
    expect(played).toMatchObject({ isSame: false, stopped: null, ended: { was: 'fixed', would: 'fixed' } });
  });

  it('that says the same decides the same', async () => {
    const bundle = await recordedRun(badDeploymentCured, 'checkout');
    const played = await play(bundle, policy({}));
    expect(played).toMatchObject({ isSame: true, isOtherPolicy: true });
  });
});

describe('a recording that is not what was decided', () => {
  it('shows: a diagnosis that was written otherwise differs from the one the rules make', async () => {
    const { hash: _, ...bundle } = await recordedRun(badDeploymentCured, 'checkout');
    const steps = structuredClone(bundle.steps);
    const analyst = steps[0]?.update as { diagnosis: { ranked: { cause: string }[] } };
    for (const claim of analyst.diagnosis.ranked.slice(0, 1)) claim.cause = 'overload';
    const played = await play(sealed({ ...bundle, steps }));
    expect(played.isSame).toBe(false);
    expect(played.steps[0]?.differences).toMatchObject([{ about: 'claim 1', was: { said: expect.stringContaining('overload') } }]);
  });

  it('shows: facts that were not what was seen lead elsewhere', async () => {
    const { hash: _, ...bundle } = await recordedRun(badDeploymentCured, 'checkout');
    const evidence = bundle.evidence.map((one) => ({
      ...one,
      facts: one.facts.filter((fact) => (fact as { kind: string }).kind !== 'deployment'),
    }));
    const played = await play(sealed({ ...bundle, evidence }));
    expect(played.isSame).toBe(false);
  });

  it('is played as far as it goes when a step was too much to be kept', async () => {
    const { hash: _, ...bundle } = await recordedRun(badDeploymentCured, 'checkout');
    const steps = bundle.steps.map((step) =>
      step.node === 'verification' ? { ...step, leftOut: 'there was more than is kept', entries: [], facts: [] } : step,
    );
    const played = await play(sealed({ ...bundle, steps }));
    expect(played).toMatchObject({ isSame: false, stopped: 'of the step verification nothing was recorded: there was more than is kept' });
    expect(replayLines(played).at(-1)).toBe('The same as far as it could be played: 4 of 5 steps.');
  });

  it('cannot be played when there is nothing in it', async () => {
    const { hash: _, ...bundle } = await recordedRun(healthy, 'checkout');
    await expect(play(sealed({ ...bundle, steps: [] }))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});

describe('the bundle of an incident', () => {
  it('does not exist without the incident', async () => {
    const agent = await start(healthy);
    expect(await agent.api('/incidents/none/bundle')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('that waits for a person is played up to the question', async () => {
    const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } } });
    const incident = await agent.alert('checkout');
    await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
    const played = await play(await bundleOf(agent, incident));
    expect(played).toMatchObject({
      isSame: true,
      recordedSteps: 3,
      stopped: expect.stringMatching(/^a person would be asked/),
      ended: { was: null },
    });
  });

  it('holds no secret of what services log and people write, nor a hash of a token', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const tokenSha256 = 'c'.repeat(64);
    const approval = approvalSettingsSchema.parse({ people: { ann: { tokenSha256 } }, groups: { team: ['ann'] }, approvers: ['team'] });
    const agent = await start(badDeploymentCured, { policy: { approval } });
    const incident = await agent.alert('checkout', 'HighErrorRatio', 'shop', { note: `use ${token}` });
    const text = JSON.stringify(await bundleOf(agent, await agent.closed(incident)));
    expect(text).toContain('use ***');
    for (const secret of [token, tokenSha256]) expect(text).not.toContain(secret);
  });
});
