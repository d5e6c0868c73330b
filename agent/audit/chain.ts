/**
 * The hash chain of the audit trail: every row's hash covers its content, its place, the hash before it and the name of its key, so an
 * edited, missing, added or moved row shows. Without the key nobody can make a row that fits. Who has the key as well can rewrite the whole
 * chain, and who can write to the table can cut its tail: both show only against a head that was put somewhere else (`anchor.ts`).
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { type AuditKeys, plainKeyId } from './key.ts';
import type { AuditEntry } from './trail.ts';

export interface Link {
  seq: number;
  hash: string;
  /** Of the key it was signed with; empty for plain SHA-256. */
  keyId: string;
}

/** A row as it lies on disk: the hash is over these very texts, so that not even a space can be edited. */
export interface SealedRow extends Link {
  at: string;
  incidentId: string | null;
  actor: string;
  event: string;
  /** Canonical JSON. */
  detail: string;
  previousHash: string;
}

export type ChainFault =
  /** A row is missing, moved or added. */
  | 'place'
  /** It does not name the hash of the row before it. */
  | 'link'
  /** Its hash is not that of its content. */
  | 'content'
  /** It names a key that is not among the known ones. */
  | 'unknown-key'
  /** A row of an older key, or of none, after one of a newer key. */
  | 'key-order';

/** What the first row follows. */
export const genesis: Link = { seq: 0, hash: '0'.repeat(64), keyId: plainKeyId };

/** The row that follows `previous`, signed with the current key. */
export function seal(previous: Link, entry: AuditEntry, keys: AuditKeys): SealedRow {
  const row = {
    seq: previous.seq + 1,
    at: entry.at,
    incidentId: entry.incidentId,
    actor: entry.actor,
    event: entry.event,
    detail: canonicalJson(entry.detail),
    previousHash: previous.hash,
    keyId: keys.currentId,
  };
  return { ...row, hash: keys.sign(keys.currentId, signedText(row)) ?? '' };
}

/** Why `row` is not the one that was written after `previous`; null when it is. */
export function faultOf(previous: Link, row: SealedRow, keys: AuditKeys): ChainFault | null {
  if (row.seq !== previous.seq + 1) return 'place';
  if (row.previousHash !== previous.hash) return 'link';
  const rank = keys.order.indexOf(row.keyId);
  if (rank < 0) return 'unknown-key';
  if (rank < keys.order.indexOf(previous.keyId)) return 'key-order';
  const hash = row.keyId === plainKeyId ? plainHash(signedText(row)) : keys.sign(row.keyId, signedText(row));
  return row.hash === hash ? null : 'content';
}

/** Canonical JSON of the row without its hash; `keyId` is left out where there is none, as it was before there were keys. */
function signedText({ seq, at, incidentId, actor, event, detail, previousHash, keyId }: Omit<SealedRow, 'hash'>): string {
  const keyPart = keyId === plainKeyId ? '' : `,"keyId":${JSON.stringify(keyId)}`;
  const who = `{"actor":${JSON.stringify(actor)},"at":${JSON.stringify(at)}`;
  const what = `,"detail":${detail},"event":${JSON.stringify(event)},"incidentId":${JSON.stringify(incidentId)}`;
  return `${who}${what}${keyPart},"previousHash":${JSON.stringify(previousHash)},"seq":${seq}}`;
}

function plainHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
