/** Chains of models over a real store for agents of the tests: models of the provider `test` can be asked, no others. */
import type { ModelsDependencies } from '../api/models.ts';
import type { Clock } from '../domain/clock.ts';
import { createBreakers } from '../llm/chain/breaker.ts';
import { type ChainList, createChains } from '../llm/chain/chains.ts';
import { createModelChainStore } from '../storage/model-chain-store.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export const noChains: ChainList = { triage: [], analysis: [], audit: [], report: [], patch: [] };

export function testChains(
  deps: { store: Store; clock: Clock; logger: Logger; metrics: Metrics },
  settings: Partial<ChainList> = {},
): ModelsDependencies {
  const { store, clock, metrics } = deps;
  const problemOf = (name: string) => (name.startsWith('test:') ? undefined : `there is no provider for ${name}`);
  const chains = createChains({ ...noChains, ...settings }, { ...deps, store: createModelChainStore(store, clock), problemOf });
  return { chains, models: { problemOf }, breakers: createBreakers({ clock, metrics }, { failures: 3, openMs: 60_000 }) };
}
