/** The question of the narrator, asked as the product asks it: masked, fenced, in each vendor's own format. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { NodeDependencies } from '../graph/dependencies.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { type ModelServer, startModelServer } from '../testing/llm/model-server.ts';
import { modelsOnTheWire } from '../testing/llm/models-on-the-wire.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { openTempStore } from '../testing/temp-store.ts';
import { createNarrator } from './narrator.ts';

const { start } = agentsOfTest();
const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOFTHETESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-tests');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

it.each(['openai', 'compatible', 'bedrock', 'anthropic', 'google'])(
  'is answered by %s, cites evidence, and shows it no secret',
  async (provider) => {
    const text = 'The requests to checkout fail since its release of two minutes ago.';
    server.play(() => ({ kind: 'answer', value: { statements: [{ text, evidence: ['E1', 'E2'] }] } }));
    const temp = await openTempStore();
    let deps: NodeDependencies | undefined;
    const agent = await start(
      (done, cluster) => badDeploymentCured(done, cluster).log('checkout', `no charge with token ${secret}`, 40, 0),
      {
        path: temp.path,
        policy: { autonomy: { default: 'auto', byAction: {} } },
        deps: (own) => {
          deps = own;
          return own;
        },
      },
    );
    try {
      if (!deps) throw new Error('the agent has no dependencies');
      const chain = [`${provider}:some-model`];
      const { adviser } = modelsOnTheWire(server, temp.store, deps, { analysis: chain, report: chain });
      const { metrics, narrations } = agent;
      const narrator = createNarrator({ ...deps, adviser, metrics, narrations });
      await narrator.look();
      const { id } = await agent.closed(await agent.alert('checkout'));
      const before = server.journal.length;
      await narrator.look();
      expect(await narrations.ofIncident(id)).toMatchObject([
        {
          kind: 'explanation',
          state: 'told',
          struck: 0,
          model: chain[0],
          statements: [{ text, evidence: [expect.any(String), expect.any(String)] }],
        },
        { kind: 'summary', state: 'told', model: chain[0] },
      ]);
      const sent = server.journal.slice(before).map((request) => JSON.stringify(request));
      expect(sent).toHaveLength(2);
      for (const request of sent) {
        expect(request).toMatch(/evidence E1, prometheus: found/);
        expect(request).toContain('no charge with token');
        expect(request).not.toContain(secret);
      }
    } finally {
      await agent.stop();
      await temp.remove();
    }
  },
);
