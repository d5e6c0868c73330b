/** Starts and stops a service process: settings from the environment, listen, drain on SIGTERM. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPeer, type Peer } from './client.ts';
import { createLog, type Logger } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Route } from './router.ts';
import { createServiceServer } from './server.ts';

/** Requests still running this long after SIGTERM are cut off; below ECS's stop timeout of 30 s. */
const drainMs = 20_000;

export interface Kit {
  log: Logger;
  /** The setting's value; a missing one ends the process with exit code 1. */
  env(name: string): string;
  /** A callee whose address is in the variable `<PEER>_URL`. */
  peer(name: string, timeoutMs: number): Peer;
}

export interface ServiceDefinition {
  name: string;
  version: string;
  routes(kit: Kit): readonly Route[];
}

class SettingError extends Error {}

export async function runService(definition: ServiceDefinition): Promise<void> {
  const log = createLog(definition.name, definition.version);
  const metrics = createMetrics();
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  const env = (name: string): string => {
    const value = process.env[name];
    if (value === undefined || value === '') throw new SettingError(`environment variable ${name} is not set`);
    return value;
  };
  const kit: Kit = {
    log,
    env,
    peer: (name, timeoutMs) => createPeer({ peer: name, baseUrl: env(`${name.toUpperCase()}_URL`), timeoutMs }, metrics),
  };
  try {
    const server = createServiceServer({ routes: definition.routes(kit), log, metrics });
    const port = portFrom(env('PORT'));
    server.listen(port, process.env.HOST ?? '127.0.0.1', () => {
      const address = server.address();
      log.info({ port: typeof address === 'object' && address !== null ? address.port : port }, 'listening');
    });
    process.once('SIGTERM', () => {
      log.info('draining');
      server.close(() => {
        log.info('stopped');
        process.exit(0);
      });
      // Kept connections that were busy at the time of `close` become idle later.
      setInterval(() => server.closeIdleConnections(), 50);
      void sleep(drainMs).then(() => server.closeAllConnections());
    });
  } catch (error) {
    if (error instanceof SettingError) log.fatal(error.message);
    else log.fatal({ err: error }, 'start failed');
    process.exitCode = 1;
  }
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new SettingError(`PORT is "${text}"; give a number from 0 to 65535`);
  return port;
}
