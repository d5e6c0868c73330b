/** The whole way of one edit: through the chain as the product composes it, masked, over the wire to a stand-in and back, into a pull request. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IncidentId } from '../../domain/ids.ts';
import type { NodeDependencies } from '../../graph/dependencies.ts';
import { createAuditTrail } from '../../storage/audit-trail.ts';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { createPatchDraftStore } from '../../storage/patch-draft-store.ts';
import { systemClock } from '../../system-clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { type ModelServer, startModelServer } from '../../testing/llm/model-server.ts';
import { modelsOnTheWire } from '../../testing/llm/models-on-the-wire.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../../testing/temp-store.ts';
import { created, depsless, planned } from '../action.contract.ts';
import { proposePatch } from './index.ts';

const path = 'services/checkout/quote.ts';
const text = `// Asks ada@shop.example's service.
const key = 'AKIAIOSFODNN7EXAMPLE';
export const quote = () => ask('https://prices.eu.shop.internal/quote', 20);
`;
let github: GithubRepository;
let models: ModelServer;
let temp: TempStore;

beforeEach(async () => {
  [github, models, temp] = await Promise.all([startGithubRepository(), startModelServer(), openTempStore()]);
  github.checks.push({ name: 'test', status: 'completed', conclusion: 'success' });
  await createIncidentStore(temp.store, systemClock, countingIds('incident')).receive([receivedAlert()]);
});
afterEach(async () => {
  await Promise.all([github.close(), models.close()]);
  await temp.remove();
});

it.each(['openai:gpt-5-mini', 'anthropic:some-model', 'google:some-model'])(
  'is written by %s, which sees neither hosts nor people nor secrets',
  async (model) => {
    github.commit('main', 'Begin', { [path]: text.replace('20', '3000') });
    const bad = github.commit('main', 'Ask faster', { [path]: text });
    models.play(({ texts }) => {
      // It quotes the line as it was shown, masks and all.
      const [line = 'no line'] = /ask\(.*\)/.exec(texts.join('\n')) ?? [];
      const edits = [{ file: 1, search: line, replace: line.replace('20', '2000') }];
      return { kind: 'answer', value: { reason: 'The call gives up before the service answers.', edits } };
    });
    const trail = createAuditTrail(temp.store);
    const wired = {
      clock: systemClock,
      logger: createLogger('silent'),
      trail,
      newId: () => crypto.randomUUID(),
    } as unknown as NodeDependencies;
    const { adviser } = modelsOnTheWire(models, temp.store, wired, { patch: [model] });
    const drafts = createPatchDraftStore(temp.store, systemClock);
    const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
    const action = created(proposePatch, { ...depsless, clock, github: githubAccess(github.url), adviser, drafts });
    const incident = { ...incidentBrief, id: IncidentId.parse('incident-1') };
    const params = action.propose(blaming(bad), { cluster: 'shop', service: 'checkout' }, [changeFact(bad)], incident);
    const plan = await planned(action, params as Record<string, unknown>);
    expect(await planned(action, params as Record<string, unknown>)).toEqual(plan);
    expect(models.journal).toHaveLength(1);
    expect(models.journal[0]?.body).toContain('/quote');
    expect(models.journal[0]?.body).not.toMatch(/shop\.internal|ada@|AKIA/);
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'yes' });
    expect(github.filesOf(String(plan.snapshot.branch))[path]).toBe(text.replace('20', '2000'));
    const asked = (await trail.list({ incidentId: IncidentId.parse('incident-1') })).filter(({ event }) => event === 'model-asked');
    expect(asked).toMatchObject([{ detail: { role: 'patch', purpose: 'propose-patch' } }]);
    expect(JSON.stringify(asked)).not.toContain('ask(');
  },
);
