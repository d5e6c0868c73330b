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

/** Lends one database connection to `work` for the cart of `session`. */
export async function withCart<T>(
  { database, pool }: { database: Peer; pool: ConnectionPool },
  exchange: Exchange,
  session: string,
  work: (carts: CartSession) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const connection = await pool.acquire();
  if (connection.slot === null) {
    exchange.log.warn({ waitedMs: Math.round(performance.now() - started) }, 'no pooled database connection came free, opened another');
  }
  try {
    const result = await work(cartSession(database, connection, exchange, session));
    pool.release(connection);
    return result;
  } catch (error) {
    // The client left: nobody reads an answer, and the error says nothing about the database.
    if (exchange.signal.aborted) throw error;
    pool.release(connection);
    throw error;
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
