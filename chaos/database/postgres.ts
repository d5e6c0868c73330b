/** A PostgreSQL for tests and the laboratory, on loopback, gone afterwards: a container where an engine answers, else the machine's own programs. */
import { findContainer } from './container.ts';
import { findLocalServer } from './local-server.ts';

export interface PostgresServer {
  /** Of its maintenance database; whoever needs one makes a database of their own beside it. */
  url: string;
  /** Kills the server in the middle of whatever it does and starts it again at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Missing {
  /** Why there is none, and what would help. */
  missing: string;
}

export interface FoundPostgres {
  start(): Promise<PostgresServer>;
}

/** Looks without starting anything, so that it may be asked for nothing. */
export async function findPostgres(): Promise<FoundPostgres | Missing> {
  const container = await findContainer();
  if (!('missing' in container)) return container;
  const local = findLocalServer();
  return 'missing' in local ? { missing: `${container.missing}; ${local.missing}` } : local;
}

export async function startPostgres(): Promise<PostgresServer | Missing> {
  const found = await findPostgres();
  return 'missing' in found ? found : found.start();
}
