/** `kintsugi approvals`, `approve` and `reject`. */
import { type Command, InvalidArgumentError } from 'commander';

interface Access {
  url?: string;
}

interface AnswerOptions extends Access {
  as?: string;
  params?: Record<string, unknown>;
}

const urlOption = [
  '--url <url>',
  'where the agent is; by default this machine, on KINTSUGI_SERVER_PORT. The token is KINTSUGI_API_TOKEN, or in the file …_FILE names',
] as const;

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
    .option('--as <name>', 'who you are; not needed with a token of your own')
    .option(...urlOption)
    .action(async (id: string, { as: by, params, url }: AnswerOptions) => {
      const [{ answerApproval, approvalLines }, api] = await Promise.all([import('./approvals.ts'), apiOf(url)]);
      write(approvalLines(await answerApproval(api, { id, answer, by, params })));
    });
}

async function apiOf(url: string | undefined) {
  const [{ createApiClient }, { loadApiAccess }] = await Promise.all([import('./api-client.ts'), import('../config/api-access.ts')]);
  return createApiClient(loadApiAccess(url));
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
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
