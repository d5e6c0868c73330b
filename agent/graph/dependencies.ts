/** What the nodes work with: ports and settings, handed in by the composition root. No node imports a plug-in. */
import type { Action } from '../action/action.ts';
import type { ActionStore } from '../action/action-store.ts';
import type { Ledger } from '../action/ledger.ts';
import type { RightsCheck } from '../action/rights.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { DiagnosisSettings } from '../diagnosis/input.ts';
import type { Clock } from '../domain/clock.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Turns } from '../evidence/turns.ts';
import type { Inventory } from '../incident/inventory.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { Adviser } from '../llm/adviser.ts';
import type { NarrationStore } from '../narration/store.ts';
import type { RecordStore } from '../policy/earned/record-store.ts';
import type { PolicyInForce } from '../policy/in-force.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { Recording } from '../recording/recording.ts';
import type { ShadowStore } from '../shadow/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RunMetrics } from '../telemetry/metrics.ts';
import type { VerificationSettings } from '../verification/sample.ts';

export interface RunSettings {
  /** Time one round of evidence may take, milliseconds. */
  evidenceDeadlineMs: number;
  recentSeconds: number;
  baselineSeconds: number;
  /** How long a rule waits (`for:`) before it fires: the trouble is at least that much older than the alert. */
  alertPendingSeconds: number;
  /** Pause before the analyst looks again at what was not clear. */
  lookAgainMs: number;
  /** Pause between two looks of the verification. */
  verificationIntervalMs: number;
  approvalTtlSeconds: number;
}

export interface NodeDependencies {
  clock: Clock;
  logger: Logger;
  metrics: RunMetrics;
  newId: () => string;
  incidents: IncidentStore;
  evidence: EvidenceStore;
  actions: ActionStore;
  approvals: ApprovalStore;
  /** What each action did on each service: what autonomy is earned by. */
  records: RecordStore;
  /** Plans that nothing but their level of autonomy forbade. */
  shadows: ShadowStore;
  /** What models said of incidents, for whoever is told of one; without it, nothing. */
  narrations?: Pick<NarrationStore, 'ofIncident'>;
  trail: AuditTrail;
  inventory: Inventory;
  killSwitch: KillSwitch;
  sources: readonly EvidenceSource[];
  /** Whose turn it is to ask them; without it everybody asks at once. */
  turns?: Turns;
  catalog: readonly Action[];
  /** Asked before a person is. */
  rights: RightsCheck;
  ledger: Ledger;
  /** Asked for words and for caution; where no chain of models is configured it has none. */
  adviser: Adviser;
  diagnosis: DiagnosisSettings;
  /** The policy in force, feature flags included, or why there is none: then nothing is allowed. Ask anew for each judgement. */
  policy: () => PolicyInForce;
  verification: VerificationSettings;
  run: RunSettings;
  /** Keeps what each node is told; without it nothing is kept. */
  recording?: Recording;
}
