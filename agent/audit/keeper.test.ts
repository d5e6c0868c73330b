import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditProgress } from '../storage/audit-progress.ts';
import { createAuditTrail, createTrailReader } from '../storage/audit-trail.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { openTempStore, type TempStore, testAuditKeys } from '../testing/temp-store.ts';
import type { Anchor, AnchoredHead, Archive } from './anchor.ts';
import { archiveLines, checksumOf } from './archive-lines.ts';
import type { SealedRow } from './chain.ts';
import { createKeeper, type KeeperSettings } from './keeper.ts';
import { createLogAnchor } from './log/index.ts';
import type { AuditTrail } from './trail.ts';
import type { OutsideHead } from './verify.ts';

const settings: KeeperSettings = {
  lookMs: 5000,
  anchorEveryMs: 300_000,
  anchorEveryRows: 10,
  archiveEveryMs: 60_000,
  archiveRows: 5,
  verifyEveryMs: 0,
  timeoutMs: 1000,
};

let temp: TempStore;
let trail: AuditTrail;
let clock: FakeClock;
let metrics: Metrics;
let logged: string[];
let heads: AnchoredHead[];
/** By name, as a bucket does; a name stands for its bytes. */
let objects: Map<string, { rows: readonly SealedRow[]; puts: number }>;
let fails: { before: boolean; after: boolean };

beforeEach(async () => {
  temp = await openTempStore();
  trail = createAuditTrail(temp.store);
  clock = createFakeClock('2026-01-01T00:00:00.000Z');
  metrics = createMetrics(() => Promise.resolve({}));
  [logged, heads, objects, fails] = [[], [], new Map(), { before: false, after: false }];
});
afterEach(() => temp.remove());

const anchor: Anchor = {
  id: 'memory',
  async put(head) {
    if (fails.before) throw new Error('no way through');
    heads.push(head);
    if (fails.after) throw new Error('the answer was lost');
  },
  heads: async (): Promise<OutsideHead[]> => heads.map(({ seq, hash }) => ({ seq, hash, where: 'memory' })),
};
const archive: Archive = {
  id: 'memory',
  async put(rows) {
    if (fails.before) throw new Error('no way through');
    const name = `${rows[0]?.seq}-${rows.at(-1)?.seq}`;
    objects.set(name, { rows, puts: (objects.get(name)?.puts ?? 0) + 1 });
    if (fails.after) throw new Error('the answer was lost');
  },
  ranges: async () =>
    [...objects.values()].map(({ rows }) => ({
      from: rows[0]?.seq ?? 0,
      to: rows.at(-1)?.seq ?? 0,
      hash: rows.at(-1)?.hash ?? '',
      where: 'memory',
      checksum: async () => checksumOf(archiveLines(rows)),
    })),
};

const newKeeper = () =>
  createKeeper(
    {
      reader: createTrailReader(temp.store),
      keys: testAuditKeys,
      outside: { anchors: [anchor], archives: [archive] },
      progress: createAuditProgress(temp.store),
      clock,
      logger: createLogger('info', { write: (line: string) => void logged.push(line) }),
      metrics,
    },
    settings,
  );

async function append(count: number): Promise<void> {
  const at = clock.now().toISOString();
  for (let n = 0; n < count; n += 1) await trail.append({ at, incidentId: null, actor: 'intake', event: 'incident-opened', detail: { n } });
}
const value = async (name: string) => (await metrics.registry.getMetricsAsJSON()).find((one) => one.name === name)?.values;

