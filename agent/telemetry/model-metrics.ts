/** Metrics of the models: who was asked, what became of it, what it took. What was spent in all is in the store, not here. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface ModelMetrics {
  modelCalls: Counter<'role' | 'model' | 'result'>;
  modelSeconds: Histogram<'role' | 'model'>;
  modelTokens: Counter<'role' | 'model' | 'direction'>;
  modelCost: Counter<'role' | 'model'>;
  modelBreaker: Gauge<'model'>;
  modelChain: Gauge<'role' | 'model' | 'place'>;
}

export function modelMetrics(registers: Registry[]): ModelMetrics {
  return {
    modelCalls: new Counter({
      name: 'kintsugi_model_calls_total',
      help: 'Models asked, by what became of it',
      labelNames: ['role', 'model', 'result'],
      registers,
    }),
    modelSeconds: new Histogram({
      name: 'kintsugi_model_duration_seconds',
      help: 'Time one model of a chain took until it answered or was given up',
      labelNames: ['role', 'model'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 45, 90],
      registers,
    }),
    modelTokens: new Counter({
      name: 'kintsugi_model_tokens_total',
      help: 'Tokens sent and received, as the providers count them',
      labelNames: ['role', 'model', 'direction'],
      registers,
    }),
    modelCost: new Counter({
      name: 'kintsugi_model_cost_usd_total',
      help: 'What the models cost by the table of prices, in US dollars',
      labelNames: ['role', 'model'],
      registers,
    }),
    modelBreaker: new Gauge({
      name: 'kintsugi_model_breaker',
      help: 'Breaker of a model when it was last to be asked: 0 closed, 1 half-open, 2 open',
      labelNames: ['model'],
      registers,
    }),
    modelChain: new Gauge({
      name: 'kintsugi_model_chain',
      help: '1 for each model of a chain in force, with its place, the first asked first',
      labelNames: ['role', 'model', 'place'],
      registers,
    }),
  };
}
