/** Asks one model all questions, through the agent's own chain, masking and checks; money is counted in memory and has a ceiling. */
import type { Adviser } from '../../agent/llm/adviser.ts';
import { costNano, nanoOf, usdOf } from '../../agent/llm/budget/money.ts';
import { priceOf, tokenPrice } from '../../agent/llm/budget/prices.ts';
import type { LlmBudgetSettings } from '../../agent/llm/budget/settings.ts';
import { mostTokens } from '../../agent/llm/budget/tokens.ts';
import type { LlmBudget, Usage } from '../../agent/llm/budget.ts';
import { createAdviser } from '../../agent/llm/chain/adviser.ts';
import { createBreakers } from '../../agent/llm/chain/breaker.ts';
import type { Models } from '../../agent/llm/chain/models.ts';
import { createRedactor } from '../../agent/llm/redaction/redactor.ts';
import { systemClock } from '../../agent/system-clock.ts';
import { createLogger } from '../../agent/telemetry/logger.ts';
import { createMetrics } from '../../agent/telemetry/metrics.ts';
import type { Kind, ModelQuestion } from './questions.ts';

export interface Answered {
  id: string;
  kind: Kind;
  isRight: boolean | null;
  got: string;
  /** Why there was no opinion, or of the last model that was tried. */
  reason: string;
  seconds: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export interface Purse {
  spentNano: number;
  readonly ceilingNano: number;
  readonly prices: LlmBudgetSettings['prices'];
}

export function purseOf(ceilingUsd: number, prices: LlmBudgetSettings['prices']): Purse {
  return { spentNano: 0, ceilingNano: nanoOf(ceilingUsd), prices };
}

export async function askAll(
  model: string,
  models: Models,
  questions: readonly ModelQuestion[],
  purse: Purse,
  timeoutMs: number,
): Promise<Answered[]> {
  const adviser = adviserOf(model, models, purse, timeoutMs);
  const answered: Answered[] = [];
  for (const { id, kind, put } of questions) {
    const began = performance.now();
    const { isRight, got, advice } = await put(adviser);
    const seconds = (performance.now() - began) / 1000;
    answered.push({ id, kind, isRight, got, reason: advice.attempts.at(-1)?.reason ?? '', seconds, ...advice.spent });
  }
  return answered;
}

function adviserOf(model: string, models: Models, purse: Purse, timeoutMs: number): Adviser {
  const metrics = createMetrics(async () => ({}));
  return createAdviser(
    {
      chains: { of: () => [model] },
      models,
      // A model that fails is asked all the same: that is what is measured.
      breakers: createBreakers({ clock: systemClock, metrics }, { failures: Number.MAX_SAFE_INTEGER, openMs: 1 }),
      budget: budgetOf(purse),
      redactor: createRedactor(),
      trail: { append: async () => {} },
      clock: systemClock,
      logger: createLogger('silent'),
      metrics,
      mostTokens,
      newFence: () => crypto.randomUUID(),
    },
    { callTimeoutMs: timeoutMs, maxTokens: 60_000 },
  );
}

function budgetOf(purse: Purse): LlmBudget {
  const open = new Map<string, { model: string; nano: number }>();
  const costOf = (model: string, usage: Usage) => costNano(tokenPrice(priceOf(model, purse.prices).price, usage.inputTokens), usage);
  return {
    async reserve({ model, inputTokens, maxOutputTokens }) {
      const nano = costOf(model, { inputTokens, outputTokens: maxOutputTokens });
      if (purse.spentNano + nano > purse.ceilingNano) return { kind: 'refused', reason: 'the ceiling of the evaluation is reached' };
      const id = crypto.randomUUID();
      purse.spentNano += nano;
      open.set(id, { model, nano });
      return { kind: 'reserved', id, near: false };
    },
    async settle(id, usage) {
      const { model, nano } = open.get(id) ?? { model: '', nano: 0 };
      const cost = usage ? costOf(model, usage) : nano;
      purse.spentNano += cost - nano;
      return usdOf(cost);
    },
    async cancel(id) {
      purse.spentNano -= open.get(id)?.nano ?? 0;
    },
    dearness: () => 0,
  };
}
