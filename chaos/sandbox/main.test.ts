import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateClusterCommand, CreateServiceCommand, type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterEach, expect, it } from 'vitest';
import { sandboxClient } from './deploy.ts';
import type { FileSdTarget } from './discovery/file-sd.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
const targetsFile = join(folder, 'targets.json');
const images = new URL('./testing/images.ts', import.meta.url).pathname;
let sandbox: ChildProcess | null = null;
let ecs: ECSClient | null = null;

afterEach(() => {
  ecs?.destroy();
  sandbox?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(): Promise<string> {
  const main = new URL('./main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, '--json', '--pace', '100', '--images', images, '--targets', targetsFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  sandbox = child;
  for await (const line of createInterface({ input: child.stdout })) return (JSON.parse(line) as { endpoint: string }).endpoint;
  throw new Error('the sandbox ended before it was ready');
}

function targets(): FileSdTarget[] {
  return JSON.parse(readFileSync(targetsFile, 'utf8')) as FileSdTarget[];
}

async function runTasks(endpoint: string): Promise<number[]> {
  ecs = sandboxClient({ endpoint, region: 'us-east-1' }, 'AKIATESTTESTTESTTEST');
  await ecs.send(new CreateClusterCommand({ clusterName: 'lab' }));
  const containerDefinitions = [{ name: 'app', image: 'fixture:1', portMappings: [{ containerPort: 8080 }] }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'app', containerDefinitions }));
  await ecs.send(new CreateServiceCommand({ cluster: 'lab', serviceName: 'app', taskDefinition: 'app', desiredCount: 2 }));
  await expect.poll(() => targets().length, { timeout: 15_000 }).toBe(2);
  const answers = await Promise.all(targets().map((entry) => fetch(`http://${entry.targets[0]}/`)));
  return answers.map((answer) => Number(answer.headers.get('x-pid')));
}

it('keeps the targets file true and leaves no process behind, not even when it is killed', async () => {
  const endpoint = await start();
  const pids = await runTasks(endpoint);
  expect(targets()[0]?.labels).toEqual({
    job: 'ecs',
    ecs_cluster: 'lab',
    ecs_service: 'app',
    ecs_task: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(pids.map(isAlive)).toEqual([true, true]);
  sandbox?.kill('SIGKILL');
  await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false]);
});
