/** Decision: change something, ask, watch, look again or hand over. What the catalogue offers is in `offers.ts`. It changes nothing. */
import { remedies } from '../../diagnosis/rules/remedies.ts';
import { resourceKey } from '../../domain/alert.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import { InvariantError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident.ts';
import type { GateName } from '../../domain/verdict.ts';
import type { PastChange } from '../../policy/request.ts';
import { askApproval, type Question } from '../ask-approval.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { maxLooks } from '../edges.ts';
import { type Answer, type Choice, chooseOffer, chooseTelling, clearAbove, escalate, type Offer, targetOf } from '../offers.ts';
import { changeInFlight, pastChanges } from '../policy-request.ts';
import { keepShadow } from '../shadow.ts';
import type { Decision, IncidentState } from '../state.ts';
import { elderOf, questionAbout } from '../who-asks.ts';
import { defineNode, loadIncident, record } from './node.ts';

/** Refusals that pass by themselves: the trouble is young, or the evidence was thin, partial, or had grown old while the process was down. */
const passing: ReadonlySet<GateName> = new Set(['trouble-age', 'confidence', 'evidence-complete', 'evidence-fresh', 'independent-sources']);

type About = Omit<Question, 'plan' | 'hypothesis'>;

export function createDecision(deps: NodeDependencies) {
  return defineNode(deps, 'decision', async (state, { signal, lease }) => {
    const incident = await loadIncident(deps, state.incidentId);
    const { answer: offered, considered } = await decide({ deps, incident, state, signal });
    const answer = patient(offered, state, clearAbove(deps));
    const taken: Decision = { ...answer, at: deps.clock.now().toISOString(), approvalId: null };
    const question = { incident, evidenceIds: state.evidenceIds, signal, fence: lease };
    const decision = await settle({ deps, incident, state, signal }, taken, question);
    await record(deps, lease, 'decision', 'verdict', { round: state.round, ...decision, considered });
    await keepShadow(deps, state, decision, lease);
    const blocking = decision.verdict?.gates.find((gate) => gate.decision === decisionOf(decision));
    deps.metrics.verdicts.inc({ decision: decision.kind, gate: blocking?.gate ?? 'none' });
    return { decided: decision.kind === 'escalate' ? await tell({ deps, incident, state, signal }, decision, question) : decision };
  });
}

async function settle(choice: Choice, taken: Decision, question: About): Promise<Decision> {
  if (taken.kind !== 'ask') return giveWay(choice, taken);
  const decision = await ask(choice.deps, choice.state, taken, question);
  if (decision.kind === 'ask' || taken.hypothesis?.proposedBy === undefined) return decision;
  // What a model proposed, and nobody can be asked about, changes nothing of how the rules end it.
  return giveWay(choice, { ...decision, ...escalate(decision.reason) });
}

/** A person who is asked about the service already is not called about it a second time: what comes of the answer is watched. */
async function giveWay(choice: Choice, decision: Decision): Promise<Decision> {
  if (decision.kind !== 'escalate') return decision;
  const { deps, incident } = choice;
  const { service } = incident.resource;
  const asking = await questionAbout(deps, incident, incident.resource);
  if (asking)
    return { ...decision, kind: 'watch', reason: `${decision.reason}; incident ${asking} about ${service} asks a person already` };
  // The yes may have become a change since the catalogue was looked at.
  const busy = await busyHere(choice);
  return busy?.target === resourceKey(incident.resource) ? { ...decision, kind: 'watch', reason: inFlightReason(busy) } : decision;
}

/** A record of its own: what was refused before, and why, stands in the one before it. */
async function tell(choice: Choice, decision: Decision, question: About): Promise<Decision> {
  const { answer, considered } = await chooseTelling(choice, decision);
  if (considered.length === 0) return decision;
  const chosen: Decision = { ...decision, ...answer };
  const told = chosen.kind === 'ask' ? await ask(choice.deps, choice.state, chosen, question) : chosen;
  await record(choice.deps, question.fence, 'decision', 'verdict', { round: choice.state.round, ...told, considered });
  return told;
}

function decisionOf(decision: Decision): 'ask' | 'deny' | 'pass' {
  if (decision.kind === 'ask') return 'ask';
  return decision.kind === 'change' ? 'pass' : 'deny';
}

/**
 * What is not clear yet is looked at again before a person is called: trouble that has just begun often shows only part of itself.
 * Clear but forbidden, or clear but incurable, goes to a person at once.
 */
