import { describe, expect, it } from 'vitest';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { type Said, type ScriptedAdviser, scriptedAdviser } from '../testing/scripted-adviser.ts';

const { start } = agentsOfTest();

const opinion = { claim: 1, stance: 'objects', confidence: null, reason: 'The errors began before the release.', evidence: ['E1'] };
const says = (over: object = {}): Said => ({ says: { opinions: [{ ...opinion, ...over }] } });
const asked = ({ asked: questions }: ScriptedAdviser) => questions.map(({ purpose }) => purpose);

async function withAdviser(adviser: ScriptedAdviser, options: Partial<AgentOptions> = {}): Promise<TestAgent> {
  return start(badDeploymentCured, { ...options, deps: (deps) => ({ ...deps, adviser }) });
}
async function lastAudit(agent: TestAgent, incident: Parameters<TestAgent['timeline']>[0]) {
  return (await agent.timeline(incident)).findLast(({ event }) => event === 'audited')?.detail;
}

describe('a second opinion on what the rules would act on', () => {
  it('that agrees changes nothing but the words', async () => {
    const adviser = scriptedAdviser(says({ stance: 'agrees', reason: 'The release fits.' }));
    const agent = await withAdviser(adviser);
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(asked(adviser)).toEqual(['second-opinion']);
    expect(await lastAudit(agent, incident)).toMatchObject({
      notes: expect.arrayContaining(['bad-deployment in checkout: the model scripted:test agrees: The release fits.']),
      secondOpinion: { model: 'scripted:test' },
    });
    expect(await agent.metrics.registry.metrics()).toContain('kintsugi_second_opinions_total{stance="agrees"} 1');
  });

  it('that objects asks a person at the level auto, and their yes is carried out without asking a model again', async () => {
    const adviser = scriptedAdviser(says());
    const agent = await withAdviser(adviser);
    const opened = await agent.alert('checkout');
    await agent.until(async () => (await agent.get(opened)).status === 'awaiting-approval');
    expect(agent.world.effects).toEqual([]);
    const [request] = await agent.approvals.pending();
    expect(request?.hypothesis?.secondOpinion).toMatchObject({ stance: 'objects', reason: 'The errors began before the release.' });
    // So late that everything is looked at anew before the change.
    await agent.clock.advance(300_000);
    await agent.api(`/approvals/${request?.id}`, { answer: 'approved', by: 'ann', planHash: request?.planHash });
    expect((await agent.closed(opened)).outcome).toBe('fixed');
    expect(asked(adviser)).toEqual(['second-opinion']);
    expect(agent.world.effects).toHaveLength(1);
  });

  it('that doubts takes confidence away until nothing is done by itself, and a person is called', async () => {
    const adviser = scriptedAdviser(says({ stance: 'doubts', confidence: 0.2 }));
    const agent = await withAdviser(adviser);
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(incident.outcomeReason).toContain('confidence');
    expect(agent.world.effects).toEqual([]);
    expect(asked(adviser)).toHaveLength(4);
  });

  it.each([
    ['rests on nothing', says({ evidence: [] })],
    ['cites what was not shown', says({ evidence: ['E99', 'prometheus'] })],
    ['is about no claim', says({ claim: 7 })],
    ['is more sure than the rules', says({ stance: 'doubts', confidence: 1 })],
    ['is no answer', { says: 'roll everything back' }],
    ['did not come', { none: 'timeout' }],
    ['was too dear', { none: 'ceiling' }],
  ] as const)('that %s is as if nobody had been asked', async (_, said) => {
    const agent = await withAdviser(scriptedAdviser(said));
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(agent.world.effects).toHaveLength(1);
  });

  it('of an adviser that breaks is none', async () => {
    const broken: ScriptedAdviser = { ...scriptedAdviser(), ask: () => Promise.reject(new Error('a bug')) };
    const agent = await withAdviser(broken);
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(await lastAudit(agent, incident)).toMatchObject({ secondOpinion: { none: expect.stringContaining('unreachable') } });
  });

  it('is not asked for where nothing is done by itself however sure the rules are', async () => {
    const adviser = scriptedAdviser(says());
    const agent = await withAdviser(adviser, { policy: { confidence: { default: 0.99, byAction: {} } } });
    expect((await agent.closed(await agent.alert('checkout'))).outcome).toBe('escalated');
    expect(asked(adviser)).toEqual([]);
  });

  it('has less time where evidence grows old sooner', async () => {
    const adviser = scriptedAdviser(says({ stance: 'agrees' }));
    const agent = await withAdviser(adviser, { policy: { evidenceMaxAgeSeconds: 30 } });
    await agent.closed(await agent.alert('checkout'));
    expect(adviser.asked.map(({ deadlineMs }) => deadlineMs)).toEqual([5_000]);
  });
});
