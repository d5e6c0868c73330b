import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { goals } from '../chaos/crash/goals.ts';
import { readMeasured, reportFiles, withReport } from '../chaos/crash/report.ts';

const page = readFileSync(reportFiles.page, 'utf8');

it('is made by the report from the rows beside it (npm run crash writes both)', () => {
  expect(withReport(page, readMeasured(reportFiles.data))).toBe(page);
});

it('has a line for every goal', () => {
  expect(goals.length).toBeGreaterThanOrEqual(9);
  for (const { id, goal } of goals) {
    expect(page).toContain(`| ${id} | ${goal} |`);
    expect(page.split('\n').filter((line) => line.startsWith(`| ${id} | `)).length).toBeGreaterThanOrEqual(2);
  }
});
