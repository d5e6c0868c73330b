/** What an action would do, fixed before it does it: the approval, the ledger and the undo all refer to one plan. */
import type { Resource } from './alert.ts';
import type { ActionKey } from './ids.ts';

export interface BlastRadius {
  services: number;
  /** Tasks the action stops or replaces. */
  tasks: number;
  /** Share of the service's desired tasks that are out of service at the worst moment, 0..1. */
  shareOfCapacity: number;
}

export interface Plan {
  action: string;
  target: Resource;
  /** Checked by the action's own schema. */
  params: Record<string, unknown>;
  /** The AWS calls in order, as a person would read them. */
  calls: { operation: string; input: Record<string, unknown> }[];
  blastRadius: BlastRadius;
  /** The target before the change; the undo restores it, compare-and-set refuses when it no longer holds. */
  snapshot: Record<string, unknown>;
  /** What the undo would do, or `none` with the reason. */
  undo: { kind: 'restore'; summary: string } | { kind: 'none'; reason: string };
  summary: string;
  /** Desired tasks of the target once the change is in place, where that is what it changes. Absent = as many as before. */
  desiredAfter?: number;
  /** The change is meant for a time only: so long after it was made it is put back, once its incident is over. Absent = it stays. */
  putBack?: { afterSeconds: number; summary: string };
  /** Why a person has to agree to this very change, however far its action may go otherwise. Absent = nothing about it asks for one. */
  needsApproval?: string;
}

export interface NotPossible {
  notPossible: string;
}

/** `unknown`: the call went out and no answer came back. It is read back, never blindly repeated. */
export type Applied = 'yes' | 'no' | 'unknown';

export interface Outcome {
  applied: Applied;
  detail: string;
  /** With `yes`, as a look found it: a part of the change is made, and the rest may still follow. */
  isPartial?: boolean;
}

export type Step = 'execute' | 'undo';

/** One row of the ledger. */
export interface ActionRecord {
  /** Order of the intents: each counts against those after it, never against those before. */
  seq: number;
  key: ActionKey;
  incidentId: string;
  step: Step;
  plan: Plan;
  status: 'intended' | 'done' | 'failed' | 'unknown';
  detail: string;
  intendedAt: string;
  finishedAt: string | null;
  /** What verification found afterwards; null while it has not judged. */
  verified: 'recovered' | 'not-recovered' | 'harmed' | 'unproven' | null;
}
