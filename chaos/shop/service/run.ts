/** Starts and stops a service process: settings from the environment, listen, drain on SIGTERM. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { createPeer, type Peer } from './client.ts';
import { createFlags, type Flags } from './flags.ts';
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
  /** The setting's value, or undefined where the service can do without it. */
  setting(name: string): string | undefined;
  /** A setting that is a whole number from 1; another value ends the process with exit code 1. */
  wholeNumber(name: string, otherwise: number): number;
  /** A callee whose address is in the variable `<PEER>_URL`. */
  peer(name: string, timeoutMs: number): Peer;
  /** The feature flags at `FLAGS_URL`; all of them are off without it. */
  flags(): Flags;
  /** For metrics beside those of requests and calls. */
  registry: Registry;
  /** What the health check answers: null while all is well, else what is not. Without a check a running process is healthy. */
  onHealthCheck(check: () => string | null): void;
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
  const setting = (name: string): string | undefined => process.env[name] || undefined;
  const env = (name: string): string => {
    const value = setting(name);
    if (value === undefined) throw new SettingError(`environment variable ${name} is not set`);
    return value;
  };
  let health = (): string | null => null;
  const kit: Kit = {
    log,
    env,
    setting,
    wholeNumber(name, otherwise) {
      const value = setting(name);
      return value === undefined ? otherwise : wholeNumberFrom(name, value, 1, Number.MAX_SAFE_INTEGER);
    },
    flags: () => createFlags(setting('FLAGS_URL'), log),
    registry: metrics.registry,
    onHealthCheck(check) {
      health = check;
    },
    peer: (name, timeoutMs) => createPeer({ peer: name, baseUrl: env(`${name.toUpperCase()}_URL`), timeoutMs }, metrics),
  };
  try {
    const server = createServiceServer({ routes: definition.routes(kit), log, metrics, health: () => health() });
    const port = wholeNumberFrom('PORT', env('PORT'), 0, 65_535);
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
    // What a setting before the missing one has begun would keep the process alive.
    process.exit(1);
  }
}

function wholeNumberFrom(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new SettingError(`${name} is "${text}"; give a whole number from ${min} to ${max}`);
  }
  return value;
}
