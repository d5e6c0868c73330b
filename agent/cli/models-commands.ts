/** `kintsugi models`, and `models use`. */
import type { Command } from 'commander';
import { type Access, apiOf, nameOption, urlOption, write } from './access.ts';
import { addModelCost } from './model-cost-command.ts';
import { addModelPreview } from './model-preview-command.ts';

interface Printed extends Access {
  json?: true;
}

interface Ordered extends Printed {
  reason: string;
  as?: string;
}

export function addModelsCommands(cli: Command): void {
  const models = cli
    .command('models')
    .description('which models are asked for what, and how they are doing')
    .option('--json', 'print it as JSON')
    .option(...urlOption)
    .action(async ({ json, url }: Printed) => {
      const [{ allChains, chainLines }, api] = await Promise.all([import('./models.ts'), apiOf(url)]);
      const chains = await allChains(api);
      write(json ? JSON.stringify(chains) : chainLines(chains));
    });
  models
    .command('use')
    .description('ask other models for a role until the next order, on every replica, without a restart')
    .argument('<ROLE>', 'triage, analysis, audit, report or patch')
    .argument(
      '<MODELS>',
      'a,b,…: the first that answers counts, each <provider>:<model>; none switches the role off; default is what is set',
    )
    .requiredOption('--reason <words>', 'why; it is shown with the chain and stands in the audit trail')
    .option(...nameOption)
    .option(...urlOption)
    .action(async (role: string, list: string, _options, command: Command) => {
      const { json, reason, as, url } = command.optsWithGlobals<Ordered>();
      const [{ orderChain, chainLines }, api] = await Promise.all([import('./models.ts'), apiOf(url)]);
      const chains = await orderChain(api, { role, models: namesIn(list), reason, by: as });
      write(json ? JSON.stringify(chains) : chainLines(chains));
    });
  addModelCost(models);
  addModelPreview(models);
}

function namesIn(list: string): string[] | null {
  if (list === 'default') return null;
  return list === 'none' ? [] : list.split(',').map((name) => name.trim());
}
