/** A PostgreSQL for tests and the laboratory, on loopback, gone afterwards: a container where an engine answers, else the machine's own programs. */
import { findContainer } from './container.ts';
import { findLocalServer } from './local-server.ts';
import type { FoundPostgres, Missing, PostgresServer, PostgresSettings } from './server.ts';

/** Looks without starting anything, so that it may be asked for nothing. */
export async function findPostgres(): Promise<FoundPostgres | Missing> {
  const container = await findContainer();
  const local = findLocalServer();
  if (!('missing' in container)) return 'missing' in local ? container : withFallback(container, local);
  return 'missing' in local ? { missing: `${container.missing}; ${local.missing}` } : local;
}

export async function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer | Missing> {
  const found = await findPostgres();
  return 'missing' in found ? found : found.start(settings);
}

function withFallback(first: FoundPostgres, second: FoundPostgres): FoundPostgres {
  return {
    async start(settings) {
      try {
        return await first.start(settings);
      } catch (error) {
        process.stderr.write(
          `no PostgreSQL in a container, this machine's own is used: ${error instanceof Error ? error.message : error}\n`,
        );
        return second.start(settings);
      }
    },
  };
}
