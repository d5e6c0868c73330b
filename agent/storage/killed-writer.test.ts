import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { engines } from '../testing/engines.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import type { WriteOrder } from '../testing/writing-process.ts';

const program = new URL('../testing/writing-process.ts', import.meta.url).pathname;
const kills = 5;

/** What a writer had acknowledged when it was killed, a while after its first acknowledgement. */
async function acknowledgedUntilKilled({ address }: TempStore, prefix: string, afterMs: number): Promise<string[]> {
  const order: WriteOrder = { address, prefix, wide: 32 };
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  await once(child.stdout, 'data');
  await sleep(afterMs);
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  // The last line may be cut.
  return said.split('\n').slice(0, -1);
}

describe.each(engines)('a writer on %s that is killed', (engine) => {
  it('has on disk all it acknowledged, and nothing by halves', async () => {
    const temp = await openTempStore({ engine });
    const acknowledged: string[] = [];
    for (let kill = 0; kill < kills; kill += 1) acknowledged.push(...(await acknowledgedUntilKilled(temp, `w${kill}`, 20 + 17 * kill)));
    const found = new Map<string, number>();
    for (const { key } of await temp.raw('select key from setting')) {
      const name = String(key).slice(0, -2);
      found.set(name, (found.get(name) ?? 0) + 1);
    }
    expect(acknowledged.length).toBeGreaterThan(kills);
    expect(acknowledged.filter((key) => found.get(key) !== 2)).toEqual([]);
    expect([...found].filter(([, halves]) => halves !== 2)).toEqual([]);
    await temp.remove();
  });
});
