/** Prices a cart and turns it into a paid order. */
import { randomUUID } from 'node:crypto';
import type { Cart, CartLine } from '../cart/cart.ts';
import { HttpError } from '../service/errors.ts';
import { text } from '../service/input.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';
import { type Price, priceOf } from './pricing.ts';

/** What POST /quote answers for the lines of a session's cart. */
export type Quoting = (lines: readonly CartLine[], session: string, traceId: string) => Price | Promise<Price>;

/** Orders are always priced by `priceOf`, whatever is quoted. */
export function checkoutRoutes(kit: Kit, quote: Quoting): Route[] {
  const timeoutMs = kit.wholeNumber('CALL_TIMEOUT_MS', 5_000);
  const carts = kit.peer('cart', timeoutMs);
  const payment = kit.peer('payment', timeoutMs);
  const database = kit.peer('database', timeoutMs);

  async function linesOf(session: string, traceId: string): Promise<readonly CartLine[]> {
    const { body } = await carts.call({ method: 'GET', path: `/carts/${encodeURIComponent(session)}`, traceId });
    const { lines } = body as Cart;
    if (lines.length === 0) throw new HttpError(409, `the cart of session ${session} is empty`);
    return lines;
  }

  return [
    {
      method: 'POST',
      path: '/quote',
      async handle({ body, traceId }) {
        const session = text(await body(), 'session');
        return { status: 200, body: await quote(await linesOf(session, traceId), session, traceId) };
      },
    },
    {
      method: 'POST',
      path: '/orders',
      async handle({ body, traceId, log }) {
        const session = text(await body(), 'session');
        const lines = await linesOf(session, traceId);
        const price = priceOf(lines);
        const id = randomUUID();
        const charge = { orderId: id, amountCents: price.totalCents };
        const paid = await payment.call({ method: 'POST', path: '/charges', body: charge, traceId });
        if (paid.status !== 201) throw new HttpError(402, `payment of order ${id} was refused`);
        const order = { id, session, lines, price, payment: paid.body };
        await database.call({ method: 'PUT', path: `/collections/orders/${id}`, body: order, traceId });
        await carts.call({ method: 'DELETE', path: `/carts/${encodeURIComponent(session)}`, traceId });
        log.info({ orderId: id, totalCents: price.totalCents }, 'order placed');
        return { status: 201, body: { id, price } };
      },
    },
  ];
}
