/** What a session wants to buy. */
import { ConnectionPool } from '../service/connection-pool.ts';
import { text, wholeNumber } from '../service/input.ts';
import { showPool } from '../service/pool-metrics.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';
import { type Cart, maxQuantity, withLine } from './cart.ts';
import { withCart } from './carts.ts';

const noInput = async () => undefined;

/** `shape` is what a cart is answered as. */
export function cartRoutes(kit: Kit, shape: (cart: Cart) => unknown = (cart) => cart): Route[] {
  const pool = new ConnectionPool({ size: kit.wholeNumber('DATABASE_POOL_SIZE', 24), acquireTimeoutMs: 700 });
  showPool(kit.registry, 'database', pool);
  const store = { database: kit.peer('database', kit.wholeNumber('CALL_TIMEOUT_MS', 5_000)), pool };
  return [
    {
      method: 'GET',
      path: '/carts/:session',
      async handle(exchange) {
        const cart = await withCart(store, exchange, exchange.params.session ?? '', noInput, (carts) => carts.load());
        return { status: 200, body: shape(cart) };
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
        return { status: 200, body: shape(cart) };
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
