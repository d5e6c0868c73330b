/** The sandbox's GitHub alone, on the command line: serves one bare repository until it is told to stop, or whoever started it is gone. */
import { Command } from 'commander';
import { startGithub } from './github.ts';

interface Flags {
  gitDir: string;
  repository: string;
  port: string;
}

const program = new Command('sandbox-github')
  .description("GitHub's REST API over one bare git repository. Listens on loopback only.")
  .requiredOption('--git-dir <folder>', 'the bare repository')
  .requiredOption('--repository <owner/name>', 'what it is called')
  .option('--port <number>', '0 = any free one', '0')
  .action(async ({ gitDir, repository, port }: Flags) => {
    const github = await startGithub({ gitDir, repository, port: Number(port) });
    const stop = () => {
      void github.stop();
      // The channel to whoever started it would keep the process alive.
      if (process.connected) process.disconnect();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    if (process.send !== undefined) process.on('disconnect', stop);
    console.log(JSON.stringify({ ready: true, url: github.url }));
  });

await program.parseAsync();
