import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

function round() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isRunning = false;
  return {
    start: () => {
      isRunning = true;
      return promise;
    },
    resolve,
    reject,
    get isRunning() {
      return isRunning;
    },
  };
}

describe('the turns', () => {
  it('lets so many look at once, and the next when one is done, in order', async () => {
    const turns = createTurns({ atOnce: 2 });
    const rounds = [round(), round(), round(), round()];
    const answers = rounds.map((one) => turns.take(one.start, never));
    await settled();
    expect(rounds.map((one) => one.isRunning)).toEqual([true, true, false, false]);
    rounds[1]?.resolve('second');
    expect(await answers[1]).toBe('second');
    await settled();
    expect(rounds.map((one) => one.isRunning)).toEqual([true, true, true, false]);
    for (const one of rounds) one.resolve('done');
    expect(await Promise.all(answers)).toEqual(['done', 'second', 'done', 'done']);
  });

  it('frees its place when a round fails', async () => {
    const turns = createTurns({ atOnce: 1 });
    await expect(turns.take(() => Promise.reject(new Error('down')), never)).rejects.toThrow('down');
    expect(await turns.take(async () => 'next', never)).toBe('next');
  });

  it('forgets who stopped waiting, and starts nothing for them', async () => {
    const turns = createTurns({ atOnce: 1 });
    const first = round();
    const answer = turns.take(first.start, never);
    const off = new AbortController();
    const second = round();
    const calledOff = turns.take(second.start, off.signal);
    off.abort(new Error('called off'));
    await expect(calledOff).rejects.toThrow('called off');
    first.resolve('done');
    await answer;
    expect(second.isRunning).toBe(false);
    expect(await turns.take(async () => 'third', never)).toBe('third');
    await expect(turns.take(second.start, off.signal)).rejects.toThrow('called off');
  });

  it('lets something else go first, before each round', async () => {
    const passed = Promise.withResolvers<void>();
    const turns = createTurns({ atOnce: 1, letPass: () => passed.promise });
    const first = round();
    const answer = turns.take(first.start, never);
    await settled();
    expect(first.isRunning).toBe(false);
    passed.resolve();
    first.resolve('done');
    expect(await answer).toBe('done');
  });
});
