import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureBound } from './failure-bound.ts';
import { goals } from './goals.ts';
import { type CampaignRow, type ReportFiles, readRows, withReport, writeReport } from './report.ts';

const row: CampaignRow = { id: 'R5', title: 'any order', store: 'sqlite', runs: 10_000, failures: 0, seed: 7, seconds: 12.5, notes: '' };
const run = { commit: '0123456789abcdef', command: 'npm run crash' };
const empty = '# Reliability\n\n<!-- generated:campaigns -->\n<!-- /generated -->\n\nThe end.\n';

let folder: string;
let files: ReportFiles;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-report-'));
  files = { page: join(folder, 'page.md'), data: join(folder, 'data.json') };
  await writeFile(files.page, empty);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the bound', () => {
  it('is 3/N when nothing failed', () => {
    expect(failureBound(0, 10_000)).toBe(0.0003);
    expect(failureBound(0, 2)).toBe(1);
  });

  it.each([
    [1, 100, 0.0466],
    [5, 100, 0.1023],
    [14, 100, 0.2102],
    [1, 10_000, 0.000474],
    [10, 10, 1],
  ])('of %i failures in %i runs is %f, as the exact sum of the binomial distribution has it', (failures, runs, expected) => {
    expect(failureBound(failures, runs)).toBeCloseTo(expected, 4);
  });

  it('is never below what was seen, and shrinks with more runs', () => {
    for (const failures of [1, 3, 50]) {
      const bounds = [100, 1000, 100_000].map((runs) => failureBound(failures, runs));
      expect(bounds).toEqual(bounds.toSorted((one, other) => other - one));
      expect(bounds[0]).toBeGreaterThan(failures / 100);
    }
  });

  it('refuses what is no count', () => {
    expect(() => failureBound(0, 0)).toThrow('at least one run');
    expect(() => failureBound(-1, 5)).toThrow('whole numbers');
  });
});

describe('the page', () => {
  it('shows each row with its bound, seed, seconds and commit, and what to type', async () => {
    writeReport([row, { ...row, store: 'postgres', failures: 3, measured: { 'peak MB': 401.5 }, notes: 'first: x' }], run, files);
    const page = await readFile(files.page, 'utf8');
    expect(page).toContain('| R5 | any order | sqlite | 10,000 | 0 | ≤ 0.03 % | 7 | 12.5 | `0123456` |');
    expect(page).toContain('| R5 | any order | postgres | 10,000 | 3 | ≤ 0.078 % | 7 | 12.5 | `0123456` |');
    expect(page).toContain('- R5 (postgres): peak MB 401.5; first: x');
    expect(page).toContain('`npm run crash`');
    expect(page).toMatch(/^# Reliability[\s\S]*The end\.\n$/);
  });

  it('names every goal, and says which nobody has measured', async () => {
    writeReport([row], run, files);
    const page = await readFile(files.page, 'utf8');
    for (const { id, goal } of goals) {
      expect(page).toContain(`| ${id} | ${goal} |`);
      expect(page.includes(`| ${id} | **not measured yet** |`)).toBe(id !== 'R5');
    }
  });

  it('keeps the rows of campaigns that did not run again', async () => {
    writeReport([row, { ...row, id: 'S7', store: 'none' }], run, files);
    writeReport([{ ...row, runs: 20_000 }], { commit: 'fedcba98', command: 'npm run crash -- --only R5' }, files);
    const page = await readFile(files.page, 'utf8');
    expect(page.match(/^\| R5 \| any order \|/gm)).toHaveLength(1);
    expect(page).toMatch(/\| R5 .* 20,000 .* `fedcba9` \|/);
    expect(page).toMatch(/\| S7 .* `0123456` \|/);
  });

  it('is the same when it is made again from its rows', async () => {
    writeReport([row], run, files);
    const [page, data] = [await readFile(files.page, 'utf8'), await readFile(files.data, 'utf8')];
    expect(withReport(page, JSON.parse(data))).toBe(page);
  });

  it('refuses rows that are none, and a page without the markers', async () => {
    await writeFile(join(folder, 'row.json'), JSON.stringify({ ...row, failures: -1 }));
    expect(() => readRows(folder)).toThrow('failures');
    expect(() => withReport('# Empty', [])).toThrow('generated:campaigns');
  });

  it('takes what a failure quotes as text', () => {
    const page = withReport(empty, [{ ...row, ...run, notes: 'first | `rm` <script>\n| R1 | done |' }]);
    expect(page).not.toContain('<script>');
    expect(page).not.toMatch(/^\| R1 \| done/m);
  });
});
