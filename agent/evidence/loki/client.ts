/** Speaks Loki's HTTP API: one page of a range of lines per call, oldest first. Raises UpstreamError, never anything else but the signal's reason. */
import { askJson, unknownAnswer } from '../http-json.ts';
import { authorizationOf, type Credentials, credentialSent } from '../http-settings.ts';
import type { Meter } from '../meter.ts';
import { RangeReply } from './schema.ts';

export interface ClientSettings extends Credentials {
  url: string;
  tenant: string;
  maxBytes: number;
}

export interface Asking {
  settings: ClientSettings;
  fetcher: typeof fetch;
  signal: AbortSignal;
  meter: Meter;
}

export interface Line {
  labels: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  at: bigint;
  text: string;
}
export interface Page {
  lines: Line[];
  warnings: string[];
}

const path = '/loki/api/v1/query_range';

/** Lines of `from` until before `to`, both in nanoseconds, at most `limit`. */
export async function queryRange(asking: Asking, query: string, from: bigint, to: bigint, limit: number): Promise<Page> {
  const { settings, fetcher, signal, meter } = asking;
  const params = new URLSearchParams({ query, start: String(from), end: String(to), limit: String(limit), direction: 'forward' });
  const json = await askJson(fetcher, {
    system: 'loki',
    url: `${settings.url.replace(/\/$/, '')}${path}?${params}`,
    headers: { ...authorizationOf(settings), ...(settings.tenant === '' ? {} : { 'x-scope-orgid': settings.tenant }) },
    maxBytes: settings.maxBytes,
    tooLarge: 'lower pageLines or raise maxBytes',
    permission: `${credentialSent(settings)} must be allowed to GET ${path} of ${settings.tenant === '' ? 'no tenant' : `tenant ${settings.tenant}`}`,
    signal,
    meter,
  });
  const reply = RangeReply.safeParse(json);
  if (!reply.success) throw unknownAnswer('loki', reply.error);
  const { result, stats } = reply.data.data;
  meter.scanned(stats?.summary?.totalLinesProcessed);
  const lines = result.flatMap(({ stream, values }) => values.map(([at, text]): Line => ({ labels: stream, at: BigInt(at), text })));
  lines.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  return { lines, warnings: reply.data.warnings ?? [] };
}
