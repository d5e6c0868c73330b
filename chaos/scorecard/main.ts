/**
 * `npm run scorecard -- FOLDER`: makes the scorecard of a run anew, and says what changed against another one.
 * Exit codes: 0 nothing was harmed, and no fewer were fixed than before · 1 something was, or there is nothing to read · 2 options refused.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { compare, comparisonText } from './compare.ts';
import { markdownOf } from './markdown.ts';
import { readScorecard, writePage, writeScorecard } from './write-scorecard.ts';

interface Options {
  against?: string;
  comment?: string;
  docs?: boolean;
}

const cli = new Command('npm run scorecard --')
  .description('Makes the scorecard of the run whose records lie in FOLDER, and says what changed against another one.')
  .argument('<folder>', 'where `npm run chaos` left the records')
  .option('--against <file>', 'scorecard.json of the run to compare with')
  .option('--comment <file>', 'write what changed as Markdown')
  .option('--docs', 'write docs/chaos.md and docs/chaos.json')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

function main(): number {
  cli.parse();
  const [folder = ''] = cli.args;
  const { against, comment, docs } = cli.opts<Options>();
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  const card = writeScorecard(folder);
  const base = against === undefined ? null : readScorecard(against);
  if (docs) writePage(card);
  const told = comparisonText(card, base);
  if (comment !== undefined) writeFileSync(comment, `${told}\n`);
  console.log(`${markdownOf(card)}\n`);
  const difference = compare(card, base);
  for (const reason of difference.against) console.log(`must not land: ${reason}`);
  return difference.against.length > 0 ? 1 : 0;
}

try {
  process.exit(main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
