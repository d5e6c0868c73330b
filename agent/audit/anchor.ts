/**
 * Ports to the outside of the audit trail. Who can write to the store and has the key can write another trail that fits; he cannot change
 * what was put elsewhere. A place that fails is tried again later and never stops the agent.
 */
import type { SealedRow } from './chain.ts';
import type { OutsideHead } from './verify.ts';

/** The youngest row at a moment. */
export interface AnchoredHead {
  seq: number;
  hash: string;
  keyId: string;
  /** When the row was written, ISO 8601: the same head has the same bytes, whoever anchors it and whenever. */
  at: string;
}

/** Keeps heads of the trail where the agent cannot change them. */
export interface Anchor {
  readonly id: string;
  /** Again with the same head: nothing is added. */
  put(head: AnchoredHead, signal: AbortSignal): Promise<void>;
  /** All that were kept; left out where they cannot be read back from here. */
  heads?(signal: AbortSignal): Promise<OutsideHead[]>;
}

/** Keeps the rows themselves. */
export interface Archive {
  readonly id: string;
  /** Rows of one range without a gap, as a whole. Again with the same rows: nothing is added. */
  put(rows: readonly SealedRow[], signal: AbortSignal): Promise<void>;
  /** All ranges that were kept, in order. */
  ranges(signal: AbortSignal): Promise<ArchivedRange[]>;
}

export interface ArchivedRange {
  from: number;
  to: number;
  /** Of row `to`. */
  hash: string;
  where: string;
  /** SHA-256 of the stored bytes as the place itself reckons it, base64. */
  checksum(signal: AbortSignal): Promise<string>;
}
