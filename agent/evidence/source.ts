/** Port of evidence sources. A source reads, never writes, and never throws for what it could not find out. */
import type { EvidenceCost, EvidenceQuestion, EvidenceStatus, Fact } from '../domain/evidence.ts';

export interface EvidenceAnswer {
  status: EvidenceStatus;
  /** What was asked, in words, with where and for which window. */
  question: string;
  /** Why it failed or what was cut; a permission failure names the permission. Empty otherwise. */
  detail: string;
  /** Missing when nothing was asked, or the source does not count. */
  cost?: EvidenceCost;
  facts: Fact[];
}

export interface EvidenceSource {
  readonly id: string;
  /** The deadline is the caller's: obey the signal. Rejects only with the signal's reason. */
  ask(question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer>;
}
