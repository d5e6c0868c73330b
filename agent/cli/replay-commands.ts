/** `kintsugi bundle` and `kintsugi replay`: an incident as a file, and what would be decided about it. */
import type { Command } from 'commander';
import { type Access, apiOf, urlOption, write } from './access.ts';
import { exitCodes } from './exit-codes.ts';
import { plain } from './plain.ts';

export function addReplayCommands(cli: Command): void {
  cli
    .command('bundle')
    .description(
      'write one incident as a file that `kintsugi replay` plays: what fired, what was seen, decided, done and found; no secrets',
    )
    .argument('<INCIDENT>', 'its id')
    .argument('<FILE>', 'where to write it; - prints it')
    .option(...urlOption)
    .action(async (id: string, file: string, { url }: Access) => {
      const [{ IncidentBundle }, { writeBundle }, api] = await Promise.all([
        import('../api/contract.ts'),
        import('./write-bundle.ts'),
        apiOf(url),
      ]);
      const bundle = JSON.stringify(await api.get(`/incidents/${encodeURIComponent(id)}/bundle`, IncidentBundle));
      if (file === '-') write(bundle);
      else await writeBundle(file, bundle);
    });
  cli
    .command('replay')
    .description(
      'decide a recorded incident again, offline, and say what comes out otherwise (docs/replay.md); needs no agent and no settings',
    )
    .argument('<BUNDLE>', 'a file that `kintsugi bundle` wrote')
    .option('--policy <FILE>', 'judge by this policy file in place of the policy that was in force')
    .option('--json', 'print what came out as JSON')
    .action(async (file: string, { policy, json }: { policy?: string; json?: true }) => {
      const { replayFile } = await import('../replay-app.ts');
      const { replay, lines } = await replayFile(file, policy);
      write(json ? JSON.stringify(replay) : lines.map(shown).join('\n'));
      process.exitCode = replay.isSame ? exitCodes.answered : exitCodes.differs;
    });
}

/** What others wrote may stand in it. */
function shown(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${plain(line)}`;
}
