/** Evidence from CloudWatch Logs: which warnings and errors the services in focus write since the onset, and wrote before. Reads lines, never queries by outside text. */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion, Fact } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { awsErrorName } from '../aws-failure.ts';
import { createAwsReader } from '../aws-reader.ts';
import { deadlineOf } from '../deadline.ts';
import { Patterns } from '../log-patterns.ts';
import { logWindows } from '../log-windows.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { countLines, countWindow, type InsightsDeps } from './insights.ts';
import { isLogGroupName, logGroupOf } from './log-groups.ts';
import { scan } from './scan.ts';

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
    insights: z
      .object({
        historySeconds: z
          .int()
          .min(0)
          .max(2_592_000)
          .default(0)
          .describe('How long before the onset lines are counted by Logs Insights, which is billed by the bytes it scans; 0 leaves it out'),
        levelField: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/, 'must be the name of a field')
          .max(100)
          .default('level')
          .describe('Field of JSON lines that holds the level'),
      })
      .prefault({}),
    concurrency: z.int().min(1).max(10).default(3).describe('Services read at a time; FilterLogEvents has a low request quota'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  /** Region, credentials, endpoint and retries are the caller's. */
  logs: CloudWatchLogsClient;
  clock: Clock;
}

export const cloudwatchLogs = {
  id: 'cloudwatch-logs',
  config,
  create(settings: Config, deps: Deps): EvidenceSource {
    return {
      id: 'cloudwatch-logs',
      ask: (question, signal) => neverThrowing(wording(settings, question), signal, () => ask(settings, deps, question, signal)),
    };
  },
} satisfies EvidencePlugin<'cloudwatch-logs', typeof config, Deps>;

function wording({ logGroupTemplate }: Config, { cluster, focus, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `warnings and errors in the log groups ${logGroupTemplate} of ${services}, cluster ${cleanText(cluster, 100)}, since the onset and ${baselineSeconds} s before`;
}

async function ask(settings: Config, { logs, clock }: Deps, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  const focus = [...new Set(question.focus)].map((service) => ({
    service,
    logGroupName: logGroupOf(settings.logGroupTemplate, question.cluster, service),
  }));
  if (focus.length === 0) return { status: 'nothing', question: asked, detail: 'no service was asked about', facts: [] };

  const deadline = deadlineOf('cloudwatch-logs', settings.timeoutMs, signal);
  const meter = new Meter('bytes');
  const read = createAwsReader(deadline.signal, meter);
  const windows = logWindows(question, settings.maxWindowSeconds);
  const gaps = windows.gap === undefined ? [] : [windows.gap];
  const unknown = new Set(focus.flatMap(({ logGroupName }) => (isLogGroupName(logGroupName) ? [] : [logGroupName])));
  let answered = unknown.size;
  /** The caller's signal ends everything; a log group there is not is an answer; any other failure is a gap. */
  const onFailure = (logGroupName: string, error: unknown): void => {
    signal.throwIfAborted();
    if (error instanceof UpstreamError && awsErrorName(error.cause) === 'ResourceNotFoundException') {
      unknown.add(logGroupName);
      answered += 1;
    } else gaps.push(deadline.reasonOf(error));
  };
  const known = focus.filter(({ logGroupName }) => !unknown.has(logGroupName));

  const patternsOf = async (service: string, logGroupName: string): Promise<Fact[]> => {
    const patterns = new Patterns(windows);
    try {
      // The lines since the onset matter most: they are read first, and what is cut then is only older.
      for (const window of [
        { from: windows.onset, to: windows.now },
        { from: windows.start, to: windows.onset - 1 },
      ]) {
        const cut = await scan(logs, read, settings, logGroupName, window, patterns);
        answered += 1;
        if (cut !== undefined) gaps.push(cut);
      }
    } catch (error) {
      onFailure(logGroupName, error);
    }
    const { facts, gap } = patterns.facts(service, settings.maxPatterns);
    if (gap !== undefined) gaps.push(gap);
    return facts;
  };

  const { historySeconds, levelField } = settings.insights;
  const insights: InsightsDeps = { client: logs, read, clock, meter, signal: deadline.signal };
  const countsOf = async (service: string, logGroupName: string): Promise<Fact[]> => {
    try {
      const { series, gap } = await countLines(insights, logGroupName, service, levelField, countWindow(question, historySeconds));
      answered += 1;
      if (gap !== undefined) gaps.push(gap);
      return series;
    } catch (error) {
      onFailure(logGroupName, error);
      return [];
    }
  };
  const inLanes = (look: (service: string, logGroupName: string) => Promise<Fact[]>) =>
    inParallel(
      settings.concurrency,
      known.map(
        ({ service, logGroupName }) =>
          () =>
            look(service, logGroupName),
      ),
    );
  const isCounted = historySeconds > 0 && question.purpose !== 'verification';
  const facts = await Promise.all([inLanes(patternsOf), isCounted ? inLanes(countsOf) : []]);
  const missing = unknown.size > 0 ? `there is no log group ${cleanText([...unknown].join(', '), 300)}` : '';
  const answer = answerOf({
    question: asked,
    facts: facts.flat(2),
    gaps,
    answered,
    nothing: missing || 'no warning and no error was logged',
    cost: meter.cost(),
  });
  return answer.status === 'found' ? { ...answer, detail: missing } : answer;
}
