/** Evidence from Prometheus: how services, tasks, routes and calls do now and did before the onset. Reads by fixed queries only; judges nothing. */
import { z } from 'zod';
import { AppError, UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion } from '../../domain/evidence.ts';
import { answerOf, cleanText, failureText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { query } from './client.ts';
import { type Answered, factsOf } from './facts.ts';
import { createFiringSeries } from './firing.ts';
import { type Question, questions, type Window } from './queries.ts';

const LabelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'a Prometheus label name: letters, digits and underscores, no leading digit');

const config = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.includes('@'), {
      error: 'must hold no user name and no password: they would end up in logs and in the audit trail',
    })
    .describe('Base URL of Prometheus, without /api/v1'),
  timeoutMs: z
    .int()
    .min(100)
    .default(8_000)
    .describe('Time for one answer in all, milliseconds; queries not answered by then are reported as missing'),
  maxBytes: z.int().min(1_000).default(4_000_000).describe('Largest reply to one query, bytes'),
  maxSeries: z.int().min(1).default(2_000).describe('Most rows read from one reply'),
  concurrency: z.int().min(1).max(20).default(8).describe('Queries sent at a time; Prometheus itself runs at most 20'),
  staleAfterSeconds: z.number().positive().default(45).describe('A series without a younger sample has no value; three scrape intervals'),
  clusterLabel: LabelName.default('ecs_cluster').describe('Target label that holds the ECS cluster'),
  serviceLabel: LabelName.default('ecs_service').describe('Target label that holds the ECS service'),
  taskLabel: LabelName.default('ecs_task').describe('Target label that holds the ECS task id'),
});
type Config = z.output<typeof config>;

interface Deps {
  fetch?: typeof fetch;
}

export const prometheus = {
  id: 'prometheus',
  config,
  create(settings: Config, deps: Deps): EvidenceSource {
    const fetcher = deps.fetch ?? fetch;
    return {
      id: 'prometheus',
      ask: (question, signal) => neverThrowing(wording(settings, question), signal, () => ask(settings, fetcher, question, signal)),
    };
  },
  /** Which alerts fire: intake compares them with what it was told. */
  firing: createFiringSeries,
} satisfies EvidencePlugin<'prometheus', typeof config, Deps> & { firing: typeof createFiringSeries };

function wording({ url }: Config, { cluster, focus, recentSeconds, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `signals of cluster ${cleanText(cluster, 100)} (tasks and routes of ${services}) at ${new URL(url).host}: the last ${recentSeconds} s against ${baselineSeconds} s before the onset`;
}

async function ask(settings: Config, fetcher: typeof fetch, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };

  const all = questions(settings, question.cluster, [...new Set(question.focus)], windows(question), settings.staleAfterSeconds);
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const both = AbortSignal.any([signal, deadline]);
  const gaps = new Gaps(all.length);
  const answered: Answered[] = [];
  await inParallel(
    settings.concurrency,
    all.map((one) => async () => {
      try {
        const { samples, warnings } = await query(settings, fetcher, one.expression, one.at, both);
        if (samples.length > settings.maxSeries) gaps.add(one, `only ${settings.maxSeries} of ${samples.length} rows were read`);
        for (const warning of warnings) gaps.add(one, `warning: ${cleanText(warning, 200)}`);
        answered.push({ question: one, samples: samples.slice(0, settings.maxSeries) });
      } catch (error) {
        signal.throwIfAborted();
        gaps.add(one, failureText(deadline.aborted && !(error instanceof AppError) ? overran(settings.timeoutMs) : error));
      }
    }),
  );
  return answerOf({
    question: asked,
    facts: factsOf(answered),
    gaps: gaps.texts(),
    answered: answered.length,
    nothing: `no series with ${settings.clusterLabel}="${cleanText(question.cluster, 100)}"`,
  });
}

/**
 * The baseline ends one recent window before the onset: a rule over such a window fires late, so the onset it implies lies behind the
 * first bad samples.
 */
function windows({ onset, now, recentSeconds, baselineSeconds }: EvidenceQuestion): Window[] {
  const start = Math.min(onset.getTime(), now.getTime());
  return [
    { when: 'now', at: now, seconds: recentSeconds },
    { when: 'before', at: new Date(start - recentSeconds * 1_000), seconds: baselineSeconds },
  ];
}

function overran(timeoutMs: number): UpstreamError {
  return new UpstreamError('prometheus', 'timeout', `no answer within ${timeoutMs} ms`);
}

/** Failures by reason, for forty queries mostly fail for the same one. */
class Gaps {
  readonly #byReason = new Map<string, string[]>();
  readonly #total: number;
  constructor(total: number) {
    this.#total = total;
  }
  add({ scope, measure, when }: Question, reason: string): void {
    const names = this.#byReason.get(reason) ?? [];
    names.push(`${scope} ${measure} ${when}`);
    this.#byReason.set(reason, names);
  }
  texts(): string[] {
    return [...this.#byReason].map(([reason, names]) => {
      const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
      return `${reason} [${names.length} of ${this.#total} queries: ${shown}]`;
    });
  }
}
