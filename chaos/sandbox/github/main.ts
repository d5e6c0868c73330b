/** The sandbox's GitHub alone, on the command line: serves one bare repository until it is told to stop, or whoever started it is gone. */
import { Command } from 'commander';
import { sandboxClient } from '../deploy.ts';
import { startGithub } from './github.ts';
import { createPipeline } from './pipeline.ts';

interface Flags {
  gitDir: string;
  repository: string;
  port: string;
  requiredCheck: string[];
  deployTo?: string;
  cluster: string;
}

const program = new Command('sandbox-github')
  .description("GitHub's REST API over one bare git repository. Listens on loopback only.")
  .requiredOption('--git-dir <folder>', 'the bare repository')
  .requiredOption('--repository <owner/name>', 'what it is called')
  .option('--port <number>', '0 = any free one', '0')
  .option('--required-check <name...>', 'checks that must have passed before anything is merged', [])
  .option('--deploy-to <endpoint>', "the sandbox's AWS endpoint: what moves the main branch is brought out there")
  .option('--cluster <name>', 'cluster that it is brought out to', 'shop')
  .action(async ({ gitDir, repository, port, requiredCheck, deployTo, cluster }: Flags) => {
    let url = '';
    const ecs = deployTo === undefined ? undefined : sandboxClient({ endpoint: deployTo, region: 'us-east-1' }, 'AKIASANDBOXPIPELINE0');
    const onPush = ecs && createPipeline({ gitDir, repository, githubUrl: () => url, ecs, cluster });
    const github = await startGithub({
      gitDir,
      repository,
      port: Number(port),
      requiredChecks: requiredCheck,
      ...(onPush && { onPush }),
    });
    url = github.url;
    const stop = () => {
      void github.stop().then(() => ecs?.destroy());
      // The channel to whoever started it would keep the process alive.
      if (process.connected) process.disconnect();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    if (process.send !== undefined) process.on('disconnect', stop);
    console.log(JSON.stringify({ ready: true, url }));
  });

await program.parseAsync();
