/** Plays a list of orders, some at a time, each in a process of its own, and says how far it is. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Order, Word } from './order.ts';

export interface Listed {
  /** As it is shown. */
  title: string;
  order: Order;
  /** Longer than it may take in all, milliseconds: by then it hangs. */
  longestMs: number;
}

export interface Lanes {
  onWord: (listed: Listed, doing: string) => void;
  /** `failure`: it left no record, and why. */
  onDone: (listed: Listed, failure: string | undefined) => void;
  /** The program that is given each order; default: the suite's own. */
  player?: string;
}

const ownPlayer = fileURLToPath(new URL('player.ts', import.meta.url));
/** After SIGTERM a player stops its stage. */
const graceMs = 20_000;

/** Rejects with the signal's reason when it is aborted; no player is left behind. */
export async function playAll(list: readonly Listed[], count: number, lanes: Lanes, signal: AbortSignal): Promise<void> {
  const waiting = [...list];
  const lane = async () => {
    for (let listed = waiting.shift(); listed !== undefined; listed = waiting.shift()) {
      signal.throwIfAborted();
      const failure = await playOne(listed, lanes, signal);
      signal.throwIfAborted();
      lanes.onDone(listed, failure);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(count, list.length) }, lane));
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function playOne(listed: Listed, { onWord, player = ownPlayer }: Lanes, signal: AbortSignal): Promise<string | undefined> {
  const { order, longestMs } = listed;
  // What an earlier try left is no result of this one.
  await rm(order.out, { recursive: true, force: true });
  const child = fork(player, [JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  child.on('message', (message) => onWord(listed, Word.parse(message).doing));
  const end = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
  };
  const timer = setTimeout(() => {
    complaint = `it took longer than ${Math.round(longestMs / 1000)} s`;
    end();
  }, longestMs);
  signal.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  if (code === 0 && existsSync(join(order.out, 'record.json'))) return undefined;
  return complaint.trim() || `it ended with ${code}`;
}
