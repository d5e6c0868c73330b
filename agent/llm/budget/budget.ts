/**
 * The money for models: a call is kept in the store with the most it can cost before it is made, and gets its price when it is over. What was
 * never settled, by a crash or because the provider did not say, counts with its estimate for good: nobody can know that it was not billed.
 */
import type { Clock } from '../../domain/clock.ts';
import type { BudgetMetrics } from '../../telemetry/budget-metrics.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { LlmBudget, Usage } from '../budget.ts';
import { type Ceiling, type Kept, type ModelCallStore, windows } from './call-store.ts';
import { ceilingsAt } from './ceilings.ts';
import { costNano, dollars, usdOf } from './money.ts';
import { type FoundPrice, priceOf, tokenPrice } from './prices.ts';
import type { LlmBudgetSettings } from './settings.ts';

export interface BudgetDependencies {
  calls: ModelCallStore;
  clock: Clock;
  logger: Logger;
  metrics: BudgetMetrics;
  newId: () => string;
}

interface OpenCall extends FoundPrice {
  estimateNano: number;
}

const windowWords = { incident: 'this incident', day: 'today (UTC)', month: 'this month (UTC)' } as const;

export function createLlmBudget({ calls, clock, logger, metrics, newId }: BudgetDependencies, settings: LlmBudgetSettings): LlmBudget {
  const open = new Map<string, OpenCall>();
  /** What the log was told already: one line for a ceiling and its day, however many calls it stops. */
  const told = new Set<string>();

  function tellOnce(key: string, tell: () => void): void {
    if (told.has(key)) return;
    told.add(key);
    tell();
  }

  function refusedAt(ceiling: Ceiling, { counted }: Kept, estimateNano: number, { from }: FoundPrice): string {
    const { window, nano, since } = ceiling;
    metrics.modelCallsRefused.inc({ ceiling: window });
    const spent = `${dollars(usdOf(counted[window]))} of ${dollars(usdOf(nano))}`;
    if (since !== null) {
      tellOnce(`${window} ${since}`, () =>
        logger.warn({ window, spent }, 'A CEILING OF THE MODELS IS REACHED: rules go on alone until it has room again'),
      );
    }
    const unknown = from === 'unknown' ? '; its price is not known, so it counts as the dearest' : '';
    return `${spent} are spent or promised for ${windowWords[window]}, and this call may cost ${dollars(usdOf(estimateNano))}${unknown}`;
  }

  return {
    async reserve({ incidentId, role, model, inputTokens, maxOutputTokens }) {
      const now = clock.now();
      const found = priceOf(model, settings.prices);
      if (found.from === 'unknown') {
        const hint = 'set KINTSUGI_LLM_BUDGET_PRICES';
        tellOnce(model, () => logger.warn({ model, hint }, 'the price of a model is not known: it is counted as the dearest of the table'));
      }
      const tokens = { inputTokens, outputTokens: maxOutputTokens };
      const estimateNano = costNano(tokenPrice(found.price, inputTokens), tokens);
      const call = { id: newId(), incidentId, role, model, at: now.toISOString(), ...tokens, costNano: estimateNano, price: found.from };
      const ceilings = ceilingsAt(now, settings);
      try {
        const kept = await calls.reserve(call, ceilings);
        if (kept.over) return { kind: 'refused', reason: refusedAt(kept.over, kept, estimateNano, found) };
        open.set(call.id, { ...found, estimateNano });
        return { kind: 'reserved', id: call.id, near: isNear(kept, ceilings, settings.nearShare) };
      } catch (error) {
        metrics.modelCallsRefused.inc({ ceiling: 'store' });
        logger.warn({ err: error, incidentId }, 'no model is asked: the store cannot say what was spent');
        return { kind: 'refused', reason: 'the store cannot say what was spent' };
      }
    },

    async settle(id, usage) {
      const call = open.get(id);
      if (!call) return 0;
      open.delete(id);
      const took = isSaid(usage) ? { ...usage, costNano: costNano(tokenPrice(call.price, usage.inputTokens), usage) } : null;
      try {
        await calls.settle(id, clock.now().toISOString(), took);
      } catch (error) {
        logger.warn({ err: error }, 'the price of a call to a model could not be written: its estimate counts');
      }
      return usdOf(took?.costNano ?? call.estimateNano);
    },

    async cancel(id) {
      if (!open.delete(id)) return;
      try {
        await calls.cancel(id);
      } catch (error) {
        logger.warn({ err: error }, 'a call to a model that was not made could not be forgotten: its estimate counts');
      }
    },

    dearness(model) {
      const { inputUsd, outputUsd } = priceOf(model, settings.prices).price;
      return inputUsd + outputUsd;
    },
  };
}

function isNear({ counted }: Kept, ceilings: readonly Ceiling[], share: number): boolean {
  return windows.some((window) => {
    const { nano } = ceilings.find((one) => one.window === window) ?? { nano: 0 };
    return counted[window] > 0 && counted[window] >= nano * share;
  });
}

/** Some servers fill in zeros for what they do not count; no prompt is empty. */
function isSaid(usage: Usage | null): usage is Usage {
  if (usage === null) return false;
  const { inputTokens, outputTokens } = usage;
  return Number.isSafeInteger(inputTokens) && Number.isSafeInteger(outputTokens) && inputTokens > 0 && outputTokens >= 0;
}
