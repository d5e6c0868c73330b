import { expect, it } from 'vitest';
import { type Figure, verdictOf } from './figure.ts';
import { type Report, renderMarkdown, renderMisses, renderTables } from './report.ts';

const figure: Figure = {
  suite: 'own',
  title: 'cases | right',
  ours: { right: 9, of: 10 },
  published: 'others 0.50',
  goal: { compare: 'at least', value: 0.9 },
};
const report: Report = {
  command: 'npm run eval',
  seed: 7,
  figures: [figure, { ...figure, title: 'cost', ours: { value: 61.25, unit: 'ms' }, goal: { compare: 'at most', value: 50 } }],
  claims: [
    { confidence: 0.95, isRight: true },
    { confidence: 0.95, isRight: false },
  ],
  misses: [{ suite: 'own', case: 'a', expected: 'b first', got: 'c' }],
  notRun: [{ suite: 'nab', why: 'no data' }],
  notes: [],
};

it('meets a goal at its edge, misses it beyond, and never meets one with nothing', () => {
  expect(verdictOf(figure)).toBe('met');
  expect(verdictOf({ ...figure, ours: { right: 8, of: 10 } })).toBe('MISSED');
  expect(verdictOf({ ...figure, ours: { right: 0, of: 0 } })).toBe('MISSED');
  expect(verdictOf({ ...figure, goal: { compare: 'at most', value: 0.5 } })).toBe('MISSED');
  expect(verdictOf({ ...figure, goal: null })).toBe('');
});

it('prints each figure with its interval, the calibration, and loudly what did not run', () => {
  const text = renderTables(report);
  expect(text).toMatch(/9 of 10 \(0\.900\).*0\.60–0\.98.*≥ 0\.900.*met/);
  expect(text).toMatch(/61\.3 ms.*≤ 50.*MISSED/);
  expect(text).toMatch(/0\.90–1\.00 .*2 .*0\.95 .*0\.50/);
  expect(text).toContain('!!! NOT RUN: nab: no data');
  expect(renderMisses(report.misses)).toContain('expected b first');
});

it('writes the same as a page, without breaking its tables', () => {
  const page = renderMarkdown(report);
  expect(page).toContain('| own | cases \\| right | others 0.50 | 9 of 10 (0.900) | 0.60–0.98 | ≥ 0.900 | met |');
  expect(page).toContain('NOT RUN: nab');
});
