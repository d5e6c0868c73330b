import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PendingWrite } from '@langchain/langgraph-checkpoint';
import { emptyCheckpoint } from '@langchain/langgraph-checkpoint';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite, type Sqlite } from './sqlite.ts';
import { GroupedSqliteSaver } from './sqlite-saver.ts';

let folder: string;
let sqlite: Sqlite;
let saver: GroupedSqliteSaver;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-saver-'));
  sqlite = openSqlite(join(folder, 'store.db'), { busyTimeoutMs: 100, groupMs: 5 });
  saver = new GroupedSqliteSaver(sqlite);
});
afterEach(async () => {
  await sqlite.close();
  await rm(folder, { recursive: true, force: true });
});

const metadata = { source: 'loop', step: 0, parents: {} } as const;
const ordinary: PendingWrite[] = [['looks', 1]];
const place = (id?: string) => ({ configurable: { thread_id: 't', checkpoint_ns: '', ...(id ? { checkpoint_id: id } : {}) } });
const checkpoint = (id: string) => ({ ...emptyCheckpoint(), id });
const pending = async (id: string) => (await saver.getTuple(place(id)))?.pendingWrites;

it('keeps no rows of what a node wrote beside the checkpoint that holds it', async () => {
  await saver.put(place(), checkpoint('a'), metadata);
  const written = saver.putWrites(place('a'), ordinary, 'task');
  const put = saver.put(place('a'), checkpoint('b'), metadata);
  await Promise.all([written, put]);
  expect(await pending('a')).toEqual([]);
  expect((await saver.getTuple(place()))?.checkpoint.id).toBe('b');
});

it('keeps them where no checkpoint comes, or another one', async () => {
  await saver.put(place(), checkpoint('a'), metadata);
  const written = saver.putWrites(place('a'), ordinary, 'task');
  await saver.put({ configurable: { thread_id: 'other', checkpoint_ns: '', checkpoint_id: 'a' } }, checkpoint('b'), metadata);
  await written;
  expect(await pending('a')).toEqual([['task', 'looks', 1]]);
});

it("keeps LangGraph's own, such as an interrupt, at all events", async () => {
  await saver.put(place(), checkpoint('a'), metadata);
  const written = saver.putWrites(place('a'), [['__interrupt__', { value: 'a question' }]], 'task');
  await Promise.all([written, saver.put(place('a'), checkpoint('b'), metadata)]);
  expect(await pending('a')).toEqual([['task', '__interrupt__', { value: 'a question' }]]);
});

it('says that nothing was written when the checkpoint in whose stead it waits is refused', async () => {
  await saver.put(place(), checkpoint('a'), metadata);
  const refusing = new GroupedSqliteSaver(sqlite, function* () {
    yield* [];
    throw new Error('held elsewhere');
  });
  const written = refusing.putWrites(place('a'), ordinary, 'task');
  const put = refusing.put(place('a'), checkpoint('b'), metadata);
  const ends = await Promise.allSettled([written, put]);
  expect(ends).toMatchObject([
    { status: 'rejected', reason: { message: 'held elsewhere' } },
    { status: 'rejected', reason: { message: 'held elsewhere' } },
  ]);
  await nextTurn();
  expect((await saver.getTuple(place()))?.checkpoint.id).toBe('a');
});
