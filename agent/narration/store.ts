/** Port of the narrations: what a model said of an incident, for people; each is asked for, claimed by one replica, and told or given up. */
import type { EvidenceId, IncidentId } from '../domain/ids.ts';

/** `explanation` of what the rules found, `summary` of a closed incident. */
export const narrationKinds = ['explanation', 'summary'] as const;
export type NarrationKind = (typeof narrationKinds)[number];

/** One sentence or two of a model, with the evidence it cites that exists. Data: escape it wherever it is shown. */
export interface Statement {
  text: string;
  evidence: EvidenceId[];
}

export interface Narration {
  seq: number;
  incidentId: IncidentId;
  kind: NarrationKind;
  /** What it is about (`subjectOf`): words about an older claim are not kept. */
  subject: string;
  state: 'wanted' | 'told' | 'given-up';
  /** Empty until it is told. */
  statements: readonly Statement[];
  /** Citations of evidence that does not exist, taken out. */
  struck: number;
  /** `<provider>:<model>` that said it. */
  model: string | null;
  /** Why there are no words (yet), in one sentence of ours. */
  reason: string;
  /** ISO 8601 */
  wantedAt: string;
  toldAt: string | null;
}

/** An entry of the audit trail that asks for words. */
export interface Want {
  incidentId: IncidentId;
  kind: NarrationKind;
  subject: string;
  /** Number of the entry in the trail: of two, the younger one counts. */
  entry: number;
}

/** One to be told now. `claim` names this attempt: what comes from an older one is refused. */
export interface ClaimedNarration extends Pick<Narration, 'seq' | 'incidentId' | 'kind' | 'subject' | 'wantedAt'> {
  claim: number;
  /** Attempts before this one that counted. */
  tries: number;
}

export interface ToldNarration extends Pick<Narration, 'subject' | 'statements' | 'struck'> {
  model: string;
  costUsd: number;
}

export interface NarrationStore {
  /** Where in the audit trail to read on: where the last one stopped, at most `atMost` entries back; at its end when nothing was ever read. */
  readFrom(atMost: number): Promise<number>;
  /** Notes what is wanted and how far the trail is read, together. What is wanted about the same subject is wanted once. */
  want(wants: readonly Want[], readTo: number): Promise<void>;
  /** Those that are due, held for `holdMs`: no other replica gets them meanwhile, and they come again when nothing is heard of them. */
  claimDue(kinds: readonly NarrationKind[], holdMs: number, limit: number): Promise<ClaimedNarration[]>;
  /** Together with its audit entry; false when the attempt is not the last one any more. */
  told(one: Pick<ClaimedNarration, 'seq' | 'claim'>, told: ToldNarration): Promise<boolean>;
  /** Not told: to be tried again then, or never (`null`). `counts`: the attempt is one of those it gets. */
  failed(one: Pick<ClaimedNarration, 'seq' | 'claim'>, failure: { againAt: string | null; reason: string; counts: boolean }): Promise<void>;
  /** Oldest first. */
  ofIncident(incidentId: IncidentId): Promise<Narration[]>;
}
