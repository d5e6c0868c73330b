import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { campaignSettings } from './vitest.lab.config.ts';

/** Files that start processes take a minute where others take a second: begun last, one of them would leave a core idle at the end. */
const long = /(crash|lane|replicas|shop|monitoring|real-[a-z]+|(demo|cli)\/main)\.?[a-z-]*\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = (file: TestSpecification) => long.test(file.moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['{agent,chaos,dashboards,docs,evaluation,infra,.github}/**/*.test.ts'],
    // They hold statements against very many cases: `npm run campaigns`, which CI runs too.
    exclude: ['**/node_modules/**', '**/*.campaign.test.ts'],
    // Two cores: more workers make the tests with real processes fight for the clock.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: process.env.CI ? ['agent/testing/fixed-seed.ts'] : [],
    globalSetup: ['chaos/database/test-server.ts'],
    provide: { campaign: campaignSettings('ci') },
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
  },
});