describe('what keeps the trail outside', () => {
  it('anchors the head when time has passed or rows were added, and never twice', async () => {
    const keeper = newKeeper();
    await keeper.look();
    expect(heads).toEqual([]);
    await append(1);
    await keeper.look();
    await append(3);
    await keeper.look();
    await keeper.look();
    expect(heads.map((head) => head.seq)).toEqual([1]);
    await append(7);
    await keeper.look();
    expect(heads.map((head) => head.seq)).toEqual([1, 11]);
    await append(1);
    await clock.advance(300_000);
    await keeper.look();
    await clock.advance(300_000);
    await keeper.look();
    const [row] = await createTrailReader(temp.store).rows(11, 1);
    expect(heads).toHaveLength(3);
    expect(heads[2]).toEqual({ seq: 12, hash: row?.hash, keyId: testAuditKeys.currentId, at: row?.at });
  });

  it('archives every row once, in bounded objects without a gap', async () => {
    await append(13);
    await newKeeper().look();
    expect([...objects.keys()]).toEqual(['1-5', '6-10']);
    await append(2);
    await newKeeper().look();
    expect([...objects.keys()]).toEqual(['1-5', '6-10', '11-15']);
    await append(1);
    await newKeeper().look();
    await clock.advance(60_000);
    await newKeeper().look();
    expect([...objects.keys()]).toEqual(['1-5', '6-10', '11-15', '16-16']);
    expect([...objects.values()].flatMap(({ rows }) => rows.map((row) => row.seq))).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
    expect([...objects.values()].every(({ puts }) => puts === 1)).toBe(true);
  });

  it('sends the same object again after a crash between the object and the record of it, whatever was added since', async () => {
    await append(3);
    fails.after = true;
    await newKeeper().look();
    await append(9);
    fails.after = false;
    await newKeeper().look();
    await clock.advance(60_000);
    await newKeeper().look();
    expect([...objects].map(([name, { puts }]) => [name, puts])).toEqual([
      ['1-3', 2],
      ['4-8', 1],
      ['9-12', 1],
    ]);
  });

  it('keeps one archive when several replicas do it at once', async () => {
    await append(40);
    await Promise.all(Array.from({ length: 4 }, () => newKeeper().look()));
    await newKeeper().look();
    const seqs = [...objects.values()].flatMap(({ rows }) => rows.map((row) => row.seq)).toSorted((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it('goes on when a place fails: it counts, logs, rests longer each time, and loses nothing', async () => {
    const keeper = newKeeper();
    await append(4);
    fails.before = true;
    for (let look = 0; look < 60; look += 1) {
      await keeper.look();
      await clock.advance(5000);
    }
    expect([heads, objects.size]).toEqual([[], 0]);
    const failed = (await value('kintsugi_audit_puts_total'))?.filter(({ labels }) => labels.result === 'failed') ?? [];
    expect(failed.map((one) => one.value)).toEqual([5, 5]);
    expect(logged.filter((line) => line.includes('could not be put outside'))).toHaveLength(10);
    expect(await value('kintsugi_audit_rows_behind')).toMatchObject([{ value: 4 }, { value: 4 }]);
    fails.before = false;
    await clock.advance(300_000);
    await keeper.look();
    expect([heads.length, objects.size]).toEqual([1, 1]);
    expect(await value('kintsugi_audit_rows_behind')).toMatchObject([{ value: 0 }, { value: 0 }]);
  });

  it('says aloud when the trail is shorter than it was', async () => {
    await append(20);
    const keeper = newKeeper();
    await keeper.look();
    await temp.raw(
      'drop trigger audit_refuses_delete',
      'delete from audit where seq > 5',
      'update audit_head set seq = 5, hash = (select hash from audit where seq = 5)',
    );
    await keeper.look();
    expect(logged.join('')).toContain('the audit trail is shorter than it was');
    await keeper.verify();
    expect(await value('kintsugi_audit_intact')).toMatchObject([{ value: 0 }]);
  });

  it('checks the whole trail against itself and the outside', async () => {
    const keeper = newKeeper();
    expect(await value('kintsugi_audit_intact')).toEqual([]);
    await append(7);
    await keeper.look();
    await keeper.verify();
    expect(await value('kintsugi_audit_intact')).toMatchObject([{ value: 1 }]);
    const [first] = heads;
    if (first) heads.push({ ...first, hash: 'f'.repeat(64) });
    await keeper.verify();
    expect(await value('kintsugi_audit_intact')).toMatchObject([{ value: 0 }]);
    expect(logged.join('')).toContain('"reason":"outside"');
  });

  it('writes the head into the log', async () => {
    const lines: string[] = [];
    const log = createLogAnchor(createLogger('info', { write: (line: string) => void lines.push(line) }));
    const head = { seq: 3, hash: 'a'.repeat(64), keyId: 'abc', at: '2026-01-01T00:00:00.000Z' };
    await log.put(head, new AbortController().signal);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ...head, msg: 'audit trail anchored' });
  });
});
