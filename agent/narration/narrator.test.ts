import { describe, expect, it } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import type { Advice, Adviser, NoAdvice, Question, Role } from '../llm/adviser.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, silent } from '../testing/scenes.ts';
import type { Scene } from '../testing/world.ts';
import { createNarrator, type Narrator } from './narrator.ts';

const { start } = agentsOfTest();
const spent = { inputTokens: 10, outputTokens: 5, costUsd: 0.001 };
const words = { statements: [{ text: 'A third of the requests to checkout fail.', evidence: ['E1', 'E99'] }] };

type Says = (question: Omit<Question<unknown>, 'schema'>) => unknown;

interface FakeAdviser extends Adviser {
  asked: Omit<Question<unknown>, 'schema'>[];
  on: Role[];
}

/** Answers what it is told to; an `Error` is no answer. */
function adviserThat(says: Says): FakeAdviser {
  const adviser: FakeAdviser = {
    asked: [],
    on: ['analysis', 'report'],
    isOn: (role) => adviser.on.includes(role),
    async ask<Value>(question: Question<Value>): Promise<Advice<Value>> {
      adviser.asked.push(question);
      const said = says(question);
      const none = (why: NoAdvice, reason: string): Advice<never> => ({ kind: 'none', why, reason, spent, attempts: [], looks: [] });
      if (said instanceof Error) return none('unreachable', said.message);
      const { success, data } = question.schema.safeParse(said);
      return success
        ? { kind: 'answer', value: data, model: 'test:words', spent, attempts: [], looks: [] }
        : none('malformed', 'not the schema');
    },
    investigate: () => Promise.reject(new Error('nothing is investigated for words')),
  };
  return adviser;
}

interface Narrating extends TestAgent {
  deps: NodeDependencies;
  adviser: FakeAdviser;
  narrator: Narrator;
  /** Another replica's. */
  another(): Narrator;
  incident: Incident;
}

/** An incident that is closed, and a narrator that has read the trail from its beginning. */
async function narrating(
  scene: Scene,
  says: Says,
  over: (deps: NodeDependencies) => Partial<NodeDependencies> = () => ({}),
): Promise<Narrating> {
  let deps: NodeDependencies | undefined;
  const agent = await start(scene, {
    policy: { autonomy: { default: 'auto', byAction: {} } },
    deps: (own) => {
      deps = own;
      return own;
    },
  });
  if (!deps) throw new Error('the agent has no dependencies');
  const adviser = adviserThat(says);
  const all = { ...deps, ...over(deps), adviser, metrics: agent.metrics, narrations: agent.narrations };
  const narrator = createNarrator(all);
  await narrator.look();
  const incident = await agent.closed(await agent.alert('checkout'));
  return { ...agent, deps, adviser, narrator, another: () => createNarrator(all), incident };
}

async function rounds({ clock, narrator }: Pick<Narrating, 'clock' | 'narrator'>, count: number, pauseMs: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await narrator.look();
    await clock.advance(pauseMs);
  }
}

