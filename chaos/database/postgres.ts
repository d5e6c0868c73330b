/** A PostgreSQL for tests and the laboratory, on loopback, gone afterwards: a container where an engine answers, else the machine's own programs. */
import { findContainer } from './container.ts';
import { findLocalServer } from './local-server.ts';
import type { FoundPostgres, Missing, PostgresServer, PostgresSettings } from './server.ts';

/** Looks without starting anything, so that it may be asked for nothing. */
export async function findPostgres(): Promise<FoundPostgres | Missing> {
  const container = await findContainer();
  if (!('missing' in container)) return container;
  const local = findLocalServer();
  return 'missing' in local ? { missing: `${container.missing}; ${local.missing}` } : local;
}

export async function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer | Missing> {
  const found = await findPostgres();
  return 'missing' in found ? found : found.start(settings);
}
