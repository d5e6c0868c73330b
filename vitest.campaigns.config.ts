/** The campaigns at the size that CI has time for; `vitest.lab.config.ts` runs them at the size whose figures are judged. */
import { defineConfig } from 'vitest/config';
import { campaignSettings } from './vitest.lab.config.ts';

export default defineConfig({
  test: {
    include: ['{agent,chaos}/**/*.campaign.test.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['chaos/database/test-server.ts'],
    provide: { campaign: campaignSettings('ci') },
  },
});
