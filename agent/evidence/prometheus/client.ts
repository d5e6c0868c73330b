/** Speaks Prometheus' HTTP API: one instant or range query per call, bounded in time and size. Raises UpstreamError, never anything else but the signal's reason. */
import { UpstreamError } from '../../domain/errors.ts';
import { askJson, unknownAnswer } from '../http-json.ts';
import { authorizationOf, type Credentials, credentialSent } from '../http-settings.ts';
import type { Meter } from '../meter.ts';
import { QueryReply, RangeReply } from './schema.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  /** null for NaN and infinities. */
  value: number | null;
}
export interface QueryResult {
  samples: Sample[];
  warnings: string[];
}

/** Unix seconds and seconds, whole ones. The last time asked about is `end` or less than a step before it. */
export interface Grid {
  start: number;
  end: number;
  step: number;
}
export interface Track {
  labels: Readonly<Record<string, string>>;
  /** By Unix second; null for NaN and infinities. A time of the grid that is missing had no sample. */
  values: Map<number, number | null>;
}
export interface RangeResult {
  tracks: Track[];
  warnings: string[];
}

export interface ClientSettings extends Credentials {
  url: string;
  timeoutMs: number;
  maxBytes: number;
}

export interface Asking {
  settings: ClientSettings;
  fetcher: typeof fetch;
  signal: AbortSignal;
  meter?: Meter;
}

const system = 'prometheus';

/** Prometheus answers with the very time it was asked for; an old answer would show a service as it once was. */
const sameMomentMs = 1_000;

export async function query(asking: Asking, expression: string, at: Date): Promise<QueryResult> {
  const json = await post(asking, 'query', { query: expression, time: String(at.getTime() / 1_000) });
  const reply = QueryReply.safeParse(json);
  if (!reply.success) throw unknownAnswer(system, reply.error);
  const { result, stats } = reply.data.data;
  asking.meter?.scanned(stats?.samples?.totalQueryableSamples);
  const other = result.find(({ value }) => Math.abs(value[0] * 1_000 - at.getTime()) > sameMomentMs);
  if (other) throw otherMoment(other.value[0], at.toISOString());
  return {
    samples: result.map(({ metric, value }) => ({ labels: metric, value: finite(value[1]) })),
    warnings: reply.data.warnings ?? [],
  };
}

export async function queryRange(asking: Asking, expression: string, grid: Grid): Promise<RangeResult> {
  const { start, end, step } = grid;
  const json = await post(asking, 'query_range', { query: expression, start: String(start), end: String(end), step: String(step) });
  const reply = RangeReply.safeParse(json);
  if (!reply.success) throw unknownAnswer(system, reply.error);
  const { result, stats } = reply.data.data;
  asking.meter?.scanned(stats?.samples?.totalQueryableSamples);
  const tracks = result.map(({ metric, values }): Track => {
    const track: Track = { labels: metric, values: new Map() };
    for (const [time, text] of values) {
      const isOnGrid = time >= start && time <= end && (time - start) % step === 0;
      if (!isOnGrid) throw otherMoment(time, `${momentOf(start)} to ${momentOf(end)} in steps of ${step} s`);
      track.values.set(time, finite(text));
    }
    return track;
  });
  return { tracks, warnings: reply.data.warnings ?? [] };
}

function post({ settings, fetcher, signal, meter }: Asking, path: string, params: Record<string, string>): Promise<unknown> {
  return askJson(fetcher, {
    system,
    url: `${settings.url.replace(/\/$/, '')}/api/v1/${path}`,
    form: new URLSearchParams({ ...params, timeout: `${settings.timeoutMs}ms`, stats: '1' }),
    headers: authorizationOf(settings),
    maxBytes: settings.maxBytes,
    tooLarge: 'raise maxBytes or lower the number of series',
    permission: `${credentialSent(settings)} must be allowed to POST /api/v1/${path}`,
    signal,
    meter,
  });
}

function otherMoment(time: number, asked: string): UpstreamError {
  return new UpstreamError(system, 'server', `the answer is about ${momentOf(time)}, asked was ${asked}`, {
    hint: 'a cache between the agent and Prometheus hands out old answers; ask Prometheus itself',
  });
}

function momentOf(seconds: number): string {
  const moment = new Date(seconds * 1_000);
  return Number.isNaN(moment.getTime()) ? 'no time' : moment.toISOString();
}

function finite(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
