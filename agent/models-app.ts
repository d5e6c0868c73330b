/** Joins what asks the models: settings, providers, money, masking and store. Part of the composition root. */
import type { AuditTrail } from './audit/trail.ts';
import type { Settings } from './config/settings.ts';
import type { Clock } from './domain/clock.ts';
import { type Adviser, roles } from './llm/adviser.ts';
import { createLlmBudget } from './llm/budget/budget.ts';
import { createModelMoney, type ModelMoney } from './llm/budget/spending.ts';
import { mostTokens } from './llm/budget/tokens.ts';
import { createAdviser } from './llm/chain/adviser.ts';
import { type Breakers, createBreakers } from './llm/chain/breaker.ts';
import { type Chains, createChains } from './llm/chain/chains.ts';
import { createModels, type Models } from './llm/chain/models.ts';
import { llmPlugins } from './llm/index.ts';
import { createRedactor } from './llm/redaction/redactor.ts';
import { createModelCallStore } from './storage/model-call-store.ts';
import { createModelChainStore } from './storage/model-chain-store.ts';
import type { Store } from './storage/store.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface ModelsApp {
  adviser: Adviser;
  chains: Chains;
  models: Models;
  breakers: Breakers;
  money: ModelMoney;
  /** For the metrics: nothing while nobody would be asked. */
  spending: ModelMoney['spending'];
}

interface ModelsAppDeps {
  store: Store;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  trail: AuditTrail;
  newId(): string;
}

/** No provider is loaded before it is asked. `chains` wants a look at the store before anybody asks. */
export function createModelsApp(settings: Settings['llm'], deps: ModelsAppDeps): ModelsApp {
  const { store, clock, logger, metrics, trail, newId } = deps;
  const callTimeoutMs = settings.call.timeoutSeconds * 1000;
  const models = createModels(llmPlugins, settings.provider, { timeoutMs: callTimeoutMs });
  const { problemOf } = models;
  const chains = createChains(settings.chains, { store: createModelChainStore(store, clock), problemOf, clock, logger, metrics });
  const { failures, openSeconds } = settings.breaker;
  const breakers = createBreakers({ clock, metrics }, { failures, openMs: openSeconds * 1000 });
  const calls = createModelCallStore(store);
  const money = createModelMoney(calls, clock, settings.budget);
  const budget = createLlmBudget({ calls, clock, logger, metrics, newId }, settings.budget);
  const adviser = createAdviser(
    { chains, models, breakers, budget, redactor: createRedactor(), trail, clock, logger, metrics, mostTokens, newFence: newId },
    { callTimeoutMs, maxTokens: settings.investigation.maxTokens },
  );
  const spending = async () => (roles.some(adviser.isOn) ? money.spending() : []);
  return { adviser, chains, models, breakers, money, spending };
}
