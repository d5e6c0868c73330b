/** What was spent so far, beside what may be. */
import type { Clock } from '../../domain/clock.ts';
import type { ModelSpending } from '../../telemetry/budget-metrics.ts';
import type { ModelCosts } from './call-store.ts';
import { dayOf, monthOf } from './ceilings.ts';
import { usdOf } from './money.ts';
import type { LlmBudgetSettings } from './settings.ts';

export async function spendingOf(
  costs: Pick<ModelCosts, 'spent'>,
  clock: Clock,
  { dayUsd, monthUsd }: LlmBudgetSettings,
): Promise<ModelSpending[]> {
  const now = clock.now();
  const [day, month] = await Promise.all([costs.spent(dayOf(now)), costs.spent(monthOf(now))]);
  return [
    { window: 'day', spentUsd: usdOf(day), ceilingUsd: dayUsd },
    { window: 'month', spentUsd: usdOf(month), ceilingUsd: monthUsd },
  ];
}
