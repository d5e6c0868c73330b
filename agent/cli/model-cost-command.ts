/** `kintsugi models cost`. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Access, apiOf, urlOption, write } from './access.ts';

interface Asked extends Access {
  json?: true;
  days: number;
}

export function addModelCost(models: Command): void {
  models
    .command('cost')
    .description('what models cost, by role, model, day and incident, and how much is left')
    .option('--days <n>', 'how far back, today included', parseDays, 30)
    .option('--json', 'print it as JSON')
    .option(...urlOption)
    .action(async (_options, command: Command) => {
      const { json, days, url } = command.optsWithGlobals<Asked>();
      const [{ costLines, costOf }, api] = await Promise.all([import('./model-cost.ts'), apiOf(url)]);
      const cost = await costOf(api, days);
      write(json ? JSON.stringify(cost) : costLines(cost));
    });
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 366) throw new InvalidArgumentError('must be a whole number from 1 to 366');
  return days;
}
