/**
 * Prometheus's instant queries, as far as the agent asks them: it reads which signal of which cluster a query is about and answers from
 * the world. It evaluates no PromQL, so a query that is wrong in itself would go unnoticed here; the demo and the agent's own tests ask
 * the real Prometheus.
 */
import { errorRatio, type Service, type World } from './world.ts';

/** The longest range that counts as "now"; the laboratory's settings keep the two windows apart. */
export const recentSeconds = 60;
export const baselineSeconds = 300;
const requestsPerSecond = 20;
const labelsOfRow: Record<string, (service: Service) => Record<string, string>[]> = {
  ecs_service: ({ name }) => [{ ecs_service: name }],
  'ecs_service,ecs_task': ({ name }) => [0, 1].map((task) => ({ ecs_service: name, ecs_task: `t${task}` })),
  'ecs_service,method,route': ({ name }) => ['/quote', '/orders'].map((route) => ({ ecs_service: name, method: 'POST', route })),
};

interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export function answerQuery(world: World, query: string, atSeconds: number): Sample[] {
  const cluster = /ecs_cluster="([^"]*)"/.exec(query)?.[1] ?? '';
  const service = world.services.get(cluster);
  const by = (/by \(([^)]*)\)/.exec(query)?.[1] ?? '').replace(/,le$/, '');
  const rows = labelsOfRow[by];
  if (!service || !rows) return [];
  const isNow = Number(/\[(\d+)s\]/.exec(query)?.[1] ?? 0) <= recentSeconds;
  return rows(service).flatMap((metric) => {
    const value = signalOf(service, query, isNow, metric);
    return value === null ? [] : [{ metric, value: [atSeconds, String(value)] as [number, string] }];
  });
}

function signalOf(service: Service, query: string, isNow: boolean, { route }: Record<string, string>): number | null {
  if (query.startsWith('histogram_quantile')) return 0.04;
  if (query.includes('http_requests_in_flight')) return 0.5;
  if (query.includes('process_resident_memory_bytes')) return 6e7;
  if (query.includes('process_cpu_seconds_total')) return 0.05;
  if (query.includes('up{')) return 2;
  if (!query.includes('code=~')) return requestsPerSecond;
  // One of its two routes fails, so that the whole service fails half as often.
  const ratio = isNow ? errorRatio(service) : 0;
  const share = route === undefined ? ratio : route === '/quote' ? Math.min(1, 2 * ratio) : Math.max(0, 2 * ratio - 1);
  return requestsPerSecond * share;
}