describe('the narrator', () => {
  it('has what was found explained and the end summed up, and keeps what cites evidence', async () => {
    const { narrator, narrations, incident, adviser, timeline } = await narrating(badDeploymentCured, () => words);
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([
      { kind: 'explanation', subject: 'bad-deployment in checkout', state: 'told', model: 'test:words', struck: 1 },
      { kind: 'summary', state: 'told', statements: [{ text: words.statements[0]?.text, evidence: [expect.any(String)] }] },
    ]);
    expect(adviser.asked.map(({ role, purpose, incidentId }) => [role, purpose, incidentId]).sort()).toEqual([
      ['analysis', 'explain-diagnosis', incident.id],
      ['report', 'summarise-incident', incident.id],
    ]);
    expect((await timeline(incident)).filter(({ event }) => event === 'narrated')).toHaveLength(2);
  });

  it('says in its instructions nothing that somebody else wrote, and shows what was found, cited by short names', async () => {
    const { narrator, adviser } = await narrating(badDeploymentCured, () => words);
    await narrator.look();
    const explanation = adviser.asked.find(({ role }) => role === 'analysis');
    expect(explanation?.instructions).not.toMatch(/checkout|HighErrorRatio/);
    for (const { label } of explanation?.material ?? []) expect(label).not.toMatch(/checkout|HighErrorRatio/);
    const shown = Object.fromEntries(explanation?.material.map(({ label, text }) => [label, text]) ?? []);
    expect(shown['the incident']).toContain('HighErrorRatio');
    expect(shown['what the rules found']).toMatch(/"cause":"bad-deployment".*"evidence":\["E\d"/);
    expect(shown['evidence E1, prometheus: found']).toContain('error-ratio');
    expect(JSON.stringify(explanation?.material)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/);
  });

  it('asks about a claim once, however often it is found', async () => {
    const { narrator, adviser, clock } = await narrating(badDeployment, () => words);
    await rounds({ narrator, clock }, 5, 60_000);
    expect(adviser.asked).toHaveLength(2);
  });

  it('asks once of two replicas', async () => {
    const { narrator, another, adviser } = await narrating(badDeploymentCured, () => words);
    await Promise.all([narrator.look(), another().look()]);
    expect(adviser.asked).toHaveLength(2);
  });

  it('throws away what cites no evidence, and asks three times in all', async () => {
    const invented = { statements: [{ text: 'The database is down.', evidence: ['E77'] }] };
    const { narrator, narrations, adviser, incident, clock } = await narrating(badDeploymentCured, () => invented);
    await rounds({ narrator, clock }, 10, 150_000);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([
      { state: 'given-up', statements: [], reason: 'test:words cited no evidence that exists' },
      { state: 'given-up', statements: [] },
    ]);
    expect(adviser.asked).toHaveLength(6);
  });

  it('tries again when nobody answers, and tells when somebody does', async () => {
    let calls = 0;
    const lateWords = () => (++calls <= 2 ? new Error('no answer') : words);
    const { narrator, narrations, incident, clock } = await narrating(badDeploymentCured, lateWords);
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'wanted', reason: 'no answer' }, { state: 'wanted' }]);
    await clock.advance(30_000);
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'told' }, { state: 'told' }]);
  });

  it('asks nobody when there is nothing to cite', async () => {
    const nothing = ({ evidence }: NodeDependencies) => ({ evidence: { ...evidence, get: async () => [] } });
    const { narrator, narrations, adviser, incident } = await narrating(silent, () => words, nothing);
    await narrator.look();
    expect(adviser.asked).toEqual([]);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'given-up', reason: 'there is no evidence to cite' }, {}]);
  });

  it('tells nobody of what is an hour old', async () => {
    const { narrator, another, narrations, adviser, incident, clock } = await narrating(badDeploymentCured, () => new Error('no answer'));
    await narrator.look();
    await clock.advance(3_600_001);
    await narrator.look();
    expect(adviser.asked).toHaveLength(2);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'given-up' }, { state: 'given-up' }]);
    await another().look();
    expect(adviser.asked).toHaveLength(2);
  });

  it('reads nothing and writes nothing while nobody would be asked', async () => {
    const agent = await narrating(badDeploymentCured, () => words);
    agent.adviser.on = [];
    const broken = new Proxy(agent.narrations, { get: () => () => Promise.reject(new Error('it was used')) });
    const blind = createNarrator({ ...agent.deps, adviser: agent.adviser, metrics: agent.metrics, narrations: broken });
    await blind.look();
    expect(agent.adviser.asked).toEqual([]);
  });

  it('asks for one kind only when the other has no chain', async () => {
    const { narrator, narrations, adviser, incident } = await narrating(badDeploymentCured, () => words);
    adviser.on = ['report'];
    await narrator.look();
    expect(adviser.asked.map(({ role }) => role)).toEqual(['report']);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ kind: 'explanation', state: 'wanted' }, { state: 'told' }]);
  });

  it('goes on with the others when one cannot be read', async () => {
    const { narrator, narrations, incident, another } = await narrating(badDeploymentCured, ({ role }) => {
      if (role === 'analysis') throw new Error('a bug');
      return words;
    });
    await narrator.look();
    await another().look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'wanted', reason: 'a bug' }, { state: 'told' }]);
  });

  it('ends with the process, and leaves what it was told too late to the next one', async () => {
    const stopped = await narrating(badDeploymentCured, () => words);
    stopped.narrator.start();
    await stopped.narrator.stop();
    expect(await stopped.narrations.ofIncident(stopped.incident.id)).toHaveLength(2);
  });
});
