/**
 * The campaigns at the size of the laboratory, one at a time: their figures are judged.
 * CAMPAIGN_SEED sets the seed of whatever is generated, CAMPAIGN_ROWS the folder of the result rows.
 */
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export function campaignSettings(size: 'ci' | 'lab') {
  const seed = Number(process.env.CAMPAIGN_SEED || 20_261_121);
  if (!Number.isInteger(seed)) throw new Error(`CAMPAIGN_SEED=${process.env.CAMPAIGN_SEED}: expected a whole number`);
  return { size, seed, rowsFolder: resolve(process.env.CAMPAIGN_ROWS || 'test-results/campaigns') };
}

export default defineConfig({
  test: {
    include: ['{agent,chaos}/**/*.campaign.test.ts'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 0,
    hookTimeout: 120_000,
    globalSetup: ['chaos/database/test-server.ts'],
    provide: { campaign: campaignSettings('lab') },
    reporters: ['verbose'],
  },
});
