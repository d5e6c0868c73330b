/** JSON lines on stdout, where the container's log driver picks them up. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export function createLog(service: string, version: string): Logger {
  return pino({
    base: { service, version },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
}
