/** Metrics of what models say of incidents, for people. */
import { Counter, type Registry } from 'prom-client';

export interface NarrationMetrics {
  narrations: Counter<'kind' | 'result'>;
}

export function narrationMetrics(registers: Registry[]): NarrationMetrics {
  return {
    narrations: new Counter({
      name: 'kintsugi_narrations_total',
      help: 'Explanations and summaries of incidents asked of a model, by what became of them',
      labelNames: ['kind', 'result'],
      registers,
    }),
  };
}
