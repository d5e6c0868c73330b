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
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

export function isWell(view: UserView): boolean {
  return (
    view.errorRatio !== null && view.latencyP95 !== null && view.errorRatio <= limits.errorRatio && view.latencyP95 <= limits.latencyP95
  );
}

/** `service` and `cluster` are names of the demo itself, never text from outside. */
export async function readUserView(prometheus: string, cluster: string, service: string, windowSeconds: number): Promise<UserView> {
  const of = `ecs_cluster="${cluster}",ecs_service="${service}"`;
  const window = `[${windowSeconds}s]`;
  const all = `sum(rate(http_requests_total{${of}}${window}))`;
  const [errorRatio, latencyP95] = await Promise.all([
    query(prometheus, `(sum(rate(http_requests_total{${of},code=~"5.."}${window})) or vector(0)) / ${all}`),
    query(prometheus, `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{${of}}${window})))`),
  ]);
  return { errorRatio, latencyP95 };
}

/** A Prometheus too busy to answer in time has said nothing: null, as without samples. */
async function query(prometheus: string, expression: string): Promise<number | null> {
  try {
    const response = await fetch(`${prometheus}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
      signal: AbortSignal.timeout(3_000),
    });
    const value = Number(Reply.parse(await response.json()).data.result[0]?.value[1] ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return null;
    throw error;
  }
}
