/** The closed list of causes a diagnosis may name, and the shape of a claim. */
import type { EvidenceId } from './ids.ts';

export const causes = [
  'bad-deployment',
  'sick-task',
  'all-tasks-degraded',
  'overload',
  'dependency-fault',
  'task-start-failure',
  'out-of-memory',
  'capacity-loss',
  'planned-zero',
  'cpu-runaway',
  'health-check-failure',
  'placement-failure',
  'stuck-deployment',
  'api-throttled',
] as const;
export type Cause = (typeof causes)[number];

/** What a model said of a claim of the rules. It may take confidence away or ask for a person, and nothing else. */
export interface SecondOpinion {
  stance: 'agrees' | 'doubts' | 'objects';
  /** The model's words, made harmless; shown to people, read by nothing. */
  reason: string;
  evidence: EvidenceId[];
  /** `<provider>:<model>` */
  model: string;
  /** What the rules had left the claim, 0..1. */
  before: number;
}

export interface Hypothesis {
  cause: Cause;
  /** The ECS service the cause sits in; not always the one that raised the alert. */
  service: string;
  /** Task id, when the cause is one task. */
  taskId?: string;
  /** The commit whose content fits, when the changes were read and one does. */
  change?: string;
  /** 0..1 */
  confidence: number;
  /** Where the rule that made it says why it can be no surer than this: then nothing else raises it above. */
  atMost?: number;
  evidence: EvidenceId[];
  /** What speaks for it, in plain sentences. */
  because: string[];
  /** What would show it to be wrong. */
  refutedBy: string;
  /** Absent from claims of the rules. What a model proposed is never acted on without a person's yes. */
  proposedBy?: 'model';
  /** Absent when no model was asked, or had nothing to say that rests on evidence. */
  secondOpinion?: SecondOpinion;
}

export type Conclusion = 'cause' | 'no-fault' | 'inconclusive';

export interface Diagnosis {
  conclusion: Conclusion;
  /** Best first; empty unless the conclusion is `cause`. */
  ranked: Hypothesis[];
  /** Why this conclusion, in one sentence. */
  reason: string;
  evidence: EvidenceId[];
}
