/**
 * R21: whole incidents while every model of the chains goes wrong, each in a way of its own, over the vendors' true wire formats. The incident goes
 * as it goes without models: the same verdicts, the same changes, the same end.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { startAgent } from '../testing/agent.ts';
import { campaign } from '../testing/campaign.ts';
import { misbehaviours } from '../testing/llm/misbehaviours.ts';
import { type ModelServer, startModelServer } from '../testing/llm/model-server.ts';
import { modelsOnTheWire, type WireModels } from '../testing/llm/models-on-the-wire.ts';
import { badDeploymentCured, badDeploymentNotCured, healthy, silent, slowCart, unexplained } from '../testing/scenes.ts';
import { openTempStore } from '../testing/temp-store.ts';
import { createWorld, type Scene } from '../testing/world.ts';

const scenes = { badDeploymentCured, badDeploymentNotCured, slowCart, healthy, silent, unexplained } satisfies Record<string, Scene>;
type SceneName = keyof typeof scenes;

/** What a person would notice of an incident. */
interface Story {
  verdicts: unknown[];
  changes: unknown[];
  end: unknown;
}

interface Told extends Story {
  asked: number;
  /** Of all questions before the last verdict together, by the agent's clock. */
  thinkingSeconds: number;
  /** Of all calls but the dearest, which may be the one too much. */
  costUsd: number;
}

/** Of one incident, by the settings' defaults. */
const ceilingUsd = 0.5;

const conduct = fc.record({
  provider: fc.constantFrom('openai', 'compatible', 'bedrock', 'anthropic', 'google'),
  way: fc.constantFrom(...misbehaviours.keys()),
});
const oneRun = fc.record({
  scene: fc.constantFrom<SceneName>(
    'badDeploymentCured',
    'badDeploymentNotCured',
    'slowCart',
    'healthy',
    'silent',
    'unexplained',
    'unexplained',
  ),
  first: conduct,
  second: conduct,
});

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

async function tell(scene: SceneName, chain: readonly string[]): Promise<Told> {
  const temp = await openTempStore();
  let models: WireModels | undefined;
  const agent = await startAgent({
    path: temp.path,
    world: createWorld(scenes[scene]),
    deps(own) {
      models = modelsOnTheWire(server, temp.store, own, { triage: chain, analysis: chain, audit: chain });
      return { ...own, adviser: models.adviser };
    },
  });
  try {
    const opened = await agent.alert(scene === 'slowCart' ? 'cart' : 'checkout', scene === 'slowCart' ? 'HighLatency' : undefined);
    await agent.until(async () => {
      await models?.settled();
      return (await agent.get(opened)).status === 'closed';
    });
    const incident = await agent.get(opened);
    const rows = await agent.timeline(incident);
    expect((await agent.trail.verify()).brokenAt).toBeNull();
    const asked = rows.filter(({ event }) => event === 'model-asked');
    return {
      verdicts: rows.filter(({ event }) => event === 'verdict').map(({ detail }) => whatCounts(detail)),
      changes: [...agent.world.effects],
      end: { outcome: incident.outcome, reason: incident.outcomeReason },
      asked: asked.length,
      thinkingSeconds: (models?.tookMs ?? []).reduce((sum, ms) => sum + ms, 0) / 1000,
      costUsd: allButDearest(await temp.raw('select cost_nano from model_call')),
    };
  } finally {
    await agent.stop();
    await temp.remove();
  }
}

function allButDearest(calls: readonly Record<string, unknown>[]): number {
  const costs = calls.map(({ cost_nano: nano }) => Number(nano) / 1e9);
  return costs.reduce((sum, cost) => sum + cost, 0) - Math.max(0, ...costs);
}

/** Of a verdict all but times and ids. */
function whatCounts({ kind, reason, round, plan, hypothesis, considered }: Record<string, unknown>): unknown {
  const { action, params } = (plan ?? {}) as { action?: string; params?: unknown };
  const { cause, service, confidence } = (hypothesis ?? {}) as Record<string, unknown>;
  return { kind, reason, round, action, params, cause, service, confidence, considered };
}

campaign(
  {
    id: 'R21',
    title: 'models that are silent, drip, flood, loop, babble or refuse change nothing of what is decided',
    store: 'sqlite',
    runs: { ci: 40, lab: 500 },
  },
  async (run) => {
    const ruleOnly = new Map<SceneName, Told>();
    for (const scene of Object.keys(scenes) as SceneName[]) ruleOnly.set(scene, await tell(scene, []));
    const sums = { asked: 0, longest: 0, dearest: 0, questions: 0 };
    const ways = new Set<string>();
    for (const { scene, first, second } of run.sample(oneRun, run.runs)) {
      await run.attempt(`${scene}; ${first.provider}: ${first.way}; ${second.provider}: ${second.way}`, async () => {
        server.play((asked) => misbehaviours.get(asked.model === 'first' ? first.way : second.way)?.(asked) ?? expect.unreachable());
        const told = await tell(scene, [`${first.provider}:first`, `${second.provider}:second`]);
        const without = ruleOnly.get(scene);
        expect(told.verdicts).toEqual(without?.verdicts);
        expect(told.changes).toEqual(without?.changes);
        expect(told.end).toEqual(without?.end);
        expect(told.thinkingSeconds, 'seconds spent on models').toBeLessThanOrEqual(60);
        expect(told.costUsd, 'US dollars').toBeLessThanOrEqual(ceilingUsd);
        if (told.asked > 0) ways.add(first.way);
        sums.asked += server.journal.length;
        sums.questions += told.asked;
        sums.longest = Math.max(sums.longest, told.thinkingSeconds);
        sums.dearest = Math.max(sums.dearest, told.costUsd);
      });
    }
    // Models that are never asked would change nothing, either.
    expect(sums.asked).toBeGreaterThan(run.runs);
    if (run.isLab) expect([...ways].sort()).toEqual([...misbehaviours.keys()].sort());
    run.measure('questions', sums.questions);
    run.measure('requests to models', sums.asked);
    run.measure('most seconds spent on models in one incident', sums.longest);
    run.measure('dearest incident without its dearest call, US dollars', sums.dearest);
  },
);
