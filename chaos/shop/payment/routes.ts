/** Charges cards at a pretended acquirer. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { text, wholeNumber } from '../service/input.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';

const maxCents = 1_000_000;

export function paymentRoutes(kit: Kit): Route[] {
  return [
    {
      method: 'POST',
      path: '/charges',
      async handle({ body, traceId }) {
        const charge = await body();
        const orderId = text(charge, 'orderId');
        const amountCents = wholeNumber(charge, 'amountCents', 1, maxCents);
        // The acquirer's answer.
        await sleep(8 + Math.random() * 8);
        const id = randomUUID();
        kit.log.info({ traceId, orderId, amountCents, chargeId: id }, 'charged');
        return { status: 201, body: { id, orderId, amountCents } };
      },
    },
  ];
}
