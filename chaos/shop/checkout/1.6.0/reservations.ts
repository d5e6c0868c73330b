/** Reserves what a quote is for, line by line, so that nobody is quoted what is sold to another meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kit } from '../../service/run.ts';
import { usualQuote } from '../flags.ts';
import type { Quoting } from '../routes.ts';

/** The stock takes note of a reservation within this time. */
const settleMs = 600;

export function reservingQuote(kit: Kit): Quoting {
  const database = kit.peer('database', 5_000);
  const quote = usualQuote(kit);
  return async (lines, session, traceId) => {
    for (const { productId, quantity } of lines) {
      const path = `/collections/reservations/${encodeURIComponent(`${session}-${productId}`)}`;
      await database.call({ method: 'PUT', path, body: { session, productId, quantity }, traceId });
      await sleep(settleMs);
      await database.call({ method: 'GET', path, traceId });
    }
    return quote(lines, session, traceId);
  };
}
