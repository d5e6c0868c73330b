/** Everything the gates look at, read from the stores right before judging. Pure data: `null` means "could not be read". */
import type { Hypothesis } from '../domain/cause.ts';
import type { EvidenceStatus } from '../domain/evidence.ts';
import type { Plan } from '../domain/plan.ts';
import type { Autonomy } from '../domain/verdict.ts';
import type { ApprovalSettings } from './approvers.ts';

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
}

export interface PolicyRequest {
  /** ISO 8601 */
  now: string;
  incidentId: string;
  hypothesis: Hypothesis;
  plan: Plan;
  /** Why a person has to agree to every change of this action; null when none has to. */
  needsApproval: string | null;
  killSwitch: boolean | null;
  /** Services the inventory knows in the target's cluster. */
  knownServices: readonly string[] | null;
  evidence: readonly { source: string; status: EvidenceStatus; observedAt: string }[];
  /** All changes of the last day, undo steps left out, newest first. */
  changes: readonly PastChange[] | null;
  /** Services of the cluster with an open incident right now. */
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
  cooldownSeconds: number;
  targetBudget: { changes: number; perSeconds: number };
  actionBudget: { changes: number; perSeconds: number };
  fleetBudget: { changes: number; perSeconds: number };
  maxShareOfCapacity: number;
  /** Unrelated troubles: more than this share of the known services, and at least this many = automation stops. */
  massFailure: { share: number; services: number };
  changesPerIncident: number;
  breaker: { failures: number; perSeconds: number; openSeconds: number };
  /** UTC, `HH:MM`; an empty list means never frozen. `days` 0 = Sunday. */
  freezeWindows: readonly { days: readonly number[]; from: string; to: string }[];
  autonomy: { default: Autonomy; byAction: Readonly<Record<string, Autonomy>> };
  /** Who may answer when a human has to agree. */
  approval: ApprovalSettings;
}
