/** What users of a cluster feel, read from Prometheus apart from the agent: the judge of when a fault began to hurt and when it was over. */
import { z } from 'zod';

export interface UserView {
  /** Share of failed answers in the last seconds, 0..1; null without data. */
  errorRatio: number | null;
  /** 95th percentile, seconds; null without data. */
  latencyP95: number | null;
}

export const limits = { errorRatio: 0.05, latencyP95: 0.5 } as const;

const Reply = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) }),
});
type Row = z.infer<typeof Reply>['data']['result'][number];

export function isWell(view: UserView): boolean {
  return (
    view.errorRatio !== null && view.latencyP95 !== null && view.errorRatio <= limits.errorRatio && view.latencyP95 <= limits.latencyP95
  );
}

/** Of every service that is asked anything. `cluster` is a name of the stage itself, never text from outside. */
export async function readClusterViews(prometheus: string, cluster: string, windowSeconds: number): Promise<Map<string, UserView>> {
  const of = `ecs_cluster="${cluster}"`;
  const window = `[${windowSeconds}s]`;
  const all = `sum by (ecs_service) (rate(http_requests_total{${of}}${window}))`;
  const failed = `sum by (ecs_service) (rate(http_requests_total{${of},code=~"5.."}${window}))`;
  const [errors, latencies] = await Promise.all([
    query(prometheus, `(${failed} or 0 * ${all}) / ${all}`),
    query(prometheus, `histogram_quantile(0.95, sum by (ecs_service, le) (rate(http_request_duration_seconds_bucket{${of}}${window})))`),
  ]);
  const services = new Set([...errors.keys(), ...latencies.keys()]);
  return new Map([...services].map((name) => [name, { errorRatio: errors.get(name) ?? null, latencyP95: latencies.get(name) ?? null }]));
}

/** Numbers by service. A Prometheus too busy to answer in time has said nothing, as without samples. */
async function query(prometheus: string, expression: string): Promise<Map<string, number>> {
  try {
    const response = await fetch(`${prometheus}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
      signal: AbortSignal.timeout(3_000),
    });
    return new Map(Reply.parse(await response.json()).data.result.flatMap(numberOf));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return new Map();
    throw error;
  }
}

function numberOf({ metric, value }: Row): [string, number][] {
  const number = Number(value[1]);
  return metric.ecs_service !== undefined && Number.isFinite(number) ? [[metric.ecs_service, number]] : [];
}
