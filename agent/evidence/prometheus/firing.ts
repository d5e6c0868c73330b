/** Which alerts fire, as Prometheus itself records them in the series ALERTS. */
import { UpstreamError } from '../../domain/errors.ts';
import type { FiringSeries, ReadFiringSeries } from '../../intake/firing-alerts.ts';
import { type ClientSettings, query } from './client.ts';

/** ALERTS_FOR_STATE holds since when, in seconds, under the same labels; where it is missing the alert comes without a beginning. */
const firing = 'ALERTS{alertstate="firing"}';
const expression = `(ALERTS_FOR_STATE and ignoring(alertstate) ${firing}) or ignoring(alertstate) ${firing}`;

export interface FiringDeps {
  fetch: typeof fetch;
  now: () => Date;
}

export function createFiringSeries(settings: ClientSettings, deps: FiringDeps): ReadFiringSeries {
  return async (signal) => {
    const deadline = AbortSignal.timeout(settings.timeoutMs);
    try {
      const { samples } = await query(
        { settings, fetcher: deps.fetch, signal: AbortSignal.any([signal, deadline]) },
        expression,
        deps.now(),
      );
      return samples.map(({ labels: { __name__: metric, alertstate: _, ...labels }, value }): FiringSeries => {
        const since = metric === 'ALERTS_FOR_STATE' && value !== null ? new Date(value * 1000) : undefined;
        return { labels, since: since && !Number.isNaN(since.getTime()) ? since.toISOString() : null };
      });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted && !(error instanceof UpstreamError)) {
        throw new UpstreamError('prometheus', 'timeout', `no answer within ${settings.timeoutMs} ms`, { cause: error });
      }
      throw error;
    }
  };
}
