/** The past of single services as series: which range queries to ask, and the facts in what they answered. Builds text and reads rows, sends nothing. */
import type { EvidenceQuestion, MetricSeries } from '../../domain/evidence.ts';
import type { Grid, Track } from './client.ts';
import { type Equals, failedCalls, range, selector, serverErrors } from './promql.ts';
import type { Labels } from './queries.ts';

export interface HistorySettings extends Labels {
  historySeconds: number;
  historyStepSeconds: number;
  historyMaxPoints: number;
  staleAfterSeconds: number;
}

export interface HistoryQuery {
  name: string;
  /** Labels that name one row of the result: the service, for calls the peer too. */
  by: readonly string[];
  metric: (peer: string) => string;
  stat: string;
  unit: string;
  /** Values are cut to these: extrapolated rates may bring a share a hair out of them. */
  limits?: readonly [least: number, most: number];
  expression: string;
}

/** One query names so many services: its text stays readable for those who find it in Prometheus' log, and its answer small. */
const servicesAtOnce = 10;
const seriesOfService = 6;
const seriesOfCall = 2;
/** Prometheus answers no more points of one series than this. */
const mostPoints = 11_000;
/** Steps up to this length still show an onset; a past shorter than that no longer shows what is usual. */
const fineSeconds = 60;
const leastSeconds = 1_800;
const digits = 6;

/**
 * From `historySeconds` before the onset until now. Where the points of all series would be more than allowed, they first lie further apart,
 * then the past begins later, and only then they lie further apart still: a few fine minutes tell more of an onset than hours without detail.
 */
export function gridOf(settings: HistorySettings, { onset, now }: EvidenceQuestion, services: number, calls: number): Grid {
  const end = Math.floor(now.getTime() / 1_000);
  const since = Math.max(0, end - Math.floor(onset.getTime() / 1_000));
  const series = Math.max(1, services * seriesOfService + calls * seriesOfCall);
  const intervals = Math.max(1, Math.min(mostPoints, Math.floor(settings.historyMaxPoints / series)) - 1);
  const wanted = since + settings.historySeconds;
  const fine = Math.max(settings.historyStepSeconds, Math.min(fineSeconds, Math.ceil(wanted / intervals)));
  const span = Math.min(wanted, Math.max(intervals * fine, since + leastSeconds));
  const step = Math.max(fine, Math.ceil(span / intervals));
  return { start: end - Math.floor(span / step) * step, end, step };
}

export function historyQueries(settings: HistorySettings, cluster: string, services: readonly string[], grid: Grid): HistoryQuery[] {
  const { clusterLabel, serviceLabel } = settings;
  // Whatever happened between two points of the grid must count in one of them.
  const window = range(Math.max(grid.step, settings.staleAfterSeconds));
  const all: HistoryQuery[] = [];
  for (let first = 0; first < services.length; first += servicesAtOnce) {
    const where = services.slice(first, first + servicesAtOnce).map(
      (name): Equals => [
        [clusterLabel, cluster],
        [serviceLabel, name],
      ],
    );
    const union = (part: (equals: Equals) => string) => where.map(part).join(' or ');
    const rate = (metric: string, ...fixed: Parameters<typeof selector>[2][]) =>
      union((equals) => `rate(${selector(metric, equals, ...fixed.filter((one) => one !== undefined))}${window})`);
    const level = (gauge: string) => union((equals) => `avg_over_time(${selector(gauge, equals)}${window})`);

    const own = { by: [serviceLabel] };
    const byOwn = serviceLabel;
    const add = (query: Omit<HistoryQuery, 'name' | 'metric'> & { metric: string }) =>
      all.push({ ...query, name: `series ${query.metric}`, metric: () => query.metric });
    const requests = `sum by (${byOwn}) (${rate('http_requests_total')})`;
    add({ ...own, metric: 'requests_per_sec', stat: 'Average', unit: '1/s', expression: requests });
    const failed = `sum by (${byOwn}) (${rate('http_requests_total', serverErrors)})`;
    add({ ...own, metric: 'availability', stat: 'Average', ...percent, expression: availability(failed, requests) });
    const buckets = `sum by (${byOwn},le) (${rate('http_request_duration_seconds_bucket')})`;
    add({ ...own, metric: 'latency', stat: 'p95', unit: 's', expression: `histogram_quantile(0.95, ${buckets})` });
    const cpu = `100 * avg by (${byOwn}) (${rate('process_cpu_seconds_total')})`;
    add({ ...own, metric: 'cpu_utilization', stat: 'Average', unit: '%', expression: cpu });
    const memory = `avg by (${byOwn}) (${level('process_resident_memory_bytes')})`;
    add({ ...own, metric: 'process_resident_memory_bytes', stat: 'Average', unit: 'bytes', expression: memory });
    const waiting = `sum by (${byOwn}) (${level('http_requests_in_flight')})`;
    add({ ...own, metric: 'http_requests_in_flight', stat: 'Sum', unit: 'requests', expression: waiting });

    const by = [serviceLabel, 'peer'];
    const calls = `sum by (${by.join(',')}) (${rate('http_client_requests_total')})`;
    const failures = `sum by (${by.join(',')}) (${rate('http_client_requests_total', failedCalls)})`;
    all.push({
      name: 'series client_availability',
      by,
      metric: (peer) => `client_availability:${peer}`,
      stat: 'Average',
      ...percent,
      expression: availability(failures, calls),
    });
    const waits = `sum by (${by.join(',')},le) (${rate('http_client_request_duration_seconds_bucket')})`;
    all.push({
      name: 'series client_latency',
      by,
      metric: (peer) => `client_latency:${peer}`,
      stat: 'p95',
      unit: 's',
      expression: `histogram_quantile(0.95, ${waits})`,
    });
  }
  return all;
}

const percent = { unit: '%', limits: [0, 100] } as const;

/** No failed request ever means no series of failed requests: that is none, as long as there were requests. */
function availability(failed: string, all: string): string {
  return `100 * (1 - (${failed} or 0 * ${all}) / ${all})`;
}

/** One series a row, a value or null for every time of the grid; rows without a single value tell nothing and are left out. */
export function seriesOf({ by, metric, stat, unit, limits }: HistoryQuery, tracks: readonly Track[], grid: Grid): MetricSeries[] {
  const found: MetricSeries[] = [];
  for (const { labels, values } of tracks) {
    const [service = '', peer = ''] = by.map((label) => labels[label] ?? '');
    if (service === '' || (by.length > 1 && peer === '')) continue;
    const points: MetricSeries['points'] = [];
    for (let time = grid.start; time <= grid.end; time += grid.step) points.push([time, tidy(values.get(time) ?? null, limits)]);
    if (points.some(([, value]) => value !== null)) found.push({ kind: 'series', service, metric: metric(peer), stat, unit, points });
  }
  return found;
}

function tidy(value: number | null, limits: HistoryQuery['limits']): number | null {
  if (value === null) return null;
  const cut = limits ? Math.min(limits[1], Math.max(limits[0], value)) : value;
  return Number(cut.toPrecision(digits));
}
