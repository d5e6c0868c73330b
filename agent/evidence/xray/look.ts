/** One look at X-Ray: the graph of both windows, then for each service in focus the traces that failed, the slowest, and some from before. */
import type { XRayClient } from '@aws-sdk/client-xray';
import type { CallEdge, EvidenceQuestion } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel } from '../answer.ts';
import { createAwsReader } from '../aws-reader.ts';
import { deadlineOf } from '../deadline.ts';
import { Gaps } from '../gaps.ts';
import { Meter } from '../meter.ts';
import type { EvidenceAnswer } from '../source.ts';
import { distinct, notable, type Span } from '../spans.ts';
import { traceWindows } from '../trace-questions.ts';
import { type Asking, isAskable, readTraces, serviceGraph, traceSummaries, type Window } from './client.ts';
import { edgesOf, withSeenBefore } from './graph.ts';
import type { TraceSummary } from './schema.ts';
import type { Config } from './settings.ts';

type Part = 'failed' | 'slowest' | 'before';

export async function look(
  settings: Config,
  client: XRayClient,
  question: EvidenceQuestion,
  asked: string,
  signal: AbortSignal,
): Promise<EvidenceAnswer> {
  const deadline = deadlineOf('xray', settings.timeoutMs, signal);
  const meter = new Meter('traces');
  const read = createAwsReader(deadline.signal, meter);
  const asking: Asking = { client, read, meter, maxPages: settings.maxPages, groupName: settings.groupName };
  const { since, before, gaps: cut } = traceWindows(question, settings.maxWindowSeconds);
  const gaps = new Gaps();
  let answered = 0;
  const attempt = (name: string, task: () => Promise<void>) => async () => {
    try {
      await task();
      answered += 1;
    } catch (error) {
      gaps.add(name, deadline.reasonOf(error));
    }
  };

  const graph: Record<'since' | 'before', CallEdge[]> = { since: [], before: [] };
  const drawn = (name: keyof typeof graph, window: Window) =>
    attempt(`graph ${name}`, async () => {
      const { services, isCut } = await serviceGraph(asking, window);
      if (isCut) gaps.add(`graph ${name}`, `only the first ${settings.maxPages} pages were read`);
      graph[name] = edgesOf(services, (window.to - window.from) / 1_000);
    });

  const spans: Record<Part, Span[]> = { failed: [], slowest: [], before: [] };
  const found = (part: Part, window: Window, service: string) =>
    attempt(`${part} ${service}`, async () => {
      const { summaries, isCut } = await traceSummaries(asking, window, service, part === 'failed' ? 'failed' : 'sample');
      if (isCut) gaps.add(`${part} ${service}`, `only the first ${settings.maxPages} pages were read`);
      const ids = chosen(part, summaries).slice(0, settings.maxTraces);
      if (part === 'failed' && ids.length < summaries.length)
        gaps.add(`${part} ${service}`, `only ${ids.length} of ${summaries.length} traces were read`);
      const { spans: read, missing } = await readTraces(asking, ids);
      for (const span of read) spans[part].push(span);
      if (missing > 0) gaps.add(`${part} ${service}`, `${missing} traces or segments could not be read`);
    });

  const focus = [...new Set(question.focus)];
  for (const service of focus.filter((name) => !isAskable(name))) {
    gaps.add(
      cleanText(service, 100),
      'client: X-Ray has no services of such a name; only letters, digits, blanks and _.:/%&#=+@- are asked about',
    );
  }
  const tasks = [drawn('since', since), drawn('before', before)];
  for (const service of focus.filter(isAskable)) {
    tasks.push(found('failed', since, service), found('slowest', since, service), found('before', before, service));
  }
  gaps.expect(tasks.length);
  await inParallel(settings.concurrency, tasks);

  const edges = withSeenBefore(graph.since, graph.before);
  const { facts, left } = notable(distinct([...spans.failed, ...spans.slowest]), distinct(spans.before), settings);
  return answerOf({
    question: asked,
    facts: [...edges, ...facts],
    gaps: [...cut, ...gaps.texts(), ...(left > 0 ? [`${left} more failed or slow spans were left out`] : [])],
    answered,
    nothing: 'no trace through these services, and no calls between any',
    cost: meter.cost(),
  });
}

/** Of failed ones the youngest: an id holds the second in which the trace began. Of others since the onset the longest. */
function chosen(part: Part, summaries: readonly TraceSummary[]): string[] {
  const order = (one: TraceSummary) => (part === 'slowest' ? one.Duration : Number.parseInt(one.Id.split('-')[1] ?? '', 16) || 0);
  return [...summaries].sort((one, other) => order(other) - order(one)).map(({ Id }) => Id);
}
