/**
 * The hash chain of the audit trail: every row's hash covers its content, its place and the hash before it, so an edited, missing,
 * added or moved row shows. Who can rewrite the whole table can rewrite the chain: keep the head's hash somewhere else too.
 */
import { canonicalHash } from './canonical-json.ts';
import type { AuditEntry, AuditRow } from './trail.ts';

export interface Link {
  seq: number;
  hash: string;
}

/** What the first row follows. */
export const genesis: Link = { seq: 0, hash: '0'.repeat(64) };

/** The row that follows `previous`. */
export function nextRow(previous: Link, entry: AuditEntry): AuditRow {
  const row = { ...entry, seq: previous.seq + 1, previousHash: previous.hash };
  return { ...row, hash: hashOf(row) };
}

/** Whether `row` is the one that was written after `previous`. */
export function follows(previous: Link, row: AuditRow): boolean {
  return row.seq === previous.seq + 1 && row.previousHash === previous.hash && row.hash === hashOf(row);
}

function hashOf({ seq, at, incidentId, actor, event, detail, previousHash }: Omit<AuditRow, 'hash'>): string {
  return canonicalHash({ seq, at, incidentId, actor, event, detail, previousHash });
}
