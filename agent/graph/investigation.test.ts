import { describe, expect, it } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { unexplainedErrors } from '../testing/scenes.ts';
import { type Said, type ScriptedAdviser, scriptedAdviser } from '../testing/scripted-adviser.ts';

const { start } = agentsOfTest();

const worthIt: Said = { says: { isWorthIt: true, reason: 'All its tasks may be ill.' } };
const claimsIn = ({ asked }: ScriptedAdviser) => asked.at(-1)?.material.find(({ label }) => label === 'the possible claims')?.text ?? '';
const pick = (claim: number, evidence = ['E1']): Said => ({ says: { claim, reason: 'It fails, and nothing it calls does.', evidence } });
/** Its place on the list of this scene. */
const allTasks = pick(3);

async function withAdviser(adviser: ScriptedAdviser, options: Partial<AgentOptions> = {}): Promise<TestAgent> {
  return start(unexplainedErrors, { ...options, deps: (deps) => ({ ...deps, adviser }) });
}
const alert = (agent: TestAgent) => agent.alert('cart');

async function question(agent: TestAgent, incident: Incident) {
  await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
  const [request] = await agent.approvals.pending();
  return request ?? expect.unreachable();
}
async function investigated(agent: TestAgent, incident: Incident) {
  return (await agent.timeline(incident)).filter(({ event }) => event === 'investigated').map(({ detail }) => detail);
}

