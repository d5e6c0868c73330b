/** The tests that Stryker runs against each mutant: only those beside the code it mutates, for they alone have to notice. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['agent/{policy,verification}/**/*.test.ts'],
    exclude: ['**/*.campaign.test.ts'],
    // A property that has to fail does so within a few cases.
    testTimeout: 30_000,
  },
});
