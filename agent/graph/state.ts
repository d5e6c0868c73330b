/**
 * What one incident's run carries from node to node: ids and small facts, under about 10 KB of plain JSON.
 * Evidence, plans that were carried out, approvals and audit live in their own tables. A plain field means "last write wins".
 */
import { Annotation } from '@langchain/langgraph';
import type { Diagnosis, Hypothesis } from '../domain/cause.ts';
import type { Outcome, Plan, Step } from '../domain/plan.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { RecoveryJudgement, ServiceSample } from '../verification/sample.ts';

/**
 * `change` policy allows it · `ask` a human must · `watch` nothing to do but see whether it comes back · `look-again` too early to tell ·
 * `tell` a human takes over, and is told where people look · `escalate` a human takes over
 */
export interface Decision {
  kind: 'change' | 'ask' | 'watch' | 'look-again' | 'tell' | 'escalate';
  reason: string;
  hypothesis: Hypothesis | null;
  plan: Plan | null;
  verdict: Verdict | null;
  /** Of an `ask`: with a yes, people are told something and nothing is changed. */
  onlyTells?: true;
  /** The pending request, when the kind is `ask`. */
  approvalId: string | null;
  /** ISO 8601 */
  at: string;
}

export interface Change {
  key: string;
  step: Step;
  plan: Plan;
  hypothesis: Hypothesis;
  outcome: Outcome | null;
  /** What verification found that made us put it back; null for a first step. */
  undoneAfter: RecoveryJudgement | null;
  /** ISO 8601: when the effect was recorded. */
  at: string | null;
}

export interface Approval {
  id: string;
  answer: 'approved' | 'rejected' | 'expired';
  by: string | null;
}

/** What came of the one investigation of an incident. */
export interface Proposal {
  /** A model's pick, for a person to decide on; null when it made none, or what it picked is no longer possible. */
  hypothesis: Hypothesis | null;
}

export const IncidentState = Annotation.Root({
  incidentId: Annotation<string>,
  /** 1 for the first look; grows each time the run goes back to the analyst. */
  round: Annotation<number>,
  /** Times the decision asked to look again in this round, because it was too early to tell. */
  looks: Annotation<number>,
  /** Where the analyst found the trouble; the incident's own service unless a callee explains it. */
  focus: Annotation<string[]>,
  evidenceIds: Annotation<string[]>,
  diagnosis: Annotation<Diagnosis | null>,
  /** Null before the investigation; absent from runs that version 1 of the graph began. */
  proposal: Annotation<Proposal | null | undefined>,
  decided: Annotation<Decision | null>,
  answered: Annotation<Approval | null>,
  change: Annotation<Change | null>,
  /** `action target` (and task) of every change tried so far: none is offered twice in one incident, under whatever cause. */
  tried: Annotation<string[]>,
  /** The services as they were when the decision was taken: what verification compares with. */
  before: Annotation<ServiceSample[]>,
  neighbours: Annotation<string[]>,
  recovery: Annotation<RecoveryJudgement | null>,
});
export type IncidentState = typeof IncidentState.State;
export type IncidentUpdate = typeof IncidentState.Update;

export function initialState(incidentId: string): IncidentState {
  return {
    incidentId,
    round: 1,
    looks: 0,
    focus: [],
    evidenceIds: [],
    diagnosis: null,
    proposal: null,
    decided: null,
    answered: null,
    change: null,
    tried: [],
    before: [],
    neighbours: [],
    recovery: null,
  };
}
