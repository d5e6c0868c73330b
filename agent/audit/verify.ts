/** Reads the whole trail and says whether it is what was written: chain, keys, head, and what was put outside. Changes nothing. */
import { setImmediate } from 'node:timers/promises';
import { type ChainFault, faultOf, genesis, type Link, type SealedRow } from './chain.ts';
import { type AuditKeys, plainKeyId } from './key.ts';

/** Where the chain says its youngest row is. */
export interface Head {
  seq: number;
  hash: string;
  /** The first row that carries a key; null while none does. */
  keyedFrom: number | null;
}

/** Reads the trail as it lies there. While others append, a row is there no later than the head that names it. */
export interface TrailReader {
  head(): Promise<Head | null>;
  /** Rows after `afterSeq` in order, `limit` at most. */
  rows(afterSeq: number, limit: number): Promise<SealedRow[]>;
}

/** A row's hash that somebody else keeps. */
export interface OutsideHead {
  seq: number;
  hash: string;
  /** Where it was found, for the report. */
  where: string;
}

export type TrailFault =
  | ChainFault
  /** There are rows, but nothing says which is the youngest. */
  | 'no-head'
  /** Rows before the head are gone from the end. */
  | 'cut'
  /** The youngest row is another than the head says. */
  | 'head'
  /** Rows after the head. */
  | 'beyond-head'
  /** No row carries a key, or the first that does is another than the head says. */
  | 'keyed-from'
  /** The youngest row carries an earlier key than the one in use. */
  | 'old-key'
  /** What was put outside says otherwise. */
  | 'outside';

export interface TrailReport {
  rows: number;
  /** The first row that does not fit. */
  brokenAt: number | null;
  fault: TrailFault | null;
  /** Of an intact trail, its youngest row. */
  head: Link | null;
  /** What was compared with the outside, and what differed. */
  outside: { compared: number; newestSeq: number | null; differs: OutsideHead | null };
}

const pageSize = 200;

/** `outside` has to be read before the call: then the trail cannot be younger there than here. */
export async function verifyTrail(reader: TrailReader, keys: AuditKeys, outside: readonly OutsideHead[] = []): Promise<TrailReport> {
  const expected = bySeq(outside);
  const newestSeq = [...expected.keys()].reduce<number | null>((newest, seq) => Math.max(newest ?? 0, seq), null);
  const head = await reader.head();
  let counted = 0;
  let compared = 0;
  let previous: Link = genesis;
  let keyedFrom: number | null = null;
  const broken = (brokenAt: number, fault: TrailFault, differs: OutsideHead | null = null): TrailReport => ({
    rows: counted,
    brokenAt,
    fault,
    head: null,
    outside: { compared, newestSeq, differs },
  });

  while (head && previous.seq < head.seq) {
    const page = await reader.rows(previous.seq, Math.min(pageSize, head.seq - previous.seq));
    if (page.length === 0) return broken(previous.seq + 1, 'cut');
    for (const row of page) {
      counted += 1;
      const fault = faultOf(previous, row, keys);
      if (fault) return broken(row.seq, fault);
      if (row.keyId !== plainKeyId) keyedFrom ??= row.seq;
      for (const one of expected.get(row.seq) ?? []) {
        compared += 1;
        if (one.hash !== row.hash) return broken(row.seq, 'outside', one);
      }
      previous = row;
    }
    // A long trail must not keep webhooks waiting.
    await setImmediate();
  }

  if (head) {
    if (previous.hash !== head.hash) return broken(head.seq, 'head');
    if (keyedFrom === null || keyedFrom !== head.keyedFrom) return broken(keyedFrom ?? head.seq, 'keyed-from');
    if (previous.keyId !== keys.currentId) return broken(head.seq, 'old-key');
  }
  const [next] = await reader.rows(previous.seq, 1);
  // What was appended meanwhile is named by a head that is at least as young.
  if (next && ((await reader.head())?.seq ?? 0) < next.seq) return broken(next.seq, head ? 'beyond-head' : 'no-head');
  const cut = newestSeq !== null && newestSeq > previous.seq ? expected.get(newestSeq)?.[0] : undefined;
  if (cut) return broken(previous.seq + 1, 'outside', cut);
  return { rows: counted, brokenAt: null, fault: null, head: head && previous, outside: { compared, newestSeq, differs: null } };
}

function bySeq(outside: readonly OutsideHead[]): Map<number, OutsideHead[]> {
  const found = new Map<number, OutsideHead[]>();
  for (const one of outside) found.set(one.seq, [...(found.get(one.seq) ?? []), one]);
  return found;
}