function patient(answer: Answer, state: IncidentState, clearAbove: number): Answer {
  if (answer.kind !== 'escalate' || state.looks >= maxLooks) return answer;
  const denials = answer.verdict?.gates.filter((gate) => gate.decision === 'deny') ?? [];
  const unclear =
    answer.verdict === null ? confidenceOfRules(answer.hypothesis) < clearAbove : denials.every(({ gate }) => passing.has(gate));
  return unclear ? { ...answer, kind: 'look-again' } : answer;
}

/** That a model doubts a claim nothing can be done about is no reason to call a person later. */
function confidenceOfRules(hypothesis: Hypothesis | null): number {
  return hypothesis?.secondOpinion?.before ?? hypothesis?.confidence ?? 0;
}

async function decide(choice: Choice): Promise<Offer> {
  const { deps, incident, state } = choice;
  const diagnosis = state.diagnosis;
  if (!diagnosis) return only(escalate('there is no diagnosis'));
  const busy = await busyHere(choice);
  switch (diagnosis.conclusion) {
    case 'no-fault':
      return only(watch(diagnosis.reason));
    case 'inconclusive':
      return busy ? only(watch(inFlightReason(busy))) : forAPerson(choice, `inconclusive: ${diagnosis.reason}`);
    case 'cause':
      return chooseOffer(choice, diagnosis.ranked, (hypothesis) => waitFor(deps, incident, hypothesis, busy));
  }
}

/** The rules hand over. What a model proposed may be asked for instead, and nothing else becomes of it. */
async function forAPerson(choice: Choice, reason: string): Promise<Offer> {
  const { deps, incident, state } = choice;
  const proposed = state.proposal?.hypothesis;
  if (!proposed) return only(escalate(reason));
  const { answer, considered } = await chooseOffer(choice, [proposed], (hypothesis) => waitFor(deps, incident, hypothesis, undefined));
  return {
    answer: answer.kind === 'ask' ? answer : escalate(`${reason} A model proposed what cannot be asked for: ${answer.reason}`),
    considered,
  };
}

function only(answer: Answer): Offer {
  return { answer, considered: [] };
}

/** Another incident's change on a service of this one. */
async function busyHere({ deps, incident, state }: Choice): Promise<PastChange | undefined> {
  const { cluster } = incident.resource;
  const here = [...state.focus, ...state.neighbours].map((service) => resourceKey({ cluster, service }));
  return changeInFlight(await pastChanges(deps), incident.id, here);
}

async function waitFor(
  deps: NodeDependencies,
  incident: Incident,
  hypothesis: Hypothesis,
  busy: PastChange | undefined,
): Promise<Answer | null> {
  const { cause, service } = hypothesis;
  const target = targetOf(incident, hypothesis);
  if (busy && busy.target === resourceKey(target)) return watch(inFlightReason(busy), hypothesis);
  if (service !== incident.resource.service) {
    const other = await deps.incidents.openAbout(target, incident.id);
    if (other) return watch(`${cause} in ${service} is the matter of incident ${other}`, hypothesis);
  }
  const remedy = remedies[cause];
  return remedy.kind === 'watch' ? watch(`${cause}: ${remedy.advice}: ${hypothesis.because.join('; ')}`, hypothesis) : null;
}

/** What cannot be asked, or could not be done with a yes either, goes to a person as it is. */
async function ask(deps: NodeDependencies, state: IncidentState, decision: Decision, question: About): Promise<Decision> {
  const { plan, hypothesis } = decision;
  if (!plan || !hypothesis) throw new InvariantError('there is nothing to ask about');
  const elder = await elderOf(deps, question.incident, plan.target);
  const why = elder && `${decision.reason}; incident ${elder.id} about ${plan.target.service} is older, and asks first`;
  if (why && elder.hasAsked) return { ...decision, kind: 'watch', reason: why };
  // It may come to another end than a question: then this one asks.
  if (why && state.looks < maxLooks) return { ...decision, kind: 'look-again', reason: why };
  const asked = await askApproval(deps, { ...question, plan, hypothesis });
  if ('approvalId' in asked) return { ...decision, approvalId: asked.approvalId };
  return { ...decision, kind: 'escalate', reason: `${decision.reason}; it could not be asked for: ${asked.refused}` };
}

function inFlightReason(change: PastChange): string {
  return `incident ${change.incidentId} has ${change.action} on ${change.target} in flight`;
}

function watch(reason: string, hypothesis: Hypothesis | null = null): Answer {
  return { kind: 'watch', reason, hypothesis, plan: null, verdict: null };
}
