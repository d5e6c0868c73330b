/** Metrics of the money for models. The gauges are read from the store at each scrape, so that every replica shows the same. */
import { Counter, Gauge, type Registry } from 'prom-client';

export interface BudgetMetrics {
  modelCallsRefused: Counter<'ceiling'>;
}

/** What models have cost so far in a window, and may cost. */
export interface ModelSpending {
  window: 'day' | 'month';
  spentUsd: number;
  ceilingUsd: number;
}

/** `look` answers nothing while no model is set up: then the gauges are absent. */
export function budgetMetrics(look: () => Promise<ModelSpending[]>, registers: Registry[]): BudgetMetrics {
  const gauge = (name: string, help: string, field: 'spentUsd' | 'ceilingUsd') =>
    new Gauge({
      name,
      help,
      labelNames: ['window'],
      registers,
      async collect() {
        for (const spending of await look()) this.set({ window: spending.window }, spending[field]);
      },
    });
  gauge(
    'kintsugi_model_spent_usd',
    'What models cost so far in the day and the month (UTC), calls under way by their estimate',
    'spentUsd',
  );
  gauge('kintsugi_model_ceiling_usd', 'What models may cost in the day and the month', 'ceilingUsd');
  return {
    modelCallsRefused: new Counter({
      name: 'kintsugi_model_calls_refused_total',
      help: 'Calls to models that were not made for want of money, by the ceiling that was reached',
      labelNames: ['ceiling'],
      registers,
    }),
  };
}
