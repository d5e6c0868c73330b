/** Port of actions. Rules pick the action and its target; the ledger runs it; nothing here decides whether it may. */
import type { z } from 'zod';
import type { Resource } from '../domain/alert.ts';
import type { Cause, Hypothesis } from '../domain/cause.ts';
import type { Fact } from '../domain/evidence.ts';
import type { ActionKey } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { NotPossible, Outcome, Plan } from '../domain/plan.ts';

/** Leave to send one call, for a short time; or why there is none. */
export type Permit =
  | { refused: string }
  | {
      /** Synchronous: asked with nothing in between before the call goes out. */
      isValid(): boolean;
    };

/** What a change needs beside its plan. */
export interface Effect {
  signal: AbortSignal;
  /** Marks the change where the vendor takes a reason or a token. */
  key: ActionKey;
  /** For whom and what it is made: where changes have roles of their own, this one's role is narrowed to it. */
  reach?: Reach;
  /** Asked after the last look at the world; without a valid permit nothing is sent. Rejects when the run has lost its incident. */
  permit(): Promise<Permit>;
}

/** One permission, in the words of the system that grants it. */
export interface Right {
  /** Such as `ecs:UpdateService`; on GitHub the permission of the repository, such as `github:push`. */
  action: string;
  /** The one thing it is needed on, an ARN on AWS; `*` where the permission cannot be given for less. */
  resource: string;
}

/** What an action may tell others of the incident it is made for, or name its work by. */
export interface IncidentBrief extends Pick<Incident, 'id' | 'alertName' | 'resource' | 'severity' | 'startedAt'> {
  /** What a model said of the claim, a line for each statement: only for actions that tell people, and only when it was said by then. */
  explanation?: readonly string[];
}

/** An action and the permissions that one of its plans needs. */
export interface Reach {
  action: string;
  rights: readonly Right[];
}

export interface Action<Params extends Record<string, unknown> = Record<string, unknown>> {
  /** Equals the folder's name. */
  readonly id: string;
  readonly title: string;
  /**
   * `mend` (also when absent) changes a service. `tell` only tells people something: it touches no service, and its plans say so by a blast
   * radius of none.
   */
  readonly purpose?: 'mend' | 'tell';
  /** Why a person has to agree to every change of this action, however far it may go otherwise; absent when none has to. */
  readonly needsApproval?: string;
  /** Causes this action can cure; it is never offered for another. */
  readonly cures: readonly Cause[];
  readonly params: z.ZodType<Params>;
  /** Whether there is any use in looking at it right now; absent = always. What is not offered is not spoken of. */
  isOffered?(): boolean;
  /** Pure: the parameters this hypothesis calls for, or why the action does not fit it. */
  propose(hypothesis: Hypothesis, target: Resource, facts: readonly Fact[], incident: IncidentBrief): Params | NotPossible;
  /**
   * Pure: what `plan` would answer without what costs money to find out; absent when nothing of it does. Policy judges it first, and what is
   * refused already is not planned.
   */
  outline?(params: Params): Plan;
  /** Reads the world: checks every precondition, takes the snapshot, works out the blast radius and the exact calls. Changes nothing. */
  plan(params: Params, signal: AbortSignal): Promise<Plan | NotPossible>;
  /**
   * Makes the change, once. First compares the world with `plan.snapshot` and answers `applied: 'no'` when it moved.
   * A lost answer is `applied: 'unknown'`; the caller then asks `look`.
   */
  execute(plan: Plan, effect: Effect): Promise<Outcome>;
  /** Pure: the permissions that the change and its undo need. Absent when it needs none that could be checked. */
  rights?(plan: Plan): readonly Right[];
  /** Pure: the same for every single thing the change touches; absent when `rights` says that already. */
  touches?(plan: Plan): readonly Right[];
  /** Pure: whether `to` asks for no more than `from` does, on the same target. Absent when nothing of it can be narrowed. */
  isNarrower?(from: Params, to: Params): boolean;
  /** Pure: whether a narrower plan was made from the same world as the one it takes the place of. Absent = when their snapshots are equal. */
  isSameWorld?(from: Plan, to: Plan): boolean;
  /** Reads the world: has this plan taken effect already? */
  look(plan: Plan, signal: AbortSignal): Promise<Outcome>;
  /** Puts back what `execute` changed, from the snapshot; absent when nothing can be put back (then `plan.undo` says why). */
  undo?(plan: Plan, effect: Effect): Promise<Outcome>;
  /** Reads the world: is the undo of this plan in effect? Present when `undo` is. */
  lookUndone?(plan: Plan, signal: AbortSignal): Promise<Outcome>;
}
