/** The engines a contract suite runs on: `describe.each(engines)('… on %s', (engine) => …)`. The test run says aloud when one is missing. */
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the URL of the run's PostgreSQL; null when there is none to be had. */
    postgresDoor: string | null;
  }
}

export const engines: readonly ('sqlite' | 'postgres')[] = inject('postgresDoor') ? ['sqlite', 'postgres'] : ['sqlite'];
