/** Evidence from CloudWatch Logs: which warnings and errors the services in focus write since the onset, and wrote before. Reads lines, never queries by outside text. */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { AppError, UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion, Fact } from '../../domain/evidence.ts';
import { answerOf, cleanText, failureText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { awsErrorName, awsFailure, unknownShape } from '../aws-failure.ts';
import { Patterns } from '../log-patterns.ts';
import { logWindows } from '../log-windows.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { FilterLogEventsReply } from './schema.ts';

const config = z
  .object({
    logGroupTemplate: z
      .string()
      .regex(/\{service\}/, 'must hold {service}')
      .default('/ecs/{cluster}/{service}')
      .describe('Log group of a service; {cluster} and {service} are filled in'),
    filterPattern: z
      .string()
      .max(1_024)
      .default('')
      .describe('CloudWatch filter pattern sent with every read, for example { $.level >= 40 }; empty reads every line'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
    maxPages: z.int().min(1).default(20).describe('Most pages read of one service and window; a page holds up to 1 MB or 10,000 lines'),
    maxBytes: z.int().min(1_000).default(10_000_000).describe('Most text read of one service and window, bytes'),
    maxPatterns: z.int().min(1).default(100).describe('Most patterns reported of one service'),
    maxWindowSeconds: z.number().positive().default(21_600).describe('An onset further back than this is cut to it'),
    concurrency: z.int().min(1).max(10).default(3).describe('Services read at a time; FilterLogEvents has a low request quota'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  /** Region, credentials, endpoint and retries are the caller's. */
  logs: CloudWatchLogsClient;
}

export const cloudwatchLogs = {
  id: 'cloudwatch-logs',
  config,
  create(settings: Config, deps: Deps): EvidenceSource {
    return {
      id: 'cloudwatch-logs',
      ask: (question, signal) => neverThrowing(wording(settings, question), signal, () => ask(settings, deps.logs, question, signal)),
    };
  },
} satisfies EvidencePlugin<'cloudwatch-logs', typeof config, Deps>;

const permission = 'logs:FilterLogEvents';

function wording({ logGroupTemplate }: Config, { cluster, focus, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `warnings and errors in the log groups ${logGroupTemplate} of ${services}, cluster ${cleanText(cluster, 100)}, since the onset and ${baselineSeconds} s before`;
}

async function ask(
  settings: Config,
  client: CloudWatchLogsClient,
  question: EvidenceQuestion,
  signal: AbortSignal,
): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  const focus = [...new Set(question.focus)];
  if (focus.length === 0) return { status: 'nothing', question: asked, detail: 'no service was asked about', facts: [] };

  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const reader = { client, settings, signal: AbortSignal.any([signal, deadline]) };
  const windows = logWindows(question, settings.maxWindowSeconds);
  const gaps = windows.gap === undefined ? [] : [windows.gap];
  const unknown: string[] = [];
  let answered = 0;
  const read = await inParallel(
    settings.concurrency,
    focus.map((service) => async (): Promise<Fact[]> => {
      const logGroupName = logGroupOf(settings.logGroupTemplate, question.cluster, service);
      const patterns = new Patterns(windows);
      try {
        // The lines since the onset matter most: they are read first, and what is cut then is only older.
        for (const [from, to] of [[windows.onset, windows.now] as const, [windows.start, windows.onset - 1] as const]) {
          const cut = await scan(reader, logGroupName, from, to, patterns);
          answered += 1;
          if (cut !== undefined) gaps.push(cut);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UpstreamError && awsErrorName(error.cause) === 'ResourceNotFoundException') {
          unknown.push(logGroupName);
          answered += 1;
        } else gaps.push(failureText(deadline.aborted && !(error instanceof AppError) ? overran(settings.timeoutMs) : error));
      }
      const { facts, gap } = patterns.facts(service, settings.maxPatterns);
      if (gap !== undefined) gaps.push(gap);
      return facts;
    }),
  );
  const missing = unknown.length > 0 ? `there is no log group ${cleanText(unknown.join(', '), 300)}` : '';
  const answer = answerOf({
    question: asked,
    facts: read.flat(),
    gaps,
    answered,
    nothing: missing || 'no warning and no error was logged',
  });
  return answer.status === 'found' ? { ...answer, detail: missing } : answer;
}

interface Reader {
  client: CloudWatchLogsClient;
  settings: Config;
  signal: AbortSignal;
}

/** Reads one window, oldest line first; answers what was left unread, or undefined when all was read. Times in milliseconds, both inclusive. */
async function scan(
  { client, settings, signal }: Reader,
  logGroupName: string,
  from: number,
  to: number,
  patterns: Patterns,
): Promise<string | undefined> {
  const filterPattern = settings.filterPattern || undefined;
  let nextToken: string | undefined;
  let bytes = 0;
  for (let page = 0; page < settings.maxPages; page += 1) {
    let output: unknown;
    try {
      signal.throwIfAborted();
      const command = new FilterLogEventsCommand({ logGroupName, startTime: from, endTime: to, filterPattern, nextToken });
      output = await client.send(command, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      throw awsFailure(permission, error);
    }
    const reply = FilterLogEventsReply.safeParse(output);
    if (!reply.success) throw unknownShape(permission, reply.error);
    for (const event of reply.data.events) {
      bytes += Buffer.byteLength(event.message);
      if (bytes > settings.maxBytes)
        return `${logGroupName}: only the first ${settings.maxBytes} bytes from ${new Date(from).toISOString()} on were read`;
      patterns.add({ timestamp: event.timestamp, message: event.message, taskId: taskOf(event.logStreamName) });
    }
    nextToken = reply.data.nextToken;
    if (nextToken === undefined || nextToken === '') return undefined;
  }
  return `${logGroupName}: only the first ${settings.maxPages} pages from ${new Date(from).toISOString()} on were read`;
}

function logGroupOf(template: string, cluster: string, service: string): string {
  // Functions, for a name may hold what `replaceAll` takes for a reference.
  return template.replaceAll('{cluster}', () => cluster).replaceAll('{service}', () => service);
}

function overran(timeoutMs: number): UpstreamError {
  return new UpstreamError('cloudwatch-logs', 'timeout', `no answer within ${timeoutMs} ms`);
}

/** The awslogs driver names a stream `prefix/container/task-id`. */
function taskOf(stream: string): string {
  const cut = stream.lastIndexOf('/');
  return cut < 0 ? '' : cleanText(stream.slice(cut + 1), 64);
}
