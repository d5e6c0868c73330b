/**
 * Ways to forge an audit trail. An attacker writes to the tables as he likes, the triggers taken off; what he has besides (the code, an
 * earlier key, the key itself) decides how well his trail fits. Every way here changes something at or before `anchored`, the newest row
 * whose hash is also kept outside: what was added behind it nobody else has seen.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalHash, canonicalJson } from '../audit/canonical-json.ts';
import { genesis, type Link, type SealedRow, seal } from '../audit/chain.ts';
import { createAuditKeys } from '../audit/key.ts';
import type { AuditEntry } from '../audit/trail.ts';
import type { Head } from '../audit/verify.ts';

const secrets = ['the oldest key of the audit trail', 'the leaked key of the audit trail', 'the current key of the audit trail'] as const;
const [oldest, leaked, current] = secrets;
/** What the verifier is given. */
export const trueKeys = createAuditKeys(current, [leaked, oldest]);
const earlierKeys = [createAuditKeys(oldest), createAuditKeys(leaked, [oldest]), trueKeys];
const strangerKeys = createAuditKeys('a key the attacker made for himself');

export interface Trail {
  rows: SealedRow[];
  head: Head | null;
}

export interface TrailShape {
  /** Rows without a key, under the oldest key, under the leaked one, under the current one. */
  plain: number;
  keyed: [number, number, number];
  /** Share of the rows whose hash is known outside, 0..1. */
  anchored: number;
}

export const trailShape: fc.Arbitrary<TrailShape> = fc.record({
  plain: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 })),
  keyed: fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: 3, max: 25 })),
  anchored: fc.double({ min: 0.3, max: 1, noNaN: true }),
});

export function buildTrail({ plain, keyed, anchored }: TrailShape): { trail: Trail; anchored: Link } {
  const rows: SealedRow[] = [];
  for (let n = 0; n < plain; n += 1) rows.push(plainRow(rows.at(-1) ?? genesis, entryOf(rows.length)));
  keyed.forEach((count, at) => {
    for (let n = 0; n < count; n += 1) rows.push(seal(rows.at(-1) ?? genesis, entryOf(rows.length), earlierKeys[at] ?? trueKeys));
  });
  const at = Math.max(1, Math.round(rows.length * anchored));
  return { trail: { rows, head: headOf(rows) }, anchored: rows[at - 1] ?? genesis };
}

function entryOf(n: number): AuditEntry {
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  return {
    at,
    incidentId: n % 3 === 0 ? null : `incident-${n}`,
    actor: n % 2 ? 'remediation' : "o'brien",
    event: 'verdict',
    detail: { n, text: `row ${n} \\ "q"` },
  };
}

/** As the code of version 0.1 makes a row. */
function plainRow(previous: Link, { at, incidentId, actor, event, detail }: AuditEntry): SealedRow {
  const row = { seq: previous.seq + 1, at, incidentId, actor, event, detail, previousHash: previous.hash };
  return { ...row, detail: canonicalJson(detail), hash: canonicalHash(row), keyId: '' };
}

function headOf(rows: readonly SealedRow[]): Head | null {
  const last = rows.at(-1);
  return last ? { seq: last.seq, hash: last.hash, keyedFrom: rows.find((row) => row.keyId !== '')?.seq ?? null } : null;
}

export const attackKinds = [
  'edit',
  'delete',
  'delete and close the gap',
  'insert a copy',
  'insert a forged row',
  'swap two rows',
  'swap two contents',
  'cut the tail',
  'change the head',
  'cut tail and head',
  'put an old copy back',
  'rewrite without a key',
  'rewrite with another key',
  'rewrite with an earlier key',
  'rewrite the rows of earlier keys',
  'rewrite with the key',
  'remove everything',
] as const;
export type AttackKind = (typeof attackKinds)[number];

/** Only these fit in themselves, so that nothing but the outside can tell. */
export const fitsInItself: readonly AttackKind[] = [
  'cut tail and head',
  'put an old copy back',
  'rewrite with the key',
  'remove everything',
];

export interface Dice {
  /** Whole number from `min` to `max`. */
  roll(min: number, max: number): number;
  pick<Value>(values: readonly Value[]): Value;
}

