/** One investigation: is it worth it, what could it be, and what a model picks from that list. It reads; what it answers is a proposal. */
import { type PossibleClaim, pickedClaim } from '../diagnosis/possible/possible-claims.ts';
import type { Hypothesis } from '../domain/cause.ts';
import { InvariantError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { collectEvidence } from '../evidence/collect.ts';
import type { Advice } from '../llm/adviser.ts';
import { claimInWords, evidenceOf, reasonOf } from '../llm/investigation/about.ts';
import { createLookTool, type LookParams, type LookPlaces, type Window } from '../llm/investigation/look-tool.ts';
import { investigationQuestion, type OpenQuestion, pickedOf, triageQuestion } from '../llm/investigation/questions.ts';
import { adviceOf, thinkingMs } from './advice.ts';
import type { NodeDependencies } from './dependencies.ts';
import { questionFor } from './facts.ts';
import { lookInTurn, type RunContext } from './nodes/node.ts';

const triageMs = 10_000;
const analysisMs = 45_000;
const recentSeconds: Readonly<Record<Window, number | null>> = { 'last-minute': 60, 'as-alerted': null, 'last-quarter-hour': 900 };

export interface Investigated {
  result: 'proposed' | 'nothing' | 'not-worth-it' | 'no-opinion';
  /** One sentence for the audit trail. */
  reason: string;
  hypothesis: Hypothesis | null;
  model: string | null;
  looks: (LookParams & { evidence: string })[];
}

export async function investigate(deps: NodeDependencies, about: OpenQuestion, run: RunContext): Promise<Investigated> {
  const { signal } = run;
  const end = (result: Investigated['result'], reason: string, advice?: Advice<unknown>): Investigated => ({
    result,
    reason,
    hypothesis: null,
    model: advice?.kind === 'answer' ? advice.model : null,
    looks: [],
  });
  if (about.possible.length === 0) return end('nothing', 'no claim is left that an action could mend');
  if (deps.adviser.isOn('triage')) {
    const question = triageQuestion(about, { deadlineMs: thinkingMs(deps, triageMs), signal });
    const triage = await adviceOf(deps, () => deps.adviser.ask(question), signal);
    if (triage.kind === 'answer' && !triage.value.isWorthIt) {
      return end('not-worth-it', `a closer look is not worth it: ${reasonOf(triage.value.reason)}`, triage);
    }
  }
  const { citables } = evidenceOf(about);
  const looks: Investigated['looks'] = [];
  const tool = createLookTool({
    ...placesOf(deps, about),
    citables,
    read: (params, asked) => look(deps, about, params, looks, run, asked),
  });
  const question = investigationQuestion(about, [tool], { deadlineMs: thinkingMs(deps, analysisMs), signal });
  const advice = await adviceOf(deps, () => deps.adviser.investigate(question), signal);
  if (advice.kind === 'none') return { ...end('no-opinion', `${advice.why}: ${reasonOf(advice.reason)}`, advice), looks };
  const picked = pickedOf(about.possible, citables, advice.value);
  if ('none' in picked) return { ...end('nothing', picked.none, advice), looks };
  const hypothesis = pickedClaim(picked.claim, { ...picked, model: advice.model });
  return { ...end('proposed', `${claimInWords(picked.claim)}: ${picked.reason}`, advice), hypothesis, looks };
}

function placesOf({ sources }: NodeDependencies, { possible }: OpenQuestion): Pick<LookPlaces, 'sources' | 'services'> {
  return { sources: sources.map(({ id }) => id), services: [...new Set(possible.map(({ service }: PossibleClaim) => service))] };
}

/** Kept as evidence, so that it can be cited; policy judges by the round of the analyst alone. */
async function look(
  deps: NodeDependencies,
  { incident }: OpenQuestion,
  { source: id, service, window }: LookParams,
  looks: Investigated['looks'],
  run: RunContext,
  asked: AbortSignal,
): Promise<Evidence> {
  const signal = AbortSignal.any([run.signal, asked]);
  const sources = deps.sources.filter((source) => source.id === id);
  const options = { deadlineMs: deps.run.evidenceDeadlineMs, clock: deps.clock, newId: deps.newId, signal };
  const settings = { ...deps.run, recentSeconds: recentSeconds[window] ?? deps.run.recentSeconds };
  const [found] = await lookInTurn(
    deps,
    (now) => collectEvidence(sources, questionFor(incident, [service], now, settings), options),
    signal,
  );
  if (!found) throw new InvariantError(`there is no source ${id}`);
  await deps.evidence.save(run.lease, [found]);
  looks.push({ source: id, service, window, evidence: found.id });
  return found;
}
