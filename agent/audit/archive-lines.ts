/** How rows lie in the archive: one JSON object a line, keys sorted, so that the same rows are the same bytes everywhere. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { SealedRow } from './chain.ts';

export function archiveLines(rows: readonly SealedRow[]): Buffer {
  return Buffer.from(rows.map((row) => `${canonicalJson({ ...row })}\n`).join(''), 'utf8');
}

/** As S3 spells it. */
export function checksumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}
