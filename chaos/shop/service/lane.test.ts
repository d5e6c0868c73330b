import { expect, it } from 'vitest';
import { Lane } from './lane.ts';

const never = new AbortController().signal;

function held(): { promise: Promise<void>; resolve: () => void } {
  return Promise.withResolvers<void>();
}

it('does one piece of work at a time, in the order of arrival', async () => {
  const lane = new Lane();
  const [first, second] = [held(), held()];
  const seen: string[] = [];
  const work = (name: string, until: Promise<void>) =>
    lane.run(never, async () => {
      seen.push(`${name} begins`);
      await until;
      seen.push(`${name} ends`);
    });
  const all = [work('one', first.promise), work('two', second.promise), work('three', Promise.resolve())];
  second.resolve();
  await Promise.resolve();
  expect(seen).toEqual(['one begins']);
  first.resolve();
  await Promise.all(all);
  expect(seen).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
});

it('is left by whoever gives up waiting, and free again after work that failed', async () => {
  const lane = new Lane();
  const busy = held();
  const first = lane.run(never, () => busy.promise);
  const gone = new AbortController();
  let isDone = false;
  const second = lane.run(gone.signal, async () => {
    isDone = true;
  });
  const third = lane.run(never, async () => {
    throw new Error('no luck');
  });
  gone.abort(new Error('hung up'));
  await expect(second).rejects.toThrow('hung up');
  busy.resolve();
  await first;
  await expect(third).rejects.toThrow('no luck');
  expect(isDone).toBe(false);
  expect(await lane.run(never, async () => 'served')).toBe('served');
  await expect(lane.run(gone.signal, async () => 'served')).rejects.toThrow('hung up');
});
