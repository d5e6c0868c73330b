/**
 * Services as Prometheus would have scraped them, and Prometheus' answers to the queries of the evidence plug-in, computed from those
 * scrapes alone: what was not scraped is not known. No PromQL is parsed; the measure is recognised by how its query begins.
 */

/** How one task does at a moment; the truth, which only scrapes make known. */
export interface TaskTruth {
  requestsPerSecond: number;
  /** 0..1 */
  errorShare: number;
  latencySeconds: number;
}

export interface ScrapedTask {
  id: string;
  truth: (second: number) => TaskTruth;
  /** Whether the scrape at this second arrives. */
  scraped: (second: number) => boolean;
  /** Seconds at which its process starts anew and counts from zero. */
  restarts: readonly number[];
}

export type ScrapedShop = Readonly<Record<string, readonly ScrapedTask[]>>;

interface Scrape {
  second: number;
  requests: number;
  errors: number;
  latencySeconds: number;
}

export interface Row {
  labels: Record<string, string>;
  value: string;
}

const scrapeEvery = 15;

export interface ShopPrometheus {
  /** The rows of an instant query; seconds since the shop began. Scrapes before `knownFrom` are lost. */
  rows(expression: string, second: number, knownFrom?: number): Row[];
}

export function createShopPrometheus(shop: ScrapedShop, untilSecond: number): ShopPrometheus {
  const services = Object.entries(shop).map(([service, tasks]) => ({
    service,
    tasks: tasks.map((task) => ({ scrapes: scrapesOf(task, untilSecond) })),
  }));

  return {
    rows(expression, second, knownFrom = 0) {
      const measure = measureOf(expression);
      if (!measure) return [];
      const seconds = Number(/\[(\d+)s\]/.exec(expression)?.[1] ?? 0);
      return services.flatMap(({ service, tasks }) => {
        const known = tasks.map(({ scrapes }) => scrapes.filter((one) => one.second >= knownFrom && one.second <= second));
        // Prometheus forgets a series five minutes after its last sample; the plug-in asks for a fresh one besides.
        const fresh = known.filter((scrapes) => (scrapes.at(-1)?.second ?? -1) >= second - 45);
        if (fresh.length === 0) return [];
        const value = measured(measure, measure === 'targets' ? fresh : known, second - seconds);
        return value === null ? [] : [{ labels: { ecs_service: service }, value: String(value) }];
      });
    },
  };
}

type Measure = 'requests' | 'errors' | 'latency' | 'targets';

/** Of services only; nobody asks this shop for tasks, routes or calls. */
function measureOf(expression: string): Measure | null {
  if (/^(sum|count) by \(ecs_service\) \(+up\{/.test(expression)) return 'targets';
  if (/^histogram_quantile\(0\.95, sum by \(ecs_service,le\) \(rate\(http_requests?_/.test(expression)) return 'latency';
  if (!/^sum by \(ecs_service\) \(rate\(http_requests_total\{/.test(expression)) return null;
  return /^[^[]*code=~/.test(expression) ? 'errors' : 'requests';
}

function measured(measure: Measure, series: readonly Scrape[][], from: number): number | null {
  if (measure === 'targets') return series.length;
  const windows = series.map((scrapes) => scrapes.filter((one) => one.second >= from)).filter((scrapes) => scrapes.length >= 2);
  if (windows.length === 0) return null;
  if (measure === 'latency') {
    return Math.max(...windows.flatMap((scrapes) => scrapes.slice(1).map((one) => one.latencySeconds)));
  }
  return windows.reduce((sum, scrapes) => sum + rateOf(scrapes, measure), 0);
}

/** As `rate()`: what the counter gained, counting on after each reset. */
function rateOf(scrapes: readonly Scrape[], counter: 'requests' | 'errors'): number {
  let gained = 0;
  for (const [index, scrape] of scrapes.entries()) {
    const before = scrapes[index - 1];
    if (before) gained += scrape[counter] < before[counter] ? scrape[counter] : scrape[counter] - before[counter];
  }
  const seconds = (scrapes.at(-1)?.second ?? 0) - (scrapes[0]?.second ?? 0);
  return seconds > 0 ? gained / seconds : 0;
}

function scrapesOf(task: ScrapedTask, untilSecond: number): Scrape[] {
  const scrapes: Scrape[] = [];
  let requests = 0;
  let errors = 0;
  for (let second = 0; second <= untilSecond; second += scrapeEvery) {
    const { requestsPerSecond, errorShare, latencySeconds } = task.truth(second);
    if (task.restarts.some((at) => at > second - scrapeEvery && at <= second)) requests = errors = 0;
    requests += requestsPerSecond * scrapeEvery;
    errors += requestsPerSecond * scrapeEvery * errorShare;
    if (task.scraped(second)) scrapes.push({ second, requests, errors, latencySeconds });
  }
  return scrapes;
}
