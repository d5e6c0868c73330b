/** `kintsugi autonomy`, `autonomy show` and `autonomy set`. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Access, apiOf, nameOption, urlOption, write } from './access.ts';
import type { GivenOrder } from './autonomy.ts';

interface Printed extends Access {
  json?: true;
}

const words = ['observe', 'suggest', 'approve', 'auto', 'earned'] as const;
const jsonOption = ['--json', 'print it as JSON'] as const;

export function addAutonomyCommands(cli: Command): void {
  const autonomy = cli
    .command('autonomy')
    .description('what each action may do by itself on each service, and what that rests on')
    .option(...jsonOption)
    .option(...urlOption)
    .action(async ({ json, url }: Printed) => {
      const [{ allAutonomy, autonomyTable }, api] = await Promise.all([import('./autonomy.ts'), apiOf(url)]);
      const found = await allAutonomy(api);
      if (json) return write(JSON.stringify(found));
      write(found.length === 0 ? 'nothing was done, kept or ordered yet' : autonomyTable(found));
    });
  placed(autonomy.command('show').description('every step of one record, and the plans that were not carried out beside what happened'))
    .option(...jsonOption)
    .action(async (cluster: string, service: string, action: string, _options, command: Command) => {
      const { json, url } = command.optsWithGlobals<Printed>();
      const [{ autonomyOf, autonomyLines }, api] = await Promise.all([import('./autonomy.ts'), apiOf(url)]);
      const found = await autonomyOf(api, { cluster, service, action });
      write(json ? JSON.stringify(found) : autonomyLines(found));
    });
  placed(autonomy.command('set').description('set a level until the next order, within what the policy allows'))
    .argument('<LEVEL>', `${words.join(', ')}; earned takes the order in force back`, parseLevel)
    .requiredOption('--reason <words>', 'why; it is shown with the level and stands in the audit trail')
    .option(...nameOption)
    .action(async (cluster: string, service: string, action: string, level: GivenOrder['level'], _options, command: Command) => {
      const { reason, as, url } = command.optsWithGlobals<Access & { reason: string; as?: string }>();
      const [{ orderAutonomy, autonomyLines }, api] = await Promise.all([import('./autonomy.ts'), apiOf(url)]);
      write(autonomyLines(await orderAutonomy(api, { cluster, service, action }, { level, reason, by: as })));
    });
}

function placed(command: Command): Command {
  return command
    .argument('<CLUSTER>', 'of the service')
    .argument('<SERVICE>', 'one service')
    .argument('<ACTION>', 'an action of the catalogue')
    .option(...urlOption);
}

function parseLevel(text: string): GivenOrder['level'] {
  const word = words.find((one) => one === text);
  if (!word) throw new InvalidArgumentError(`must be one of ${words.join(', ')}`);
  return word === 'earned' ? null : word;
}
