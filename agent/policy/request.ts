/** Everything the gates look at, read from the stores right before judging. Pure data: `null` means "could not be read". */
import type { Resource } from '../domain/alert.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { EvidenceStatus } from '../domain/evidence.ts';
import type { Plan } from '../domain/plan.ts';
import type { Autonomy } from '../domain/verdict.ts';
import type { ApprovalSettings } from './approvers.ts';
import type { Experience } from './earned/experience.ts';
import type { EarningSettings } from './earned/replay.ts';

export interface PastChange {
  /** Order of the intents. */
  seq: number;
  incidentId: string;
  action: string;
  /** `ecs:<cluster>/<service>` */
  target: string;
  /** ISO 8601 */
  at: string;
  finished: boolean;
  verified: 'recovered' | 'not-recovered' | 'harmed' | 'unproven' | null;
  /** ISO 8601: the same alert about the same service opened the next incident then; null when it has not. */
  againAt: string | null;
}

export interface PolicyRequest {
  /** ISO 8601 */
  now: string;
  incidentId: string;
  /** What the incident is about. */
  resource: Resource;
  /** When its trouble began, as far as the alert tells; ISO 8601. */
  troubleSince: string;
  hypothesis: Hypothesis;
  plan: Plan;
  /** `tell` touches no service: it only tells somebody. */
  purpose: 'mend' | 'tell';
  /** Why a person has to agree to every change of this action; null when none has to. */
  needsApproval: string | null;
  killSwitch: boolean | null;
  /** Services the inventory knows in the target's cluster. */
  knownServices: readonly string[] | null;
  /** `factsAboutTarget`: how many of the answer's facts speak of the plan's target. */
  evidence: readonly { source: string; status: EvidenceStatus; observedAt: string; factsAboutTarget: number }[];
  /** All changes that serve the same purpose, as far back as `lookBackSeconds`, undo steps left out, newest first. */
  changes: readonly PastChange[] | null;
  /** What this action did, or would have done, on this service before, and what operators ordered. */
  record: readonly Experience[] | null;
  /** Services of the cluster with an open incident, or with one handed to a person within the hour that has not resolved. */
  troubledServices: readonly string[] | null;
  /** Who calls whom in the cluster, as the call signals show; left out, every troubled service counts as a trouble of its own. */
  calls?: readonly { caller: string; callee: string }[] | null;
}

/** Durations in seconds, ratios 0..1. Defaults and their reasons: facts of the guard list, docs/configuration.md. */
export interface PolicySettings {
  /** Feature flags of the actions by name; here, so that one reading of the policy holds them and the limits alike. */
  flags: Readonly<Record<string, boolean>>;
  confidence: { default: number; byAction: Readonly<Record<string, number>> };
  protectedServices: readonly string[];
  /** Evidence older than this is stale. */
  evidenceMaxAgeSeconds: number;
  /** Sources that must have answered in full before anything may change. */
  requiredSources: readonly string[];
  /** So many different sources must have seen the target itself. */
  independentSources: number;
  /** Younger trouble may pass by itself. */
  minimumTroubleSeconds: number;
  cooldownSeconds: number;
  targetBudget: { changes: number; perSeconds: number };
  actionBudget: { changes: number; perSeconds: number };
  clusterBudget: { changes: number; perSeconds: number };
  fleetBudget: { changes: number; perSeconds: number };
  maxShareOfCapacity: number;
  /** Unrelated troubles: more than this share of the known services, and at least this many = automation stops. */
  massFailure: { share: number; services: number };
  changesPerIncident: number;
  breaker: { failures: number; perSeconds: number; openSeconds: number };
  /** UTC, `HH:MM`; an empty list means never frozen. `days` 0 = Sunday. */
  freezeWindows: readonly { days: readonly number[]; from: string; to: string }[];
  /** What an action may do at most. */
  autonomy: { default: Autonomy; byAction: Readonly<Record<string, Autonomy>> };
  earning: EarningSettings;
  /** Who may answer when a human has to agree. */
  approval: ApprovalSettings;
}
