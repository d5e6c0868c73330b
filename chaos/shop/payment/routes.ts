/** Charges cards at the acquirer. */
import { text, wholeNumber } from '../service/input.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';
import type { Authorize } from './acquiring.ts';

const maxCents = 1_000_000;

export function paymentRoutes(kit: Kit, authorize: Authorize): Route[] {
  return [
    {
      method: 'POST',
      path: '/charges',
      async handle({ body, traceId, signal }) {
        const charge = await body();
        const orderId = text(charge, 'orderId');
        const amountCents = wholeNumber(charge, 'amountCents', 1, maxCents);
        const id = await authorize({ orderId, amountCents }, { traceId, signal });
        kit.log.info({ traceId, orderId, amountCents, chargeId: id }, 'charged');
        return { status: 201, body: { id, orderId, amountCents } };
      },
    },
  ];
}
