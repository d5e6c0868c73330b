/** What models have cost, for people and for the metrics: read from the store each time, so that every replica says the same. */
import type { Clock } from '../../domain/clock.ts';
import type { ModelSpending } from '../../telemetry/budget-metrics.ts';
import type { ModelCosts } from './call-store.ts';
import { dayOf, monthOf } from './ceilings.ts';
import { usdOf } from './money.ts';
import type { LlmBudgetSettings } from './settings.ts';

export interface ModelMoney {
  costs: ModelCosts;
  settings: LlmBudgetSettings;
  /** Of the present day and month. */
  spending(): Promise<ModelSpending[]>;
}

export function createModelMoney(costs: ModelCosts, clock: Clock, settings: LlmBudgetSettings): ModelMoney {
  return {
    costs,
    settings,
    async spending() {
      const now = clock.now();
      const [day, month] = await Promise.all([costs.spent(dayOf(now)), costs.spent(monthOf(now))]);
      return [
        { window: 'day', spentUsd: usdOf(day), ceilingUsd: settings.dayUsd },
        { window: 'month', spentUsd: usdOf(month), ceilingUsd: settings.monthUsd },
      ];
    },
  };
}
