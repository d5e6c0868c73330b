/** Metrics by the names and in the units of the case format, where a Prometheus name says plainly what it is. */
import type { Case, Series } from '../../agent/diagnosis/case/case.ts';

interface Plain {
  metric: string;
  stat: string;
  of(value: number): number;
}

export function withPlainMetrics(question: Case): Case {
  const { alert } = question;
  const plain = plainOf(alert.metric);
  return {
    ...question,
    alert: plain ? { ...alert, metric: plain.metric, stat: plain.stat } : alert,
    metrics: question.metrics.map((series): Series => {
      const to = plainOf(series.metric);
      return to
        ? { ...series, metric: to.metric, stat: to.stat, v: series.v.map((value) => (value === null ? null : to.of(value))) }
        : series;
    }),
  };
}

function plainOf(name: string): Plain | null {
  const [, stat] = /^http_server_duration_(p\d+)_ms$/.exec(name) ?? [];
  if (stat) return { metric: 'latency', stat, of: (value) => value / 1000 };
  if (/^(http_5xx_ratio|error_rate_5xx_ratio)$/.test(name))
    return { metric: 'availability', stat: 'Average', of: (value) => 100 * (1 - value) };
  if (name === 'cpu_utilization') return { metric: name, stat: 'Average', of: (value) => 100 * value };
  return null;
}