/** The same seed, the same throws. */
export function diceOf(seed: number): Dice {
  let count = 0;
  const roll = (min: number, max: number) => {
    count += 1;
    const bytes = createHash('sha256').update(`${seed}/${count}`).digest();
    return min + (bytes.readUInt32BE(0) % (max - min + 1));
  };
  return {
    roll,
    pick<Value>(values: readonly Value[]): Value {
      const picked = values[roll(0, values.length - 1)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
  };
}

export function attack(kind: AttackKind, { rows, head }: Trail, anchored: Link, dice: Dice): Trail {
  const last = rows.length;
  switch (kind) {
    case 'edit': {
      const at = dice.roll(1, last);
      return { rows: rows.map((row) => (row.seq === at ? edited(row, dice) : row)), head };
    }
    case 'delete':
    case 'delete and close the gap': {
      const from = dice.roll(1, last - 1);
      const to = dice.roll(from, last - 1);
      const left = rows.filter((row) => row.seq < from || row.seq > to);
      if (kind === 'delete') return { rows: left, head };
      const moved = left.map((row) => ({ ...row, seq: row.seq > to ? row.seq - (to - from + 1) : row.seq }));
      return { rows: moved, head: dice.pick([head, head && { ...head, seq: moved.length }]) };
    }
    case 'insert a copy':
    case 'insert a forged row': {
      const at = dice.roll(1, last + 1);
      const before = rows[at - 2] ?? genesis;
      const forged = seal(before, entryOf(dice.roll(50, 99)), strangerKeys);
      const copy = rows[dice.roll(0, last - 1)] ?? forged;
      const added =
        kind === 'insert a copy' ? { ...copy, seq: at } : { ...forged, keyId: dice.pick([forged.keyId, trueKeys.currentId, '']) };
      const moved = rows.map((row) => ({ ...row, seq: row.seq >= at ? row.seq + 1 : row.seq }));
      return { rows: [...moved, added], head: dice.pick([head, head && { ...head, seq: last + 1 }]) };
    }
    case 'swap two rows':
    case 'swap two contents': {
      const [a, b] = [dice.roll(1, last - 1), dice.roll(1, last - 1)];
      const [one, other] = [a, a === b ? a + 1 : b];
      const at = (seq: number) => (seq === one ? other : seq === other ? one : seq);
      if (kind === 'swap two rows') return { rows: rows.map((row) => ({ ...row, seq: at(row.seq) })), head };
      const contents = (row: SealedRow) => rows[at(row.seq) - 1] ?? row;
      return { rows: rows.map((row) => ({ ...contents(row), seq: row.seq, previousHash: row.previousHash, hash: row.hash })), head };
    }
    case 'cut the tail': {
      const left = rows.slice(0, dice.roll(0, last - 1));
      return { rows: left, head: dice.pick([head, head && left.length > 0 ? { ...head, hash: left.at(-1)?.hash ?? '' } : head]) };
    }
    case 'change the head':
      return { rows, head: otherHead(rows, head, dice) };
    case 'cut tail and head':
    case 'put an old copy back': {
      // Back to a moment when the current key signed already, else the keys would tell.
      const first = rows.findIndex((row) => row.keyId === trueKeys.currentId) + 1;
      const left = rows.slice(0, Math.max(first, dice.roll(1, Math.max(1, anchored.seq - 1))));
      if (left.length >= anchored.seq) return attack('remove everything', { rows, head }, anchored, dice);
      if (kind === 'cut tail and head') return { rows: left, head: headOf(left) };
      // Work goes on on the old copy, with the key: an attacker who restores a backup under a running agent.
      const longer = [...left];
      const more = dice.roll(1, 10);
      for (let n = 0; n < more; n += 1) longer.push(seal(longer.at(-1) ?? genesis, entryOf(100 + n), trueKeys));
      return { rows: longer, head: headOf(longer) };
    }
    case 'rewrite without a key': {
      const from = dice.roll(1, last);
      const names = dice.pick(['no key', 'the same keys', 'the current key'] as const);
      const nameOf = (row: SealedRow) => (names === 'no key' ? '' : names === 'the same keys' ? row.keyId : trueKeys.currentId);
      const forged = rewritten(rows, from, (previous, entry, row) => ({ ...plainRow(previous, entry), keyId: nameOf(row) }));
      const fitting = headOf(forged);
      const keyedFrom = dice.pick([fitting?.keyedFrom ?? null, head?.keyedFrom ?? null, null, forged.length + 1]);
      return { rows: forged, head: fitting && { ...fitting, keyedFrom } };
    }
    case 'rewrite with another key': {
      const from = dice.roll(1, last);
      const keyId = dice.pick([strangerKeys.currentId, trueKeys.currentId]);
      const forged = rewritten(rows, from, (previous, entry) => ({ ...seal(previous, entry, strangerKeys), keyId }));
      return { rows: forged, head: headOf(forged) };
    }
    case 'rewrite with an earlier key': {
      const from = dice.roll(1, last);
      const keys = earlierKeys[dice.roll(0, 1)] ?? strangerKeys;
      const forged = rewritten(rows, from, (previous, entry) => seal(previous, entry, keys));
      return { rows: forged, head: headOf(forged) };
    }
    case 'rewrite the rows of earlier keys': {
      const isEarlier = (row: SealedRow) => row.keyId !== trueKeys.currentId;
      const until = rows.findLastIndex(isEarlier) + 1;
      if (until === 0) return attack('edit', { rows, head }, anchored, dice);
      const forged = rewritten(rows.slice(0, until), dice.roll(1, until), resigned);
      return { rows: [...forged, ...rows.slice(until)], head };
    }
    case 'rewrite with the key': {
      const from = dice.roll(1, anchored.seq);
      const forged = rewritten(rows, from, resigned);
      return { rows: forged, head: headOf(forged) };
    }
    case 'remove everything':
      return { rows: [], head: null };
  }
}

/** Each row with the key it had: the true one, for who has it. */
function resigned(previous: Link, entry: AuditEntry, row: SealedRow): SealedRow {
  if (row.keyId === '') return plainRow(previous, entry);
  return seal(previous, entry, earlierKeys.find((keys) => keys.currentId === row.keyId) ?? trueKeys);
}

/** Row `from` gets another content, and everything after it is signed anew. */
function rewritten(
  rows: readonly SealedRow[],
  from: number,
  make: (previous: Link, entry: AuditEntry, row: SealedRow) => SealedRow,
): SealedRow[] {
  const forged = rows.slice(0, from - 1);
  for (const row of rows.slice(from - 1)) {
    const detail = JSON.parse(row.detail) as Record<string, unknown>;
    const entry = { ...row, event: row.event as AuditEntry['event'], detail: row.seq === from ? { ...detail, forged: true } : detail };
    forged.push(make(forged.at(-1) ?? genesis, entry, row));
  }
  return forged;
}

function edited(row: SealedRow, dice: Dice): SealedRow {
  const flip = (text: string) => {
    const at = dice.roll(0, Math.max(0, text.length - 1));
    const other = text[at] === 'a' ? 'b' : 'a';
    return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
  };
  const ways: (() => SealedRow)[] = [
    () => ({ ...row, at: flip(row.at) }),
    () => ({ ...row, actor: flip(row.actor) }),
    () => ({ ...row, event: flip(row.event) }),
    () => ({ ...row, detail: flip(row.detail) }),
    () => ({ ...row, detail: row.detail.replace(':', ': ') }),
    () => ({ ...row, incidentId: row.incidentId === null ? 'incident-1' : dice.pick([null, flip(row.incidentId)]) }),
    () => ({ ...row, previousHash: flip(row.previousHash) }),
    () => ({ ...row, hash: flip(row.hash) }),
    () => ({ ...row, keyId: row.keyId === '' ? trueKeys.currentId : dice.pick(['', flip(row.keyId), strangerKeys.currentId]) }),
    () => ({ ...row, seq: row.seq + 1000 }),
  ];
  return dice.pick(ways)();
}

function otherHead(rows: readonly SealedRow[], head: Head | null, dice: Dice): Head | null {
  if (!head) return null;
  const earlier = rows[dice.roll(0, rows.length - 2)];
  const ways: (() => Head | null)[] = [
    () => null,
    () => ({ ...head, hash: 'f'.repeat(64) }),
    () => ({ ...head, seq: head.seq + dice.roll(1, 5) }),
    () => ({ ...head, seq: earlier?.seq ?? 1, hash: earlier?.hash ?? '' }),
    () => ({ ...head, keyedFrom: head.keyedFrom === null ? 1 : dice.pick([null, head.keyedFrom + 1]) }),
  ];
  return dice.pick(ways)();
}
