/** Long lists are worked through in slices, so that webhooks and health checks are answered in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many alerts take a few milliseconds. */
const sliceSize = 200;

export async function inSlices<Item>(items: readonly Item[], work: (slice: readonly Item[]) => void | Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += sliceSize) {
    if (start > 0) await nextTurn();
    await work(items.slice(start, start + sliceSize));
  }
}
