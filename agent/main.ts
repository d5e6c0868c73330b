/** Starts and stops the process; nothing else. */
import { startApp } from './app.ts';
import { loadSettings } from './config/load.ts';
import { ConfigError } from './domain/errors.ts';
import { createLogger } from './telemetry/logger.ts';

/** Exit codes: 0 stopped in order · 2 settings refused · 1 anything else. */
async function main(): Promise<void> {
  const settings = loadSettings();
  const logger = createLogger(settings.log.level);
  const app = await startApp(settings, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'agent stopping');
      app.stop().then(
        () => process.exit(0),
        (error) => {
          logger.error({ err: error }, 'the agent could not stop in order');
          process.exit(1);
        },
      );
    });
  }
  // Not before: who reads this may send a signal at once.
  logger.info({ url: app.url }, 'agent ready');
}

main().catch((error) => {
  const refused = error instanceof ConfigError;
  process.stderr.write(`${refused ? `${error.message}\n${error.hint ?? ''}` : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(refused ? 2 : 1);
});
