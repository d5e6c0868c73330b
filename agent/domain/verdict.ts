/** What policy answers; nothing else may say yes. */

export type GateName =
  | 'policy-file'
  | 'kill-switch'
  | 'feature-flag'
  | 'known-target'
  | 'protected-target'
  | 'evidence-complete'
  | 'evidence-fresh'
  | 'independent-sources'
  | 'confidence'
  | 'second-opinion'
  | 'trouble-age'
  | 'freeze-window'
  | 'cooldown'
  | 'change-in-flight'
  | 'action-budget'
  | 'target-budget'
  | 'cluster-budget'
  | 'fleet-budget'
  | 'blast-radius'
  | 'mass-failure'
  | 'incident-changes'
  | 'circuit-breaker'
  | 'autonomy'
  /** Asked right before the effect, of a change that a person agreed to. */
  | 'approval';

export interface GateResult {
  gate: GateName;
  decision: 'pass' | 'ask' | 'deny';
  /** A full sentence with the numbers that decided. */
  reason: string;
}

export interface Verdict {
  decision: 'allow' | 'ask' | 'deny';
  /** Every gate in order, passed ones too. */
  gates: GateResult[];
}

/** How far an action may go by itself. */
export type Autonomy = 'observe' | 'suggest' | 'approve' | 'auto';
