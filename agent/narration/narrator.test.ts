import { describe, expect, it, vi } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import type { Role } from '../llm/adviser.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, silent } from '../testing/scenes.ts';
import { type Answering, type Said, type ScriptedAdviser, scriptedAdviser } from '../testing/scripted-adviser.ts';
import type { Scene } from '../testing/world.ts';
import { createNarrator, type Narrator } from './narrator.ts';

const { start } = agentsOfTest();
const words = { statements: [{ text: 'A third of the requests to checkout fail.', evidence: ['E1', 'E99'] }] };
const both: ReadonlySet<Role> = new Set(['analysis', 'report']);

interface Narrating extends TestAgent {
  deps: NodeDependencies;
  adviser: ScriptedAdviser;
  narrator: Narrator;
  /** Another replica's. */
  another(): Narrator;
  incident: Incident;
}

/** An incident that is closed, and a narrator that has read the trail from its beginning. */
async function narrating(
  scene: Scene,
  says: Answering,
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
  const adviser = scriptedAdviser(says);
  adviser.roles = both;
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
    const { narrator, narrations, incident, adviser, timeline } = await narrating(badDeploymentCured, { says: words });
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([
      { kind: 'explanation', subject: 'bad-deployment in checkout', state: 'told', model: 'scripted:test', struck: 1 },
      { kind: 'summary', state: 'told', statements: [{ text: words.statements[0]?.text, evidence: [expect.any(String)] }] },
    ]);
    expect(adviser.asked.map(({ role, purpose, incidentId }) => [role, purpose, incidentId]).sort()).toEqual([
      ['analysis', 'explain-diagnosis', incident.id],
      ['report', 'summarise-incident', incident.id],
    ]);
    expect((await timeline(incident)).filter(({ event }) => event === 'narrated')).toHaveLength(2);
  });

  it('says in its instructions nothing that somebody else wrote, and shows what was found, cited by short names', async () => {
    const { narrator, adviser } = await narrating(badDeploymentCured, { says: words });
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
    const { narrator, adviser, clock } = await narrating(badDeployment, { says: words });
    await rounds({ narrator, clock }, 5, 60_000);
    expect(adviser.asked).toHaveLength(2);
  });

  it('asks once of two replicas', async () => {
    const { narrator, another, adviser } = await narrating(badDeploymentCured, { says: words });
    await Promise.all([narrator.look(), another().look()]);
    expect(adviser.asked).toHaveLength(2);
  });

  it('throws away what cites no evidence, and asks three times in all', async () => {
    const invented = { statements: [{ text: 'The database is down.', evidence: ['E77'] }] };
    const { narrator, narrations, adviser, incident, clock } = await narrating(badDeploymentCured, { says: invented });
    await rounds({ narrator, clock }, 10, 150_000);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([
      { state: 'given-up', statements: [], reason: 'scripted:test cited no evidence that exists' },
      { state: 'given-up', statements: [] },
    ]);
    expect(adviser.asked).toHaveLength(6);
  });

  it('tries again when nobody answers, and tells when somebody does', async () => {
    let calls = 0;
    const lateWords = (): Said => (++calls <= 2 ? { none: 'unreachable' } : { says: words });
    const { narrator, narrations, incident, clock } = await narrating(badDeploymentCured, lateWords);
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([
      { state: 'wanted', reason: 'The model was unreachable.' },
      { state: 'wanted' },
    ]);
    await clock.advance(30_000);
    await narrator.look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'told' }, { state: 'told' }]);
  });

  it('asks nobody when there is nothing to cite', async () => {
    const nothing = ({ evidence }: NodeDependencies) => ({ evidence: { ...evidence, get: async () => [] } });
    const { narrator, narrations, adviser, incident } = await narrating(silent, { says: words }, nothing);
    await narrator.look();
    expect(adviser.asked).toEqual([]);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'given-up', reason: 'there is no evidence to cite' }, {}]);
  });

  it('tells nobody of what is an hour old', async () => {
    const { narrator, another, narrations, adviser, incident, clock } = await narrating(badDeploymentCured, { none: 'unreachable' });
    await narrator.look();
    await clock.advance(3_600_001);
    await narrator.look();
    expect(adviser.asked).toHaveLength(2);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'given-up' }, { state: 'given-up' }]);
    await another().look();
    expect(adviser.asked).toHaveLength(2);
  });

  it('reads nothing and writes nothing while nobody would be asked', async () => {
    const agent = await narrating(badDeploymentCured, { says: words });
    agent.adviser.roles = new Set();
    const broken = new Proxy(agent.narrations, { get: () => () => Promise.reject(new Error('it was used')) });
    const blind = createNarrator({ ...agent.deps, adviser: agent.adviser, metrics: agent.metrics, narrations: broken });
    await blind.look();
    expect(agent.adviser.asked).toEqual([]);
  });

  it('asks for one kind only when the other has no chain', async () => {
    const { narrator, narrations, adviser, incident } = await narrating(badDeploymentCured, { says: words });
    adviser.roles = new Set<Role>(['report']);
    await narrator.look();
    expect(adviser.asked.map(({ role }) => role)).toEqual(['report']);
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ kind: 'explanation', state: 'wanted' }, { state: 'told' }]);
  });

  it('goes on with the others when one cannot be read', async () => {
    const { narrator, narrations, incident, another } = await narrating(badDeploymentCured, ({ role }) => {
      if (role === 'analysis') throw new Error('a bug');
      return { says: words };
    });
    await narrator.look();
    await another().look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'wanted', reason: 'a bug' }, { state: 'told' }]);
  });

  it('ends with the process, and leaves what it was asking to the next one', async () => {
    const untilStopped: Answering = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ none: 'unreachable' }), { once: true }));
    const { narrator, narrations, incident, adviser, deps, metrics } = await narrating(badDeploymentCured, untilStopped);
    narrator.start();
    await vi.waitUntil(() => adviser.asked.length === 2);
    await narrator.stop();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'wanted' }, { state: 'wanted' }]);
    const next = scriptedAdviser({ says: words });
    await createNarrator({ ...deps, adviser: next, metrics, narrations }).look();
    expect(await narrations.ofIncident(incident.id)).toMatchObject([{ state: 'told' }, { state: 'told' }]);
  });
});
