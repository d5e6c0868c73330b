import { expect, it } from 'vitest';
import type { IncidentBrief } from '../action/action.ts';
import { EvidenceId, IncidentId } from '../domain/ids.ts';
import type { Narration } from '../narration/store.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment } from '../testing/scenes.ts';
import { scriptedAdviser } from '../testing/scripted-adviser.ts';
import { createWorld, fakeAction, fakeCatalog } from '../testing/world.ts';

const { start } = agentsOfTest();
const words: Narration = {
  seq: 1,
  incidentId: IncidentId.parse('incident-1'),
  kind: 'explanation',
  subject: 'bad-deployment in checkout',
  state: 'told',
  statements: [{ text: 'A third of the requests fail.', evidence: [EvidenceId.parse('0b6d1c1e-8f5c')] }],
  struck: 0,
  model: 'test:words',
  reason: '',
  wantedAt: '2026-01-01T00:00:00.000Z',
  toldAt: '2026-01-01T00:00:00.000Z',
};
const aLine = ['A third of the requests fail. (evidence 0b6d1c1e)'];

interface Case {
  said: () => Promise<Narration[]>;
  isOn?: boolean;
  needsApproval?: string;
}

/** What an action that tells people was given, where nothing may be mended. */
async function givenToTell({ said, isOn = true, needsApproval }: Case): Promise<IncidentBrief['explanation'][]> {
  const world = createWorld(badDeployment);
  const tell = fakeAction(world, { id: 'open-issue', cures: ['bad-deployment'], purpose: 'tell' });
  const given: IncidentBrief['explanation'][] = [];
  const spying = {
    ...tell,
    ...(needsApproval === undefined ? {} : { needsApproval }),
    propose: (...[hypothesis, target, facts, incident]: Parameters<typeof tell.propose>) => {
      given.push(incident.explanation);
      return tell.propose(hypothesis, target, facts, incident);
    },
  };
  const adviser = scriptedAdviser({ none: 'unreachable' });
  if (!isOn) adviser.roles = new Set();
  const agent = await start(world, {
    catalog: [...fakeCatalog(world), spying],
    policy: {
      autonomy: { default: 'observe', byAction: { 'open-issue': 'auto' } },
      flags: { 'roll-back-deployment': true, 'open-issue': true },
    },
    deps: (deps) => ({ ...deps, adviser, narrations: { ofIncident: said } }),
  });
  await agent.closed(await agent.alert('checkout'));
  return given;
}

it('hands over with what a model said of the claim by then', async () => {
  expect(await givenToTell({ said: async () => [words] })).toEqual([aLine]);
});

it.each<[string, Case]>([
  ['about another claim', { said: async () => [{ ...words, subject: 'overload in checkout' }] }],
  ['that nobody has said yet', { said: async () => [{ ...words, state: 'wanted', statements: [] }] }],
  ['that cannot be read', { said: () => Promise.reject(new Error('no such table')) }],
  ['while no model is asked', { said: async () => [words], isOn: false }],
  ['where a person has to agree to the very plan', { said: async () => [words], needsApproval: 'it writes code' }],
])('hands over without words %s', async (_, one) => {
  const given = await givenToTell(one);
  expect(given.length).toBeGreaterThan(0);
  for (const explanation of given) expect(explanation).toBeUndefined();
});
