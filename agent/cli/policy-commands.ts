/** `kintsugi policy check` and `kintsugi policy explain`. */
import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';

export function addPolicyCommands(cli: Command): void {
  const policy = cli.command('policy').description('what the agent may do, and why it did or did not');
  policy
    .command('check')
    .description('tell every fault of a policy file, or what it comes to; needs no agent and no settings')
    .argument('<FILE>', 'the policy file')
    .option('--json', 'print the policy with all its defaults, or the faults, as JSON')
    .action(async (file: string, { json }: { json?: true }) => {
      const { checkPolicy } = await import('./policy-check.ts');
      const { text, isInOrder } = checkPolicy(file, json ? 'json' : 'words');
      process.stdout.write(`${text}\n`);
      process.exitCode = isInOrder ? exitCodes.answered : exitCodes.refused;
    });
  policy
    .command('explain')
    .description('show what every gate said about the plan for an incident, in order, with its reason')
    .argument('<INCIDENT>', 'id of the incident')
    .option('--all', 'every verdict there was, not only the last')
    .option('--json', 'print the verdicts as JSON')
    .option('--url <url>', 'where the agent is; by default this machine, on KINTSUGI_SERVER_PORT')
    .action(async (id: string, { all, json, url }: { all?: true; json?: true; url?: string }) => {
      const [{ verdictsOf, verdictLines }, { createApiClient }, { loadApiAccess }] = await Promise.all([
        import('./policy-explain.ts'),
        import('./api-client.ts'),
        import('../config/api-access.ts'),
      ]);
      const verdicts = await verdictsOf(createApiClient(loadApiAccess(url)), id);
      const shown = all ? verdicts : verdicts.slice(-1);
      const words = shown.length === 0 ? 'nothing was decided about this incident yet' : shown.map(verdictLines).join('\n\n');
      process.stdout.write(`${json ? JSON.stringify(shown) : words}\n`);
    });
}
