import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Campaign, type CampaignRow, runCampaign } from './campaign.ts';

const definition: Campaign = { id: 'X1', title: 'numbers stay small', store: 'none', runs: { ci: 20, lab: 200 } };

let rowsFolder: string;
beforeEach(async () => {
  rowsFolder = await mkdtemp(join(tmpdir(), 'kintsugi-rows-'));
});
afterEach(() => rm(rowsFolder, { recursive: true, force: true }));

async function written(): Promise<CampaignRow[]> {
  const files = await readdir(rowsFolder);
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(rowsFolder, file), 'utf8')) as CampaignRow));
}

it('writes a row of a campaign that held', async () => {
  await runCampaign(definition, { size: 'ci', seed: 7, rowsFolder }, async (run) => {
    await run.check(fc.property(fc.nat(10), (number) => number <= 10));
    run.measure('largest', 10);
  });
  const expected = { id: 'X1', store: 'none', runs: 20, failures: 0, seed: 7, measured: { largest: 10 }, notes: '' };
  expect(await written()).toEqual([expect.objectContaining(expected)]);
});

it('counts the failures of single cases, goes on, writes the row and then fails', async () => {
  const run = runCampaign(definition, { size: 'lab', seed: 7, rowsFolder }, async ({ runs, attempt }) => {
    for (let index = 0; index < runs; index += 1) await attempt(`case ${index}`, () => expect(index).toBeLessThan(198));
  });
  await expect(run).rejects.toThrow(/2 failures\ncase 198: .*CAMPAIGN_SEED=7$/s);
  expect(await written()).toMatchObject([{ runs: 200, failures: 2, notes: expect.stringContaining('case 198') }]);
});

it.each<[string, Parameters<typeof runCampaign>[2], string]>([
  ['a property that is wrong', (run) => run.check(fc.property(fc.nat(), (number) => number < 5)), 'Counterexample'],
  ['a campaign that breaks off', () => Promise.reject(new Error('no database')), 'no database'],
  ['a campaign without a case', () => Promise.resolve(), 'no case was run'],
])('fails for %s, and says so in its row', async (_, body, words) => {
  await expect(runCampaign(definition, { size: 'lab', seed: 7, rowsFolder }, body)).rejects.toThrow(words);
  expect(await written()).toMatchObject([{ failures: 1, notes: expect.stringContaining('first failure') }]);
});

it('draws the same values from the same seed', async () => {
  const drawn: number[][] = [];
  for (const seed of [7, 7, 8]) {
    await runCampaign(definition, { size: 'ci', seed, rowsFolder }, async (run) => {
      await run.attempt('drawing', () => void drawn.push(run.sample(fc.nat(), 20)));
    });
  }
  expect(drawn[1]).toEqual(drawn[0]);
  expect(drawn[2]).not.toEqual(drawn[0]);
});

it('is given its size and seed by the configuration of vitest', () => {
  expect(inject('campaign')).toMatchObject({ size: expect.stringMatching(/^(ci|lab)$/), seed: expect.any(Number) });
});
