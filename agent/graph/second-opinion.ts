/** Asks for a second opinion on what the rules found, when something hangs on it. What comes of it can only be more careful. */
import { type Opinion, type Weighed, weighOpinions } from '../diagnosis/audit/weigh-opinions.ts';
import { type About, reasonOf } from '../llm/investigation/about.ts';
import { opinionsOf, secondOpinionQuestion } from '../llm/investigation/second-opinion.ts';
import { isFault } from '../policy/in-force.ts';
import { adviceOf, thinkingMs } from './advice.ts';
import type { NodeDependencies } from './dependencies.ts';

const mostMs = 20_000;

export interface SecondOpinion extends Weighed {
  /** For the audit trail: who said what, or why nobody did. */
  told: { model: string; opinions: Opinion[] } | { none: string };
}

/** Null when nobody is asked. */
export async function secondOpinion(deps: NodeDependencies, about: About, signal: AbortSignal): Promise<SecondOpinion | null> {
  if (!deps.adviser.isOn('audit') || !isActedOn(deps, about) || (await isAgreedTo(deps, about))) return null;
  const question = secondOpinionQuestion(about, { deadlineMs: thinkingMs(deps, mostMs), signal });
  const advice = await adviceOf(deps, () => deps.adviser.ask(question), signal);
  if (advice.kind === 'none') {
    deps.metrics.secondOpinions.inc({ stance: 'none' });
    return { diagnosis: about.diagnosis, notes: [], told: { none: `${advice.why}: ${reasonOf(advice.reason)}` } };
  }
  const opinions = opinionsOf(about, advice.value, advice.model);
  const weighed = weighOpinions(about.diagnosis, opinions);
  for (const { secondOpinion: opinion } of weighed.diagnosis.ranked) {
    if (opinion) deps.metrics.secondOpinions.inc({ stance: opinion.stance });
  }
  return { ...weighed, told: { model: advice.model, opinions } };
}

/** Below the lowest threshold nothing is done by itself, whatever a model thinks of it. */
function isActedOn({ policy }: NodeDependencies, { diagnosis }: About): boolean {
  const inForce = policy();
  if (diagnosis.conclusion !== 'cause' || isFault(inForce)) return false;
  const lowest = Math.min(inForce.confidence.default, ...Object.values(inForce.confidence.byAction));
  return diagnosis.ranked.some(({ confidence }) => confidence >= lowest);
}

/** A person has said yes already: no model has a say after that. */
async function isAgreedTo({ approvals }: NodeDependencies, { incident }: About): Promise<boolean> {
  const requests = await approvals.ofIncident(incident.id);
  return requests.some(({ answer, usedBy }) => answer === 'approved' && usedBy === null);
}
