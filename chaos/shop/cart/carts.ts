/** Carts in the database, over connections from the pool. */
import type { Peer } from '../service/client.ts';
import type { Connection, ConnectionPool } from '../service/connection-pool.ts';
import type { Exchange } from '../service/router.ts';
import type { Cart } from './cart.ts';

export interface CartSession {
  load(): Promise<Cart>;
  save(cart: Cart): Promise<void>;
  clear(): Promise<void>;
}

/** Lends one database connection to `work` for the cart of `session`; `work` begins when `read` has what the request brings. */
export async function withCart<T, Input>(
  { database, pool }: { database: Peer; pool: ConnectionPool },
  exchange: Exchange,
  session: string,
  read: () => Promise<Input>,
  work: (carts: CartSession, input: Input) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const connection = await pool.acquire();
  if (connection.slot === null) {
    exchange.log.warn({ waitedMs: Math.round(performance.now() - started) }, 'no pooled database connection came free, opened another');
  }
  const input = await read();
  try {
    return await work(cartSession(database, connection, exchange, session), input);
  } finally {
    pool.release(connection);
  }
}

function cartSession(database: Peer, { agent }: Connection, { traceId, signal }: Exchange, session: string): CartSession {
  const path = `/collections/carts/${encodeURIComponent(session)}`;
  const common = { path, traceId, signal, agent };
  return {
    async load() {
      const { status, body } = await database.call({ method: 'GET', ...common });
      return status === 200 ? (body as Cart) : { session, lines: [] };
    },
    async save(cart) {
      await database.call({ method: 'PUT', body: cart, ...common });
    },
    async clear() {
      await database.call({ method: 'DELETE', ...common });
    },
  };
}
