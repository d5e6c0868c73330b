/** Structured logs: a constant message plus fields. Never a secret, never a prompt. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutSecretsIn } from '../domain/secret-text.ts';

export type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'kintsugi' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: withoutSecretsInLine },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** The last hands a line goes through: whatever an error, its causes or a field of it says. */
function withoutSecretsInLine(line: string): string {
  return `${JSON.stringify(withoutSecretsIn(JSON.parse(line)))}\n`;
}
