import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { createModelCallStore } from '../../storage/model-call-store.ts';
import { engines } from '../../testing/engines.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import type { SpendOrder } from '../../testing/spending-process.ts';
import { countingIds, openTempStore } from '../../testing/temp-store.ts';

const program = new URL('../../testing/spending-process.ts', import.meta.url).pathname;
const kills = 2;
const ceilingUsd = 6;
const callUsd = 0.01;

/** The calls it was let make; killed so long after the first, or left alone until it is refused. */
async function callsOf(order: SpendOrder, killAfterMs?: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const closed = once(child, 'close');
  if (killAfterMs !== undefined) {
    await Promise.race([once(child.stdout, 'data'), closed]);
    await sleep(killAfterMs);
    child.kill('SIGKILL');
  }
  await closed;
  // The last line may be cut: a call that was begun all the same.
  return said.split('\n').filter((line) => line !== '');
}

describe.each(engines)('two spenders on %s, one of them killed again and again', (engine) => {
  it('make as many calls as the ceiling allows together', { timeout: 60_000 }, async () => {
    const temp = await openTempStore({ engine });
    await createIncidentStore(temp.store, createFakeClock(), countingIds('incident')).receive([receivedAlert()]);
    const order: SpendOrder = { address: temp.address, incidentId: 'incident-1', ceilingUsd, wide: 4 };
    const killed: string[] = [];
    for (let kill = 0; kill < kills; kill += 1) killed.push(...(await callsOf(order, 15 + 20 * kill)));
    expect(killed.length).toBeGreaterThanOrEqual(kills);
    const calls = [...killed, ...(await Promise.all([callsOf(order), callsOf(order)])).flat()];

    expect(calls.length).toBeLessThanOrEqual(ceilingUsd / callUsd);
    const [line] = await createModelCallStore(temp.store).ofIncident('incident-1');
    // What a killed one had reserved and not told counts; nothing else is missing.
    expect(line).toMatchObject({ calls: ceilingUsd / callUsd, costNano: ceilingUsd * 1e9 });
    expect(calls.length).toBeGreaterThanOrEqual(ceilingUsd / callUsd - kills * order.wide);
    await temp.remove();
  });
});
