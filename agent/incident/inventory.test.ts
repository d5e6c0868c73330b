import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createCachedInventory } from './inventory.ts';

const settings = { freshMs: 30_000, staleMs: 600_000, deadlineMs: 1_500 };

/** An inventory whose answer the test sets, counting how often it is asked. */
function source(answer: () => Promise<readonly string[] | null>) {
  const asked: string[] = [];
  const services = (cluster: string) => {
    asked.push(cluster);
    return answer();
  };
  return { asked, services };
}

describe('the cached inventory', () => {
  it('asks once while an answer is fresh, and again afterwards', async () => {
    const clock = createFakeClock();
    const origin = source(async () => ['checkout']);
    const inventory = createCachedInventory(origin, clock, settings);
    expect(await inventory.services('shop')).toEqual(['checkout']);
    await clock.advance(30_000);
    expect(await inventory.services('shop')).toEqual(['checkout']);
    expect(origin.asked).toHaveLength(1);
    await clock.advance(1);
    await inventory.services('shop');
    expect(origin.asked).toHaveLength(2);
  });

  it('asks once for many callers at the same time', async () => {
    const origin = source(async () => ['checkout']);
    const inventory = createCachedInventory(origin, createFakeClock(), settings);
    await Promise.all(Array.from({ length: 50 }, () => inventory.services('shop')));
    expect(origin.asked).toHaveLength(1);
  });

  it('keeps the last answer while reading fails, until it is stale', async () => {
    const clock = createFakeClock();
    const answers = [async () => ['checkout'], () => Promise.reject(new Error('down')), async () => null, async () => null];
    const inventory = createCachedInventory(
      source(() => (answers.shift() ?? (async () => null))()),
      clock,
      settings,
    );
    await inventory.services('shop');
    await clock.advance(60_000);
    expect(await inventory.services('shop')).toEqual(['checkout']);
    expect(await inventory.services('shop')).toEqual(['checkout']);
    await clock.advance(600_000);
    expect(await inventory.services('shop')).toBeNull();
  });

  it('answers null at the deadline and keeps what arrives late for the next caller', async () => {
    const clock = createFakeClock();
    const late = Promise.withResolvers<string[]>();
    const inventory = createCachedInventory(
      source(() => late.promise),
      clock,
      settings,
    );
    const answer = inventory.services('shop');
    await clock.advance(1_500);
    expect(await answer).toBeNull();
    late.resolve(['checkout']);
    await clock.advance(0);
    expect(await inventory.services('shop')).toEqual(['checkout']);
    expect(clock.sleeping).toBe(0);
  });

  it('keeps an empty cluster apart from one that cannot be read', async () => {
    expect(
      await createCachedInventory(
        source(async () => []),
        createFakeClock(),
        settings,
      ).services('shop'),
    ).toEqual([]);
    expect(
      await createCachedInventory(
        source(async () => null),
        createFakeClock(),
        settings,
      ).services('shop'),
    ).toBeNull();
  });

  it('forgets the oldest of very many clusters', async () => {
    const origin = source(async () => []);
    const inventory = createCachedInventory(origin, createFakeClock(), settings);
    for (let n = 0; n < 1025; n += 1) await inventory.services(`cluster-${n}`);
    await inventory.services('cluster-1024');
    expect(origin.asked).toHaveLength(1025);
    await inventory.services('cluster-0');
    expect(origin.asked).toHaveLength(1026);
  });
});
