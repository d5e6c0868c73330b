/** Writes `scorecard.json`, `scorecard.md` and `scorecard.html` beside the records of a run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withBlock } from '../../docs/block.ts';
import { htmlOf } from './html/page.ts';
import { markdownOf } from './markdown.ts';
import { readRecords } from './read-records.ts';
import { Scorecard, scorecardOf } from './scorecard.ts';

export function writeScorecard(folder: string): Scorecard {
  const records = readRecords(folder);
  const card = scorecardOf(records);
  writeFileSync(join(folder, 'scorecard.json'), jsonOf(card));
  writeFileSync(join(folder, 'scorecard.md'), `# Chaos scorecard\n\n${markdownOf(card)}\n`);
  writeFileSync(join(folder, 'scorecard.html'), htmlOf(card, records));
  return card;
}

export function readScorecard(file: string): Scorecard {
  return Scorecard.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export interface PageFiles {
  page: string;
  /** The scorecard the page is made of, as JSON. */
  data: string;
}

export const pageFiles: PageFiles = { page: 'docs/chaos.md', data: 'docs/chaos.json' };

/** The page with its scorecard made anew; throws when it has no such block. */
export function withScorecard(page: string, card: Scorecard): string {
  return withBlock(page, { file: pageFiles.page, block: 'scorecard', text: markdownOf(card) });
}

export function writePage(card: Scorecard, files: PageFiles = pageFiles): void {
  const page = withScorecard(readFileSync(files.page, 'utf8'), card);
  writeFileSync(files.data, jsonOf(card));
  writeFileSync(files.page, page);
}

function jsonOf(card: Scorecard): string {
  return `${JSON.stringify(card, null, 2)}\n`;
}
