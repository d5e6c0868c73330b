/** What a session wants to buy. */
import { ConnectionPool } from '../service/connection-pool.ts';
import { text, wholeNumber } from '../service/input.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';
import { maxQuantity, withLine } from './cart.ts';
import { withCart } from './carts.ts';

const noInput = async () => undefined;

export function cartRoutes(kit: Kit): Route[] {
  const store = { database: kit.peer('database', 5_000), pool: new ConnectionPool({ size: 24, acquireTimeoutMs: 700 }) };
  return [
    {
      method: 'GET',
      path: '/carts/:session',
      async handle(exchange) {
        const cart = await withCart(store, exchange, exchange.params.session ?? '', noInput, (carts) => carts.load());
        return { status: 200, body: cart };
      },
    },
    {
      method: 'POST',
      path: '/carts/:session/items',
      async handle(exchange) {
        const read = () => exchange.body();
        const cart = await withCart(store, exchange, exchange.params.session ?? '', read, async (carts, body) => {
          const current = await carts.load();
          const changed = withLine(current, {
            productId: text(body, 'productId'),
            name: text(body, 'name'),
            priceCents: wholeNumber(body, 'priceCents', 0, 1_000_000),
            quantity: wholeNumber(body, 'quantity', 1, maxQuantity),
          });
          await carts.save(changed);
          return changed;
        });
        return { status: 200, body: cart };
      },
    },
    {
      method: 'DELETE',
      path: '/carts/:session',
      async handle(exchange) {
        await withCart(store, exchange, exchange.params.session ?? '', noInput, (carts) => carts.clear());
        return { status: 204 };
      },
    },
  ];
}
