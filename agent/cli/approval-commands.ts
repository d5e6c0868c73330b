/** `kintsugi approvals`, `approve` and `reject`. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Access, apiOf, nameOption, urlOption, write } from './access.ts';

interface AnswerOptions extends Access {
  as?: string;
  params?: Record<string, unknown>;
}

export function addApprovalCommands(cli: Command): void {
  cli
    .command('approvals')
    .description('list what waits for a person’s yes')
    .option('--json', 'print them as JSON')
    .option(...urlOption)
    .action(async ({ json, url }: Access & { json?: true }) => {
      const [{ pendingApprovals, approvalLines }, api] = await Promise.all([import('./approvals.ts'), apiOf(url)]);
      const pending = await pendingApprovals(api);
      if (json) return write(JSON.stringify(pending));
      write(pending.length === 0 ? 'nothing waits for approval' : pending.map(approvalLines).join('\n\n'));
    });
  addAnswer(cli, 'approve', 'approved', 'agree to a plan: it is carried out once, if nothing has changed by then').option(
    '--params <json>',
    'agree to less: these parameters in place of the plan’s',
    parseParams,
  );
  addAnswer(cli, 'reject', 'rejected', 'refuse a plan: the incident goes to a person');
}

function addAnswer(cli: Command, name: string, answer: 'approved' | 'rejected', description: string): Command {
  return cli
    .command(name)
    .description(description)
    .argument('<ID>', 'of the approval; its beginning is enough')
    .option(...nameOption)
    .option(...urlOption)
    .action(async (id: string, { as: by, params, url }: AnswerOptions) => {
      const [{ answerApproval, approvalLines }, api] = await Promise.all([import('./approvals.ts'), apiOf(url)]);
      write(approvalLines(await answerApproval(api, { id, answer, by, params })));
    });
}

function parseParams(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, in the words of the option.
  }
  throw new InvalidArgumentError('must be a JSON object, such as {"cluster":"shop","service":"checkout","tasks":1}');
}
