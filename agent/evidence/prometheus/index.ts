/** Evidence from Prometheus: how services, tasks, routes and calls do now, did before the onset, and how they came there. Reads by fixed queries only; judges nothing. */
import type { AlertRuleFact, EvidenceQuestion, MetricSeries } from '../../domain/evidence.ts';
import { answerOf, cleanText, maxDetailLength, neverThrowing, unaskable } from '../answer.ts';
import { deadlineOf } from '../deadline.ts';
import { Gaps } from '../gaps.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { callEdges } from './edges.ts';
import { factsOf } from './facts.ts';
import { createFiringSeries } from './firing.ts';
import { type Round, readHistory, readSignals } from './read.ts';
import { readRules } from './rules.ts';
import { type Config, config } from './settings.ts';

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

/** Of one answer a megabyte is kept, and what is cut off it makes it an answer in part: the past gives way to the signals. */
const mostBytes = 900_000;

async function ask(settings: Config, fetcher: typeof fetch, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };

  const deadline = deadlineOf('prometheus', settings.timeoutMs, signal);
  const meter = new Meter('samples');
  const round: Round = {
    settings,
    question,
    asking: { settings, fetcher, meter, signal: deadline.signal },
    gaps: new Gaps(),
    reasonOf: deadline.reasonOf,
  };
  const answered = await readSignals(round);
  const facts = factsOf(answered);
  const edges = callEdges(settings.callEdges, facts, question.recentSeconds);
  // Which neighbours there are is in the first answers; where none came, more questions would only burden what is down.
  const isWanted = question.purpose !== 'verification' && facts.length > 0;
  const rules = isWanted ? await rulesOf(round) : { facts: [], notes: [] };
  const history = isWanted ? await readHistory(round, edges) : { series: [], asked: '', notes: [] };
  const told = facts.length > 0 ? [...facts, ...edges, ...rules.facts] : [];
  const { kept, note } = withinBytes(history.series, mostBytes - bytesOf(told));
  const notes = [...rules.notes, ...history.notes, ...note];
  const answer = answerOf({
    question: `${asked}${history.asked}`,
    // A configured graph alone is nothing that Prometheus said.
    facts: [...told, ...kept],
    gaps: round.gaps.texts(),
    answered: answered.length,
    nothing: `no series with ${settings.clusterLabel}="${cleanText(question.cluster, 100)}"`,
    cost: meter.cost(),
  });
  return { ...answer, detail: cleanText([answer.detail, ...notes].filter((text) => text !== '').join('; '), maxDetailLength) };
}

/** The signals are complete without the rule: whoever judges by it has a time of its own. */
async function rulesOf({ question, asking, reasonOf }: Round): Promise<{ facts: AlertRuleFact[]; notes: string[] }> {
  const { alertName } = question;
  if (alertName === undefined) return { facts: [], notes: [] };
  try {
    return { facts: await readRules(asking, alertName), notes: [] };
  } catch (error) {
    return { facts: [], notes: [`the rule of ${cleanText(alertName, 100)} was not read: ${reasonOf(error)}`] };
  }
}

function withinBytes(series: readonly MetricSeries[], room: number): { kept: MetricSeries[]; note: string[] } {
  let bytes = 0;
  const kept = series.filter((one) => {
    bytes += bytesOf(one);
    return bytes <= room;
  });
  return { kept, note: kept.length < series.length ? [`only ${kept.length} of ${series.length} series were kept`] : [] };
}

function bytesOf(told: unknown): number {
  return Buffer.byteLength(JSON.stringify(told));
}
