/** Evidence from Loki: which warnings and errors the services in focus write since the onset, and wrote before. Reads lines, never queries by outside text. */
import { z } from 'zod';
import type { EvidenceQuestion, Fact } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { deadlineOf } from '../deadline.ts';
import { baseUrl, credentialSettings } from '../http-settings.ts';
import { Patterns } from '../log-patterns.ts';
import { logWindows } from '../log-windows.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import type { Asking } from './client.ts';
import { type Equals, streamsWhere } from './logql.ts';
import { scan } from './scan.ts';

const LabelName = z.string().regex(/^([a-zA-Z_][a-zA-Z0-9_]*)?$/, 'a Loki label name: letters, digits and underscores, no leading digit');

const config = z
  .object({
    url: baseUrl('Base URL of Loki, without /loki/api/v1; Loki is not asked without it').optional(),
    ...credentialSettings,
    tenant: z
      .string()
      .max(150)
      .regex(/^[\w!.*'()|-]*$/, 'a tenant id of Loki: letters, digits and !-_.*() only, several joined by |')
      .default('')
      .describe("Tenant, sent as X-Scope-OrgID; empty where Loki's multi-tenancy is off"),
    clusterLabel: LabelName.default('ecs_cluster').describe('Stream label that holds the ECS cluster; empty where there is but one'),
    serviceLabel: LabelName.min(1).default('ecs_service').describe('Stream label that holds the ECS service'),
    taskLabel: LabelName.default('ecs_task').describe('Stream label that holds the ECS task id'),
    pipeline: z
      .string()
      .max(1_024)
      .regex(/^(\|.*|!.*)?$/s, 'a LogQL pipeline begins with | or !')
      .default('')
      .describe('LogQL pipeline put after the stream selector of every query, for example | json | level="error"; empty reads every line'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
    pageLines: z
      .int()
      .min(2)
      .max(50_000)
      .default(5_000)
      .describe("Lines asked for at a time; no more than Loki's max_entries_limit_per_query"),
    maxPages: z.int().min(1).default(20).describe('Most pages read of one service and window'),
    maxBytes: z.int().min(1_000).default(10_000_000).describe('Largest reply to one query, bytes'),
    maxPatterns: z.int().min(1).default(100).describe('Most patterns reported of one service'),
    maxWindowSeconds: z.number().positive().default(21_600).describe('An onset further back than this is cut to it'),
    concurrency: z.int().min(1).max(10).default(3).describe('Services read at a time'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  fetch?: typeof fetch;
}

export const loki = {
  id: 'loki',
  config,
  create(settings: Config, deps: Deps): EvidenceSource | undefined {
    const { url } = settings;
    if (url === undefined) return undefined;
    const reader = { settings: { ...settings, url }, fetcher: deps.fetch ?? fetch };
    return {
      id: 'loki',
      ask: (question, signal) => neverThrowing(wording(url, question), signal, () => ask(reader, question, signal)),
    };
  },
} satisfies EvidencePlugin<'loki', typeof config, Deps>;

interface Reader {
  settings: Config & { url: string };
  fetcher: typeof fetch;
}

function wording(url: string, { cluster, focus, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `warnings and errors of ${services}, cluster ${cleanText(cluster, 100)}, in Loki at ${new URL(url).host}, since the onset and ${baselineSeconds} s before`;
}

async function ask({ settings, fetcher }: Reader, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings.url, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  const focus = [...new Set(question.focus)];
  if (focus.length === 0) return { status: 'nothing', question: asked, detail: 'no service was asked about', facts: [] };

  const deadline = deadlineOf('loki', settings.timeoutMs, signal);
  const meter = new Meter('lines');
  const asking: Asking = { settings, fetcher, meter, signal: deadline.signal };
  const windows = logWindows(question, settings.maxWindowSeconds);
  const gaps = windows.gap === undefined ? [] : [windows.gap];
  let answered = 0;
  const read = await inParallel(
    settings.concurrency,
    focus.map((service) => async (): Promise<Fact[]> => {
      const patterns = new Patterns(windows);
      const query = streamsWhere(selectorOf(settings, question.cluster, service), settings.pipeline);
      try {
        // The lines since the onset matter most: they are read first, and what is cut then is only older.
        for (const [from, to] of [[windows.onset, windows.now + 1] as const, [windows.start, windows.onset] as const]) {
          const cut = await scan({ asking, ...settings }, query, from, to, patterns);
          answered += 1;
          gaps.push(...cut.map((gap) => `logs of ${cleanText(service, 100)}: ${gap}`));
        }
      } catch (error) {
        gaps.push(deadline.reasonOf(error));
      }
      const { facts, gap } = patterns.facts(service, settings.maxPatterns);
      if (gap !== undefined) gaps.push(gap);
      return facts;
    }),
  );
  const nothing = 'no warning and no error was logged';
  return answerOf({ question: asked, facts: read.flat(), gaps, answered, nothing, cost: meter.cost() });
}

function selectorOf({ clusterLabel, serviceLabel }: Config, cluster: string, service: string): Equals {
  return [...(clusterLabel === '' ? [] : [[clusterLabel, cluster] as const]), [serviceLabel, service]];
}
