/** The models of an agent of the tests as the product composes them, with a stand-in of their providers at the other end of true connections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { settingsSchema } from '../../config/settings.ts';
import type { NodeDependencies } from '../../graph/dependencies.ts';
import type { Adviser } from '../../llm/adviser.ts';
import type { ChainList } from '../../llm/chain/chains.ts';
import { createModelsApp } from '../../models-app.ts';
import type { Store } from '../../storage/store.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import type { ModelServer } from './model-server.ts';

/** Known prices for every stand-in: dollars per million tokens. */
const price = { inputUsd: 1, outputUsd: 5 };

/** `elsewhere`: providers that are at another address than the rest. */
export function llmSettingsAt(url: string, more: Record<string, unknown> = {}, elsewhere: Readonly<Record<string, string>> = {}) {
  const apiKey = 'key-of-the-tests';
  const at = (id: string) => elsewhere[id] ?? url;
  const provider = {
    openai: { apiKey, url: `${at('openai')}/v1` },
    compatible: { url: `${at('compatible')}/v1` },
    bedrock: { region: 'eu-west-1', url: at('bedrock') },
    anthropic: { apiKey, url: at('anthropic') },
    google: { apiKey, url: at('google') },
  };
  const prices = Object.fromEntries(Object.keys(provider).map((id) => [`${id}:*`, price]));
  return settingsSchema.shape.llm.parse({ provider, budget: { prices }, ...more });
}

export interface WireModels {
  adviser: Adviser;
  metrics: Metrics;
  /** What each question took by the agent's clock, milliseconds. */
  tookMs: number[];
  /** Resolves when nothing is under way that does not wait for the agent's clock. */
  settled(): Promise<void>;
}

/** For `deps` of an agent, whose clock and trail are taken over. */
export function modelsOnTheWire(server: ModelServer, store: Store, deps: NodeDependencies, chains: Partial<ChainList>): WireModels {
  const { clock, logger, trail, newId } = deps;
  const metrics = createMetrics(async () => ({}));
  const settings = llmSettingsAt(server.url, { chains });
  const { adviser } = createModelsApp(settings, { store, clock, logger, metrics, trail, newId });
  const tookMs: number[] = [];
  let asking = 0;

  async function timed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const beganMs = clock.monotonicMs();
    asking += 1;
    try {
      return await ask();
    } finally {
      asking -= 1;
      tookMs.push(clock.monotonicMs() - beganMs);
    }
  }

  return {
    adviser: {
      isOn: adviser.isOn,
      ask: (question) => timed(() => adviser.ask(question)),
      investigate: (investigation) => timed(() => adviser.investigate(investigation)),
    },
    metrics,
    tookMs,
    async settled() {
      // An answer that is on its way arrives before the clock moves; one that never comes waits for the clock.
      const giveUpAt = performance.now() + 10_000;
      while (asking > 0 && server.held() === 0 && performance.now() < giveUpAt) await sleep(1);
    },
  };
}
