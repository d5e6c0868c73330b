/**
 * What the catalogue offers for a diagnosis: the ranked hypotheses in order, for each the actions in order, until one can be planned and policy
 * has spoken. It changes nothing, and never looks for a softer gate: a refusal ends the search.
 */
import type { Action, IncidentBrief } from '../action/action.ts';
import { remedies } from '../diagnosis/rules/remedies.ts';
import { type Resource, resourceKey } from '../domain/alert.ts';
import type { Cause, Hypothesis } from '../domain/cause.ts';
import type { Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { Plan } from '../domain/plan.ts';
import type { GateResult, Verdict } from '../domain/verdict.ts';
import { explanationOf, linesOf } from '../narration/shown.ts';
import { isFault } from '../policy/in-force.ts';
import { judge } from '../policy/judge.ts';
import type { NodeDependencies } from './dependencies.ts';
import { policyRequest } from './policy-request.ts';
import type { Decision, IncidentState } from './state.ts';

export type Answer = Omit<Decision, 'at' | 'approvalId'>;

/** One action that was looked at for one hypothesis, and what became of it. */
export interface Considered {
  action: string;
  cause: Cause;
  service: string;
  /** The last three were passed over for the next one; any other ended the search. */
  became: 'allowed' | 'asked' | 'refused' | 'switched-off' | 'already-tried' | 'not-possible';
  reason: string;
}

export interface Offer {
  answer: Answer;
  considered: Considered[];
}

export interface Choice {
  deps: NodeDependencies;
  incident: Incident & Pick<IncidentBrief, 'explanation'>;
  state: IncidentState;
  signal: AbortSignal;
}

/** Whether, instead of a change, something is to be waited for: another incident's work, or what ECS mends by itself. */
export type Wait = (hypothesis: Hypothesis) => Promise<Answer | null>;

interface Judged {
  considered: Considered;
  /** Null for one that was passed over before there was a plan. */
  plan: Plan | null;
  verdict: Verdict | null;
}

/** The first hypothesis is looked at however sure it is; another counts only when it alone would be sure enough to act on. */
export async function chooseOffer(choice: Choice, ranked: readonly Hypothesis[], waits: Wait): Promise<Offer> {
  const facts = await factsOf(choice);
  const considered: Considered[] = [];
  let fallback: Answer | null = null;
  for (const [rank, hypothesis] of ranked.entries()) {
    if (rank > 0 && hypothesis.confidence < clearAbove(choice.deps)) break;
    const wait = await waits(hypothesis);
    if (wait) return { answer: wait, considered };
    const looked = await offersFor(choice, hypothesis, facts);
    considered.push(...looked.map((one) => one.considered));
    const last = looked.at(-1);
    if (last?.plan && last.verdict && !isPassedOver(last.considered)) {
      return { answer: settled(hypothesis, last.considered, last.plan, last.verdict), considered };
    }
    fallback ??= nothingLeft(hypothesis, looked);
    // What no action mends is for a person, whatever else might be the matter.
    // Nor does a model's doubt about one claim bring the next to the fore: the rules alone might have gone no further than this one.
    if (looked.length === 0 || isDoubted(hypothesis)) break;
  }
  return { answer: told(fallback ?? escalate('the diagnosis names a cause but ranks none'), considered), considered };
}

/** Where nothing is mended: the first action that may tell somebody about it. `answer` says why there is nothing else but to. */
export async function chooseTelling(choice: Choice, answer: Answer): Promise<Offer> {
  const { hypothesis } = answer;
  const considered: Considered[] = [];
  if (!hypothesis) return { answer, considered };
  const facts = await factsOf(choice);
  for (const action of offeredFor(choice, hypothesis).filter(({ purpose }) => purpose === 'tell')) {
    // A plan somebody has to agree to must not change with what a model says meanwhile.
    const about = action.needsApproval === undefined ? { ...choice, incident: await explained(choice, hypothesis) } : choice;
    const one = await consider(about, hypothesis, action, facts);
    considered.push(one.considered);
    const { plan, verdict } = one;
    if (one.considered.became === 'allowed') return { answer: { ...answer, kind: 'tell', plan, verdict }, considered };
    // A person is asked where each telling needs one; not where its level of autonomy is too low to tell by itself.
    if (one.considered.became === 'asked' && action.needsApproval !== undefined) {
      return { answer: { ...answer, kind: 'ask', onlyTells: true, plan, verdict }, considered };
    }
  }
  return { answer, considered };
}

/** With what a model said of this claim by now. */
async function explained({ deps, incident }: Choice, hypothesis: Hypothesis): Promise<Choice['incident']> {
  if (!deps.adviser.isOn('analysis') || !deps.narrations) return incident;
  const narrations = await deps.narrations.ofIncident(incident.id).catch((error) => {
    deps.logger.warn({ err: error, incidentId: incident.id }, 'what a model said of an incident could not be read: it is told without');
    return [];
  });
  const told = explanationOf(narrations, hypothesis);
  return told ? { ...incident, explanation: linesOf(told) } : incident;
}

/** At which confidence a hypothesis is clear; without a policy nothing is. */
export function clearAbove({ policy }: NodeDependencies): number {
  const inForce = policy();
  return isFault(inForce) ? 1 : inForce.confidence.default;
}

export function triedKey(action: string, target: Resource, { taskId }: Pick<Hypothesis, 'taskId'>): string {
  return [action, resourceKey(target), taskId ?? ''].join(' ').trim();
}

export function escalate(reason: string, hypothesis: Hypothesis | null = null): Answer {
  return { kind: 'escalate', reason, hypothesis, plan: null, verdict: null };
}

function isDoubted({ confidence, secondOpinion }: Hypothesis): boolean {
  return secondOpinion !== undefined && confidence < secondOpinion.before;
}

function isPassedOver({ became }: Considered): boolean {
  return became === 'switched-off' || became === 'already-tried' || became === 'not-possible';
}

async function factsOf({ deps, state }: Choice): Promise<Fact[]> {
  const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
  return evidence.flatMap((answer) => answer.facts);
}

function offeredFor({ deps }: Choice, { cause }: Hypothesis): Action[] {
  return deps.catalog.filter((action) => action.cures.includes(cause) && (action.isOffered?.() ?? true));
}

/** Every action for this hypothesis up to the first that is not passed over. */
async function offersFor(choice: Choice, hypothesis: Hypothesis, facts: readonly Fact[]): Promise<Judged[]> {
  const looked: Judged[] = [];
  for (const action of offeredFor(choice, hypothesis).filter(({ purpose }) => purpose !== 'tell')) {
    const one = await consider(choice, hypothesis, action, facts);
    looked.push(one);
    if (!isPassedOver(one.considered)) break;
  }
  return looked;
}

async function consider(choice: Choice, hypothesis: Hypothesis, action: Action, facts: readonly Fact[]): Promise<Judged> {
  const { deps, incident, state } = choice;
  const target = targetOf(incident, hypothesis);
  const about = { action: action.id, cause: hypothesis.cause, service: hypothesis.service };
  const passedOver = (became: Considered['became'], reason: string): Judged => ({
    considered: { ...about, became, reason },
    plan: null,
    verdict: null,
  });
  if (state.tried.includes(triedKey(action.id, target, hypothesis))) {
    return passedOver('already-tried', 'already tried in this incident');
  }
  const params = action.propose(hypothesis, target, facts, incident);
  if ('notPossible' in params) return passedOver('not-possible', String(params.notPossible));
  const judged = async (plan: Plan): Promise<Judged & { verdict: Verdict }> => {
    const verdict = judge(await policyRequest(deps, incident, hypothesis, plan, state.evidenceIds), deps.policy());
    return { considered: { ...about, became: became(verdict), reason: reasonOf(verdict, plan) }, plan, verdict };
  };
  const outline = action.outline && (await judged(action.outline(params)));
  if (outline?.verdict.decision === 'deny') return outline;
  const plan = await planFor(choice, action, params);
  return 'notPossible' in plan ? passedOver('not-possible', plan.notPossible) : judged(plan);
}

export function targetOf(incident: Incident, hypothesis: Hypothesis): Resource {
  return { cluster: incident.resource.cluster, service: hypothesis.service };
}

function became({ decision, gates }: Verdict): Considered['became'] {
  switch (decision) {
    case 'allow':
      return 'allowed';
    case 'ask':
      return 'asked';
    case 'deny':
      return gates.some(({ gate, decision }) => gate === 'feature-flag' && decision === 'deny') ? 'switched-off' : 'refused';
  }
}

/** The gates that decided; what an allowed plan does. */
function reasonOf(verdict: Verdict, plan: Plan): string {
  const against = gatesThatDecided(verdict);
  return against.length > 0 ? against.map(({ gate, reason }) => `${gate}: ${reason}`).join('; ') : plan.summary;
}

function gatesThatDecided({ decision, gates }: Verdict): GateResult[] {
  return gates.filter((gate) => gate.decision === decision);
}

async function planFor({ signal }: Choice, action: Action, params: Record<string, unknown>): Promise<Plan | { notPossible: string }> {
  try {
    return await action.plan(params, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { notPossible: `the plan could not be made: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function settled(hypothesis: Hypothesis, { became, action, reason }: Considered, plan: Plan, verdict: Verdict): Answer {
  const offer = { hypothesis, plan, verdict };
  if (became === 'allowed') return { kind: 'change', reason, ...offer };
  if (became === 'asked') return { kind: 'ask', reason, ...offer };
  // What cooldown and budgets hold against us then is that very change: it may be the cure.
  const waits = gatesThatDecided(verdict).some(({ gate }) => gate === 'change-in-flight');
  return { kind: waits ? 'watch' : 'escalate', reason: `${action} is not allowed: ${reason}`, ...offer };
}

/** For a person, with the plan of an action that is switched off where there is one: what would have been done is worth knowing. */
function nothingLeft(hypothesis: Hypothesis, looked: readonly Judged[]): Answer {
  const remedy = remedies[hypothesis.cause];
  const advice = `for a person: ${remedy.kind === 'action' ? remedy.otherwise : remedy.advice}`;
  const switchedOff = looked.find(({ verdict }) => verdict !== null);
  const why = looked.length > 0 ? advice : `no action of the catalogue cures ${hypothesis.cause}; ${advice}`;
  return { ...escalate(why, hypothesis), plan: switchedOff?.plan ?? null, verdict: switchedOff?.verdict ?? null };
}

function told(answer: Answer, considered: readonly Considered[]): Answer {
  const first = answer.hypothesis?.cause;
  const words = considered.map(({ action, cause, reason }) => `${action}${cause === first ? '' : ` (for ${cause})`}: ${reason}`);
  return { ...answer, reason: [...words, answer.reason].join('; ') };
}
