import { defineConfig } from 'vitest/config';
import { campaignSettings } from './vitest.lab.config.ts';

export default defineConfig({
  test: {
    include: ['{agent,chaos,dashboards,docs,.github}/**/*.test.ts'],
    // Two cores: more workers make the tests with real processes fight for the clock.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['chaos/database/test-server.ts'],
    provide: { campaign: campaignSettings('ci') },
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
  },
});
