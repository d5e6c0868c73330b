import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outcomes } from '../chaos/scorecard/record.ts';
import { pageFiles, readScorecard, withScorecard } from '../chaos/scorecard/write-scorecard.ts';

const page = readFileSync(pageFiles.page, 'utf8');

describe('docs/chaos.md', () => {
  it('is made from the scorecard beside it (npm run scorecard -- FOLDER --docs writes both)', () => {
    expect(withScorecard(page, readScorecard(pageFiles.data))).toBe(page);
  });

  it('explains every outcome', () => {
    expect(outcomes.filter((outcome) => !page.includes(`| \`${outcome}\` | `))).toEqual([]);
  });
});
