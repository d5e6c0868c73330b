/** From what CloudWatch answered to series on one even grid. An interval without a value is null; it is zero only where another metric proves it. */
import type { MetricSeries } from '../../domain/evidence.ts';
import type { MetricAsked } from './metrics.ts';
import type { MetricWindow } from './window.ts';

/** Value by the beginning of its interval, Unix seconds. */
export type Readings = Map<number, number>;

export interface Answered {
  metric: MetricAsked;
  readings: Readings;
  /** Not everything was answered: what is missing may be there. */
  isCut: boolean;
}

const requests = 'requests';
const failures = 'HTTPCode_Target_5XX_Count';

/** One series a metric that has any reading, and the share of requests that did not fail. */
export function seriesOf(answered: readonly Answered[], window: MetricWindow): MetricSeries[] {
  const joined = new Map<string, Answered>();
  for (const one of answered) {
    const key = keyOf(one.metric.service, one.metric.metric);
    const known = joined.get(key);
    joined.set(key, known === undefined ? one : join(known, one));
  }
  const series: MetricSeries[] = [];
  for (const { metric, readings, isCut } of joined.values()) {
    const { service, stat, unit } = metric;
    const counted = joined.get(keyOf(service, requests))?.readings;
    const isProven = metric.metric === failures && !isCut && counted !== undefined;
    const whole = isProven ? withZeros(readings, counted) : readings;
    if (whole.size === 0) continue;
    series.push({ kind: 'series', service, metric: metric.metric, stat, unit, points: onGrid(whole, window) });
    if (!isProven) continue;
    const share = availabilityOf(counted, whole);
    if (share.size === 0) continue;
    series.push({ kind: 'series', service, metric: 'availability', stat: 'Average', unit: 'Percent', points: onGrid(share, window) });
  }
  return series;
}

function keyOf(service: string, metric: string): string {
  return JSON.stringify([service, metric]);
}

/** Several target groups of one service. */
function join(one: Answered, other: Answered): Answered {
  const readings: Readings = new Map(one.readings);
  for (const [t, value] of other.readings) {
    const known = readings.get(t);
    readings.set(t, known === undefined ? value : one.metric.join === 'sum' ? known + value : Math.max(known, value));
  }
  return { metric: one.metric, readings, isCut: one.isCut || other.isCut };
}

/** The load balancer writes down failures only when there are any, and requests always: where requests were counted, no failure is none. */
function withZeros(readings: Readings, counted: Readings): Readings {
  return new Map([...counted.keys()].map((t) => [t, readings.get(t) ?? 0]));
}

/** Percent of the requests, where there were any. */
function availabilityOf(counted: Readings, failed: Readings): Readings {
  const share: Readings = new Map();
  for (const [t, all] of counted) if (all > 0) share.set(t, 100 * Math.max(0, 1 - (failed.get(t) ?? 0) / all));
  return share;
}

function onGrid(readings: Readings, { from, to, period }: MetricWindow): MetricSeries['points'] {
  return Array.from({ length: (to - from) / period }, (_, index) => {
    const t = from + index * period;
    return [t, readings.get(t) ?? null];
  });
}