describe('what the rules cannot explain', () => {
  it('goes to a person without a word of a model where there is none', async () => {
    const agent = await start(unexplainedErrors);
    const incident = await agent.closed(await alert(agent));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringMatching(/^inconclusive: No rule explains/) });
    expect(await investigated(agent, incident)).toEqual([]);
    expect((await agent.state(incident)).proposal).toBeNull();
  });

  it('is investigated once the looks are used up, and what is picked waits for a person at the level auto', async () => {
    const adviser = scriptedAdviser(worthIt, allTasks);
    const agent = await withAdviser(adviser);
    const opened = await alert(agent);
    const request = await question(agent, opened);
    expect(adviser.asked.map(({ role, purpose }) => `${role} ${purpose}`)).toEqual(['triage triage', 'analysis investigation']);
    expect(claimsIn(adviser)).toMatch(/^3\. all-tasks-degraded in cart$/m);
    expect(request).toMatchObject({
      plan: { action: 'force-new-deployment' },
      hypothesis: { cause: 'all-tasks-degraded', proposedBy: 'model', confidence: 0.3 },
    });
    const verdict = (await agent.state(opened)).decided?.verdict;
    expect(verdict?.gates.filter(({ decision }) => decision !== 'pass').map(({ gate }) => gate)).toEqual(['confidence', 'second-opinion']);
    expect(agent.world.effects).toEqual([]);
    expect(await investigated(agent, opened)).toMatchObject([
      { result: 'proposed', model: 'scripted:test', ranked: [{ cause: 'all-tasks-degraded' }] },
    ]);
    expect(await agent.metrics.registry.metrics()).toContain('kintsugi_investigations_total{result="proposed"} 1');
  });

  it('is mended by a yes, also a late one, and nobody investigates a second time', async () => {
    const adviser = scriptedAdviser(worthIt, allTasks, pick(0));
    const agent = await withAdviser(adviser);
    const opened = await alert(agent);
    const request = await question(agent, opened);
    // By now the verdict has grown old: everything is looked at anew, and the yes still covers it.
    await agent.clock.advance(300_000);
    await agent.api(`/approvals/${request.id}`, { answer: 'approved', by: 'ann', planHash: request.planHash });
    expect((await agent.closed(opened)).outcome).toBe('fixed');
    expect(agent.world.effects).toMatchObject([{ service: 'cart', by: 'force-new-deployment', step: 'execute' }]);
    expect(adviser.asked).toHaveLength(2);
  });

  it('stays as it is when the person says no', async () => {
    const agent = await withAdviser(scriptedAdviser(worthIt, allTasks));
    const opened = await alert(agent);
    const request = await question(agent, opened);
    await agent.api(`/approvals/${request.id}`, { answer: 'rejected', by: 'ann', planHash: request.planHash });
    expect((await agent.closed(opened)).outcome).toBe('escalated');
    expect(agent.world.effects).toEqual([]);
  });

  it.each([
    ['triage finds it not worth a look', [{ says: { isWorthIt: false, reason: 'Nothing to see.' } }], 'not-worth-it', 1],
    ['none of the claims is borne out', [worthIt, pick(0)], 'nothing', 2],
    ['the pick cites nothing that was shown', [worthIt, pick(1, ['E99'])], 'nothing', 2],
    ['the pick is on no list', [worthIt, pick(999)], 'no-opinion', 2],
    ['nobody answers', [worthIt, { none: 'stuck' }], 'no-opinion', 2],
    ['triage does not answer either', [{ none: 'timeout' }], 'no-opinion', 2],
  ] as const)('ends as the rules end it when %s', async (_, said, result, questions) => {
    const adviser = scriptedAdviser(...said);
    const agent = await withAdviser(adviser);
    const incident = await agent.closed(await alert(agent));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringMatching(/^inconclusive: No rule explains/) });
    expect(adviser.asked).toHaveLength(questions);
    expect(await investigated(agent, incident)).toMatchObject([{ result, ranked: [] }]);
    expect(agent.world.effects).toEqual([]);
  });

  it.each(['observe', 'suggest'] as const)('goes to a person, who is not asked for a yes, at the level %s', async (level) => {
    const agent = await withAdviser(scriptedAdviser(worthIt, allTasks), { policy: { autonomy: { default: level, byAction: {} } } });
    const incident = await agent.closed(await alert(agent));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('cannot be asked for') });
    const rows = await agent.timeline(incident);
    // What a model proposed earns nothing, neither a shadow nor a level.
    expect(rows.map(({ event }) => event)).not.toContain('shadow-kept');
    expect((await agent.state(incident)).decided).toMatchObject({ hypothesis: null, plan: null });
  });

  it('goes to a person when nobody may say yes', async () => {
    const agent = await withAdviser(scriptedAdviser(worthIt, allTasks), {
      policy: { approval: { people: {}, groups: {}, approvers: [], byAction: {}, byService: {} } },
    });
    const incident = await agent.closed(await alert(agent));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('could not be asked for') });
    expect((await agent.state(incident)).decided).toMatchObject({ hypothesis: null, plan: null });
  });

  it('may be looked at by the model at the sources it is offered; what it finds is kept and can be cited', async () => {
    const adviser = scriptedAdviser(worthIt);
    const looking: ScriptedAdviser = {
      ...adviser,
      async investigate(investigation) {
        const [tool] = investigation.tools;
        const found = await tool?.read({ source: 'ecs', service: 'cart', window: 'last-quarter-hour' }, investigation.signal);
        const name = /^evidence (E\d+)\n/.exec(found ?? '')?.[1] ?? 'nothing';
        return scriptedAdviser(pick(3, [name])).ask(investigation);
      },
    };
    const agent = await withAdviser(looking);
    const opened = await alert(agent);
    const { hypothesis } = await question(agent, opened);
    const [detail] = await investigated(agent, opened);
    expect(detail).toMatchObject({ looks: [{ source: 'ecs', service: 'cart', window: 'last-quarter-hour' }] });
    const [look] = (detail as { looks: { evidence: string }[] }).looks;
    expect(hypothesis?.evidence).toEqual([look?.evidence]);
    // Policy judges by what the analyst saw, whatever a model ordered.
    expect((await agent.state(opened)).evidenceIds).not.toContain(look?.evidence);
  });
});

it('a run that version 1 of the graph began goes on', async () => {
  const agent = await start(unexplainedErrors, {
    opensWithVersion: '1',
    deps: (deps) => ({ ...deps, adviser: scriptedAdviser(worthIt, allTasks) }),
  });
  const opened = await alert(agent);
  expect((await question(agent, opened)).hypothesis?.proposedBy).toBe('model');
  expect((await agent.get(opened)).graphVersion).toBe('1');
});
