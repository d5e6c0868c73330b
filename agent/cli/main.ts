#!/usr/bin/env node
/**
 * `kintsugi`, the command line. What a command works with is loaded when it is called: a diagnosis needs neither the settings of the agent nor the
 * clients of AWS, and starts without them.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { OutsideHead } from '../audit/verify.ts';
import { AppError } from '../domain/errors.ts';
import { addApprovalCommands } from './approval-commands.ts';
import { addAutonomyCommands } from './autonomy-commands.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { addModelsCommands } from './models-commands.ts';
import { addPolicyCommands } from './policy-commands.ts';
import { addReplayCommands } from './replay-commands.ts';
import { addReportCommand } from './report-command.ts';
import { reportLine } from './verify-report.ts';

const cli = new Command('kintsugi').description('Looks after a Kintsugi agent, and diagnoses incidents without one.').exitOverride();

cli
  .command('audit')
  .description('the audit trail; run with the settings of the agent')
  .command('verify')
  .description('check that the audit trail is what was written; changes nothing, and may run beside the agent')
  .option('--json', 'print the report as JSON')
  .option('--head <seq:hash>', 'a head that was kept elsewhere, as in the log line "audit trail anchored"; may be repeated', keptHead, [])
  .action(async ({ json, head }: { json?: true; head: OutsideHead[] }) => {
    const [{ verifyTrailOf }, { loadSettings }] = await Promise.all([import('../audit-app.ts'), import('../config/load.ts')]);
    const report = await verifyTrailOf(loadSettings(), head, new AbortController().signal);
    process.stdout.write(`${json ? JSON.stringify(report) : reportLine(report)}\n`);
    process.exitCode = report.fault === null ? exitCodes.intact : exitCodes.broken;
  });

cli
  .command('diagnose')
  .description(
    'answer cases, one JSON object a line, with one answer a line; needs no agent, no settings and no network (docs/diagnose.md)',
  )
  .argument('[FILE]', 'cases as JSON Lines; - or nothing reads standard input', '-')
  .action(async (file: string) => {
    const { diagnose } = await import('./diagnose.ts');
    if (file === '-' && process.stdin.isTTY) process.stderr.write('Reading cases from the terminal, one a line; Ctrl-D ends.\n');
    const { refused } = await diagnose(file, process.stdin, process.stdout);
    process.exitCode = refused === 0 ? exitCodes.answered : exitCodes.refusedCases;
  });

addApprovalCommands(cli);
addReportCommand(cli);
addReplayCommands(cli);
addAutonomyCommands(cli);
addPolicyCommands(cli);
addModelsCommands(cli);

try {
  await cli.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.refused;
  } else {
    const said = error instanceof AppError ? [error.message, error.hint] : [error instanceof Error ? error.stack : String(error)];
    process.stderr.write(`${said.filter(Boolean).join('\n')}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function keptHead(text: string, before: OutsideHead[]): OutsideHead[] {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!seq || !hash) throw new InvalidArgumentError('must be <number of the row>:<its hash, 64 hex digits>');
  return [...before, { seq: Number(seq), hash, where: '--head' }];
}
