import { expect, it } from 'vitest';
import type { Action } from '../action/action.ts';
import type { Fact } from '../domain/evidence.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { onset } from '../testing/diagnosis-case.ts';
import { leakOf, plantedKinds, plantedSecrets } from '../testing/planted-secrets.ts';
import { badDeploymentCured, healthy } from '../testing/scenes.ts';
import { createWorld, fakeCatalog } from '../testing/world.ts';
import { readBundle } from './bundle.ts';
import { replay } from './replay.ts';

const { start } = agentsOfTest();
const planted = plantedSecrets(3, 20_261_122);
const lines = planted.map(({ line }) => line);

/** As a source hands them over that took nothing out. */
const leaky: EvidenceSource = {
  id: 'loki',
  async ask({ purpose }) {
    const facts = lines.map(
      (line, at): Fact => ({
        kind: 'log-pattern',
        service: 'checkout',
        level: 'error',
        template: `${purpose} ${at} ${line}`,
        sample: line,
        count: 5,
        countBefore: 0,
        firstAt: onset,
        taskIds: [],
      }),
    );
    return { status: 'found', question: lines.join('\n'), detail: lines.join('; '), facts };
  },
};

it('a bundle holds no secret of any kind, in whatever strangers say and wherever it is kept, and is played all the same', async () => {
  expect(planted.length).toBe(3 * plantedKinds.length);
  const world = createWorld(badDeploymentCured);
  world.sources.push(leaky);
  const catalog = fakeCatalog(world).map(
    (action): Action => ({
      ...action,
      execute: async (plan, effect) => {
        const { detail, ...outcome } = await action.execute(plan, effect);
        // The state of a run stays small.
        return { ...outcome, detail: [detail, ...lines.slice(0, 10)].join('; ') };
      },
    }),
  );
  const policy = { requiredSources: ['prometheus', 'ecs', 'loki'] };
  const agent = await start(world, { catalog, policy });
  const labels = Object.fromEntries(lines.map((line, at) => [`note_${at}`, line]));
  const incident = await agent.closed(await agent.alert('checkout', 'HighErrorRatio', 'shop', labels));
  const text = JSON.stringify((await agent.api(`/incidents/${incident.id}/bundle`)).body);
  // Whole looks of the verification are in it, and what was planted is told from them.
  expect(text).toContain('verification 0 ');
  for (const one of planted) expect([one.kind, leakOf(one, text)]).toEqual([one.kind, null]);
  const played = await replay(readBundle(text), { catalogOf: () => fakeCatalog(createWorld(healthy)) });
  expect(played).toMatchObject({ isSame: true, stopped: null });
});
