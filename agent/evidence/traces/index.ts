/** Evidence from traces, by Jaeger's query API: who calls whom, and which spans failed or took unusually long. Reads only; judges nothing. */
import { z } from 'zod';
import type { CallEdge, EvidenceQuestion } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { deadlineOf } from '../deadline.ts';
import { Gaps } from '../gaps.ts';
import { baseUrl, credentialSettings } from '../http-settings.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { distinct, edgesOf, notable, type Span } from '../spans.ts';
import { spanSettings, traceWindows } from '../trace-questions.ts';
import { type Asking, dependencies, findTraces, type TraceQuestion } from './client.ts';

const config = z
  .object({
    url: baseUrl('Base URL of a Jaeger query API, without /api; traces are not asked without it').optional(),
    ...credentialSettings,
    clusterTag: z
      .string()
      .max(100)
      .regex(/^[\w.:/-]*$/, 'a tag name: letters, digits and _.:/-')
      .default('')
      .describe('Tag that holds the ECS cluster; empty where the backend holds but one'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
    maxTraces: z
      .int()
      .min(1)
      .max(1_500)
      .default(50)
      .describe('Most traces read of one service and question: since the onset, failed, before'),
    maxBytes: z.int().min(1_000).default(16_000_000).describe('Largest reply to one question, bytes'),
    ...spanSettings,
    maxWindowSeconds: z.number().positive().default(21_600).describe('An onset further back than this is cut to it'),
    concurrency: z.int().min(1).max(10).default(4).describe('Questions sent at a time'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  fetch?: typeof fetch;
}

export const traces = {
  id: 'traces',
  config,
  create(settings: Config, deps: Deps): EvidenceSource | undefined {
    const { url } = settings;
    if (url === undefined) return undefined;
    const reader = { settings: { ...settings, url }, fetcher: deps.fetch ?? fetch };
    return {
      id: 'traces',
      ask: (question, signal) => neverThrowing(wording(url, question), signal, () => ask(reader, question, signal)),
    };
  },
} satisfies EvidencePlugin<'traces', typeof config, Deps>;

interface Reader {
  settings: Config & { url: string };
  fetcher: typeof fetch;
}

function wording(url: string, { cluster, focus, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `traces through ${services}, cluster ${cleanText(cluster, 100)}, at ${new URL(url).host}: since the onset and ${baselineSeconds} s before`;
}

/** Errors are rare: without a question of their own they would be missed among the youngest traces. */
type Part = 'since' | 'failed' | 'before';

async function ask({ settings, fetcher }: Reader, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings.url, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  if (question.purpose === 'verification')
    return { status: 'nothing', question: asked, detail: 'a verification reads no traces', facts: [] };

  const deadline = deadlineOf('traces', settings.timeoutMs, signal);
  const meter = new Meter('traces');
  const asking: Asking = { settings, fetcher, meter, signal: deadline.signal };
  const { since, before, gaps: cut } = traceWindows(question, settings.maxWindowSeconds);
  const gaps = new Gaps();
  let answered = 0;
  const spans: Record<Part, Span[]> = { since: [], failed: [], before: [] };
  let graph: { caller: string; callee: string; calls: number }[] = [];

  const attempt = (name: string, read: () => Promise<string[]>) => async () => {
    try {
      for (const problem of await read()) gaps.add(name, problem);
      answered += 1;
    } catch (error) {
      gaps.add(name, deadline.reasonOf(error));
    }
  };
  const tags: Record<string, string> = settings.clusterTag === '' ? {} : { [settings.clusterTag]: question.cluster };
  const find = (part: Part, one: Omit<TraceQuestion, 'limit'>) =>
    attempt(`${part} ${cleanText(one.service, 100)}`, async () => {
      const { data, problems } = await findTraces(asking, { ...one, limit: settings.maxTraces });
      // Not spread into a push: a reply may hold more spans than a call takes arguments.
      for (const span of data.spans) if (span.service !== '') spans[part].push(span);
      const isFull = data.traces >= settings.maxTraces;
      return isFull ? [...problems, `only the youngest ${settings.maxTraces} traces were read`] : problems;
    });
  const tasks = [...new Set(question.focus)].flatMap((service) => [
    find('since', { service, ...since, tags }),
    find('failed', { service, ...since, tags: { ...tags, error: 'true' } }),
    find('before', { service, ...before, tags }),
  ]);
  // The backend's own graph knows no tags: it would show the calls of every cluster.
  if (settings.clusterTag === '') {
    tasks.push(
      attempt('dependencies', async () => {
        const { data, problems } = await dependencies(asking, since.to, since.to - before.from);
        graph = data;
        return problems;
      }),
    );
  }
  gaps.expect(tasks.length);
  await inParallel(settings.concurrency, tasks);

  const sample = distinct(spans.since);
  const edges = withSeenBefore(
    edgesOf(sample, (since.to - since.from) / 1_000),
    edgesOf(distinct(spans.before), 0),
    graph,
    (since.to - before.from) / 1_000,
  );
  const { facts, left } = notable(distinct([...sample, ...spans.failed]), distinct(spans.before), settings);
  return answerOf({
    question: asked,
    facts: [...edges, ...facts],
    gaps: [...cut, ...gaps.texts(), ...(left > 0 ? [`${left} more failed or slow spans were left out`] : [])],
    answered,
    nothing: 'no trace through these services, and no calls between any',
    cost: meter.cost(),
  });
}

/** Edges of the sample since the onset, then those seen only before it or by the backend: a call that no longer happens is still an edge. */
function withSeenBefore(
  since: readonly CallEdge[],
  before: readonly CallEdge[],
  graph: readonly { caller: string; callee: string; calls: number }[],
  windowSeconds: number,
): CallEdge[] {
  const edges = new Map(since.map((edge) => [JSON.stringify([edge.caller, edge.callee]), edge]));
  const counted = new Map(graph.map(({ caller, callee, calls }) => [JSON.stringify([caller, callee]), calls]));
  for (const { caller, callee } of [...before, ...graph]) {
    const key = JSON.stringify([caller, callee]);
    if (edges.has(key) || caller === callee) continue;
    const calls = counted.get(key) ?? null;
    edges.set(key, { kind: 'call-edge', caller, callee, origin: 'traces', windowSeconds, calls, errors: null, latencySeconds: null });
  }
  return [...edges.values()];
}
