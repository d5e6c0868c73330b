/**
 * Has incidents put into words by a model: what the rules found, and how it ended. It stands beside the runs and never in their way: it learns
 * from the audit trail what there is to tell, and nothing waits for it. Who asks nobody (all chains empty) reads nothing either.
 */
import type { IncidentId } from '../domain/ids.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import type { Advice, NoAdvice } from '../llm/adviser.ts';
import { Collected, entriesOf } from '../report/trail.ts';
import type { NarrationMetrics } from '../telemetry/narration-metrics.ts';
import { type Known, type NarrationQuestion, questionAbout, roleOf } from './questions.ts';
import { type ClaimedNarration, type NarrationStore, narrationKinds } from './store.ts';
import { wantOf } from './subject.ts';
import { grounded, type Words } from './words.ts';

type Ports = 'adviser' | 'incidents' | 'trail' | 'actions' | 'evidence' | 'clock' | 'logger';

export interface NarratorDependencies extends Pick<NodeDependencies, Ports> {
  narrations: NarrationStore;
  metrics: NarrationMetrics;
}

export interface Narrator {
  start(): void;
  /** One round: reads what happened, and tells what is due. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const pollMs = 2_000;
const atOnce = 4;
/** Longer than a question may take. */
const holdMs = 120_000;
const page = 500;
/** After a pause nobody wants to hear of everything that happened meanwhile. */
const mostBehind = 20_000;
const forMs = 3_600_000;
const maxTries = 3;
const firstRetryMs = 30_000;
/** Money and switches do not come back within seconds. */
const laterMs = 600_000;
/** Far beyond what one incident writes. */
const mostRows = 10_000;

export function createNarrator(deps: NarratorDependencies): Narrator {
  const { adviser, narrations, clock, logger, metrics } = deps;
  const stopping = new AbortController();
  let readTo: number | null = null;
  let running: Promise<void> = Promise.resolve();
  const now = () => clock.now().getTime();
  const inMs = (ms: number) => new Date(now() + ms).toISOString();

  async function look(): Promise<void> {
    const kinds = narrationKinds.filter((kind) => adviser.isOn(roleOf[kind]));
    if (kinds.length === 0) {
      readTo = null;
      return;
    }
    await readOn();
    while (!stopping.signal.aborted) {
      const due = await narrations.claimDue(kinds, holdMs, atOnce);
      await Promise.all(due.map((one) => tell(one).catch((error) => later(one, { why: 'failed', reason: textOf(error) }))));
      if (due.length < atOnce) return;
    }
  }

  async function readOn(): Promise<void> {
    let from: number = readTo ?? (await narrations.readFrom(mostBehind));
    for (;;) {
      const entries = await deps.trail.list({ afterSeq: from, limit: page });
      const wants = entries.filter(({ at }) => now() - Date.parse(at) < forMs).flatMap((entry) => wantOf(entry) ?? []);
      from = entries.at(-1)?.seq ?? from;
      if (wants.length > 0 || entries.length === page) await narrations.want(wants, from);
      readTo = from;
      if (entries.length < page) return;
    }
  }

  async function tell(one: ClaimedNarration): Promise<void> {
    const known = await knownOf(deps, one.incidentId);
    if (!known || now() - Date.parse(one.wantedAt) > forMs) return giveUp(one, 'nobody could be asked while it mattered');
    if (known.evidence.length === 0) return giveUp(one, 'there is no evidence to cite');
    if (one.kind === 'summary' && known.incident.status !== 'closed') return again(one, 'the incident is about to be closed', pollMs);
    const asked = questionAbout[one.kind](known);
    const advice = await adviser.ask({ ...asked.question, signal: stopping.signal });
    if (advice.kind === 'none') return later(one, advice);
    await keep(one, asked, advice);
  }

  async function keep(one: ClaimedNarration, { citables, subject }: NarrationQuestion, advice: Answer): Promise<void> {
    const { model, spent, value } = advice;
    const words = grounded(value, citables);
    if (!words) return later(one, { why: 'unfounded', reason: `${model} cited no evidence that exists` });
    const isKept = await narrations.told(one, { ...words, subject, model, costUsd: spent.costUsd });
    metrics.narrations.inc({ kind: one.kind, result: isKept ? 'told' : 'late' });
    logger.info({ incidentId: one.incidentId, kind: one.kind, model, struck: words.struck, isKept }, 'incident put into words');
  }

  async function later(one: ClaimedNarration, { why, reason }: { why: NoAdvice | 'unfounded' | 'failed'; reason: string }): Promise<void> {
    if (stopping.signal.aborted) return again(one, 'the agent that asked stopped', 0);
    metrics.narrations.inc({ kind: one.kind, result: why === 'unfounded' ? 'unfounded' : 'none' });
    logger.warn({ incidentId: one.incidentId, kind: one.kind, why, reason, tries: one.tries + 1 }, 'no words for an incident');
    if (why === 'off' || why === 'ceiling') return again(one, reason, laterMs);
    if (one.tries + 1 >= maxTries) return giveUp(one, reason);
    await narrations.failed(one, { againAt: inMs(firstRetryMs * 2 ** one.tries), reason, counts: true });
  }

  function again(one: ClaimedNarration, reason: string, pauseMs: number): Promise<void> {
    return narrations.failed(one, { againAt: inMs(pauseMs), reason, counts: false });
  }

  async function giveUp(one: ClaimedNarration, reason: string): Promise<void> {
    await narrations.failed(one, { againAt: null, reason, counts: true });
    metrics.narrations.inc({ kind: one.kind, result: 'given-up' });
  }

  async function rounds(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error) => {
        if (!stopping.signal.aborted) logger.warn({ err: error }, 'incidents could not be put into words; tried again later');
      });
      await clock.sleep(pollMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    look,
    start() {
      running = rounds();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

type Answer = Extract<Advice<Words>, { kind: 'answer' }>;

/** Everything a question about an incident is made of; undefined when there is no such incident. */
export async function knownOf(
  { incidents, trail, actions, evidence }: Pick<NarratorDependencies, 'incidents' | 'trail' | 'actions' | 'evidence'>,
  incidentId: IncidentId,
): Promise<Known | undefined> {
  const incident = await incidents.get(incidentId);
  if (!incident) return undefined;
  const [entries, changes] = await Promise.all([trail.list({ incidentId, limit: mostRows }), actions.ofIncident(incidentId)]);
  const answers = entriesOf(entries, 'evidence-collected', Collected).at(-1)?.detail.answers ?? [];
  return { incident, entries, changes, evidence: await evidence.get(answers.map(({ id }) => EvidenceId.parse(id))) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
