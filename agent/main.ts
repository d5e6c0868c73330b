/** Starts and stops the process; nothing else. */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { ConfigError } from './domain/errors.ts';
import { withoutSecrets } from './domain/secret-text.ts';

/** Exit codes: 0 stopped in order · 2 settings refused · 1 anything else. */
async function main(): Promise<void> {
  // A start may follow a crash: what was compiled before is not compiled again. It lies beside the code, as trusted as the code itself.
  enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'kintsugi'));
  const [{ startApp }, { loadSettings }, { createLogger }] = await Promise.all([
    import('./app.ts'),
    import('./config/load.ts'),
    import('./telemetry/logger.ts'),
  ]);
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
  flushCompileCache();
}

main().catch((error) => {
  const refused = error instanceof ConfigError;
  // A refusal is in our own words, and may show how a URL with a password is written.
  const said = refused ? `${error.message}\n${error.hint ?? ''}` : withoutSecrets(String(error instanceof Error ? error.stack : error));
  process.stderr.write(`${said}\n`);
  process.exit(refused ? 2 : 1);
});
