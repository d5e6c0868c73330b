/**
 * Logs Insights: how many lines a log group holds in each step of a long window, by level. The text of the query is made of settings and
 * numbers only. Billed by the bytes it scans, which the answer's cost says.
 */
import { type CloudWatchLogsClient, GetQueryResultsCommand, StartQueryCommand, StopQueryCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion, MetricSeries } from '../../domain/evidence.ts';
import { cleanText } from '../answer.ts';
import type { AwsRead } from '../aws-reader.ts';
import { readLine } from '../log-line.ts';
import type { Meter } from '../meter.ts';
import { type GetQueryResultsReply, GetQueryResultsReply as Results, StartQueryReply } from './schema.ts';

export interface InsightsDeps {
  client: CloudWatchLogsClient;
  read: AwsRead;
  clock: Clock;
  meter: Meter;
  signal: AbortSignal;
}

/** Unix seconds, `to` exclusive, both multiples of the step. */
export interface CountWindow {
  from: number;
  to: number;
  step: (typeof steps)[number];
}

/** Insights allows up to 60 minutes and 24 hours in one step, and means something else above that. */
const steps = [
  { text: '1m', seconds: 60 },
  { text: '5m', seconds: 300 },
  { text: '15m', seconds: 900 },
  { text: '1h', seconds: 3_600 },
  { text: '6h', seconds: 21_600 },
  { text: '1d', seconds: 86_400 },
] as const;
const maxSteps = 200;
const maxRows = 10_000;
const unfinished = new Set(['Scheduled', 'Running', 'Unknown']);
const firstWaitMs = 200;
const longestWaitMs = 1_000;
const stopTimeoutMs = 2_000;

export function countWindow({ onset, now }: EvidenceQuestion, historySeconds: number): CountWindow {
  const end = Math.floor(now.getTime() / 1_000);
  const start = Math.min(Math.floor(onset.getTime() / 1_000), end) - historySeconds;
  const step = steps.find(({ seconds }) => (end - start) / seconds <= maxSteps) ?? steps[steps.length - 1] ?? steps[0];
  return { from: Math.floor(start / step.seconds) * step.seconds, to: Math.floor(end / step.seconds) * step.seconds, step };
}

export function countQuery(levelField: string, { step }: CountWindow): string {
  return `stats count(*) as lines by bin(${step.text}), ${levelField} | limit ${maxRows}`;
}

/** Lines and, of those, errors: one series each. No line in a step is zero, for all of it was read. Raises UpstreamError, or the signal's reason. */
export async function countLines(
  deps: InsightsDeps,
  logGroupName: string,
  service: string,
  levelField: string,
  window: CountWindow,
): Promise<{ series: MetricSeries[]; gap: string | undefined }> {
  const { client, read } = deps;
  const command = new StartQueryCommand({
    logGroupName,
    queryString: countQuery(levelField, window),
    startTime: window.from,
    // Inclusive.
    endTime: window.to - 1,
    limit: maxRows,
  });
  const { queryId } = await read('logs:StartQuery', StartQueryReply, (options) => client.send(command, options));
  const reply = await finished(deps, queryId);
  if (reply.status !== 'Complete') {
    throw new UpstreamError(
      'logs',
      reply.status === 'Timeout' ? 'timeout' : 'server',
      `the query of ${logGroupName} ended as ${cleanText(reply.status, 40)}`,
    );
  }
  const gap = reply.results.length >= maxRows ? `${logGroupName}: only ${maxRows} rows of counts were read` : undefined;
  return { series: gap === undefined ? seriesOf(service, levelField, window, reply) : [], gap };
}

/** A query left running would be billed on: it is stopped when nobody waits for it any more. */
async function finished({ client, read, clock, meter, signal }: InsightsDeps, queryId: string): Promise<GetQueryResultsReply> {
  let isOver = false;
  try {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      await clock.sleep(waitMs, signal);
      const command = new GetQueryResultsCommand({ queryId });
      const reply = await read('logs:GetQueryResults', Results, (options) => client.send(command, options));
      if (unfinished.has(reply.status)) continue;
      isOver = true;
      meter.scanned(reply.statistics.bytesScanned);
      return reply;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (!isOver) {
      const abortSignal = AbortSignal.timeout(stopTimeoutMs);
      // Not waited for: whoever asked is gone, and a query that ended by itself is an error here.
      client.send(new StopQueryCommand({ queryId }), { abortSignal }).catch(() => {});
    }
  }
}

function seriesOf(service: string, levelField: string, window: CountWindow, { results }: GetQueryResultsReply): MetricSeries[] {
  const lines = new Map<number, number>();
  const errors = new Map<number, number>();
  for (const row of results) {
    const said = (name: string) => row.find(({ field }) => field === name)?.value ?? '';
    const t = Date.parse(`${said(`bin(${window.step.text})`).replace(' ', 'T')}Z`) / 1_000;
    const count = Number(said('lines'));
    if (!Number.isInteger(t) || !Number.isFinite(count)) continue;
    lines.set(t, (lines.get(t) ?? 0) + count);
    if (isError(said(levelField))) errors.set(t, (errors.get(t) ?? 0) + count);
  }
  const series = (metric: string, counts: ReadonlyMap<number, number>): MetricSeries => ({
    kind: 'series',
    service,
    metric,
    stat: 'Sum',
    unit: 'Count',
    points: Array.from({ length: (window.to - window.from) / window.step.seconds }, (_, index) => {
      const t = window.from + index * window.step.seconds;
      return [t, counts.get(t) ?? 0];
    }),
  });
  return lines.size === 0 ? [] : [series('log_lines', lines), series('log_errors', errors)];
}

/** Pino counts 50 error, 60 fatal; others write names. */
function isError(level: string): boolean {
  if (level !== '' && Number.isFinite(Number(level))) return Number(level) >= 50;
  const name = level === '' ? undefined : readLine('', level)?.level;
  return name === 'error' || name === 'fatal';
}
