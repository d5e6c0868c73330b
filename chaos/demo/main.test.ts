import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext } from 'vitest';
import { findPrograms } from '../monitoring/programs.ts';

const main = join(import.meta.dirname, 'main.ts');
const isLinux = process.platform === 'linux';
const programs = await findPrograms().then(
  () => null,
  (error: Error) => error.message,
);
const untested = isLinux
  ? programs && `NOT TESTED HERE: ${programs}`
  : 'NOT TESTED HERE: only Linux shows the environment of every process';

class Demo {
  /** Names this demo and nothing else on the machine: every process it starts runs a program from here or has it in its environment. */
  readonly folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  readonly process: ChildProcess;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  output = '';

  constructor(args: readonly string[]) {
    // Tasks and the agent inherit nothing but are run by the demo's own Node.js: a link of it here gives that a name.
    const node = join(this.folder, 'node');
    try {
      linkSync(process.execPath, node);
    } catch {
      copyFileSync(process.execPath, node);
    }
    this.process = spawn(node, [main, ...args], {
      cwd: this.folder,
      // A group of its own, as a shell gives it: Ctrl-C goes to the whole group.
      detached: true,
      env: { ...process.env, TMPDIR: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.process, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
      });
    }
  }

  /** Command lines by process id. */
  processes(): Map<number, string> {
    const found = new Map<number, string>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const [command, environment] = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)];
      if (command.includes(this.folder) || environment.includes(this.folder)) found.set(Number(pid), command.replaceAll('\0', ' '));
    }
    return found;
  }

  count(part: string): number {
    return [...this.processes().values()].filter((command) => command.includes(part)).length;
  }

  async waitUntil(isTrue: () => boolean, seconds: number): Promise<void> {
    for (const deadline = Date.now() + seconds * 1000; !isTrue(); await sleep(100)) {
      if (this.process.exitCode !== null || Date.now() > deadline) throw new Error(`the demo did not get there:\n${this.output}`);
    }
  }

  /** Resolves to the processes that are left after `seconds`, or to nothing as soon as none is. */
  async leftOvers(seconds: number): Promise<string[]> {
    for (const deadline = Date.now() + seconds * 1000; this.processes().size > 0 && Date.now() < deadline; ) await sleep(50);
    return [...this.processes().values()];
  }

  signalGroup(signal: NodeJS.Signals): void {
    if (this.process.pid !== undefined) process.kill(-this.process.pid, signal);
  }

  clean(): void {
    for (const pid of isLinux ? this.processes().keys() : []) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}

/** Everything a scene needs: each has a process of its own; a rollout has more tasks for a moment. */
function isComplete(demo: Demo): boolean {
  const parts = { 'chaos/shop/': 24, 'agent/main.ts': 1, '--storage.tsdb.path=': 1, '--cluster.listen-address=': 1 };
  return Object.entries(parts).every(([part, count]) => demo.count(part) >= count);
}

function startDemo(onTestFinished: TestContext['onTestFinished'], ...args: string[]): Demo {
  const demo = new Demo(args);
  onTestFinished(() => demo.clean());
  return demo;
}

/** Other tests share the cores, and the agent begins only when the shop is well. */
const mostSecondsToStart = 150;

// One after the other: side by side they would keep each other's shops from becoming well.
describe('the demo leaves no process behind', { timeout: 240_000 }, () => {
  it('after Ctrl-C in the middle of a scene', async ({ expect, skip, onTestFinished }) => {
    if (untested) return skip(untested);
    const demo = startDemo(onTestFinished, '--scene', '1');
    await demo.waitUntil(() => demo.output.includes('Scene 1'), mostSecondsToStart);
    // A process is seen only once it has replaced the image it was forked from.
    await demo.waitUntil(() => isComplete(demo), 15);
    demo.signalGroup('SIGINT');
    expect(await demo.ended).toEqual([130, null]);
    expect(await demo.leftOvers(0)).toEqual([]);
    expect(readdirSync(demo.folder).filter((name) => name.startsWith('kintsugi-demo-'))).toEqual([]);
  });

  it('after kill -9', async ({ expect, skip, onTestFinished }) => {
    if (untested) return skip(untested);
    const demo = startDemo(onTestFinished);
    await demo.waitUntil(() => isComplete(demo), mostSecondsToStart);
    demo.process.kill('SIGKILL');
    expect(await demo.leftOvers(5)).toEqual([]);
  });

  it.for(['SIGINT', 'SIGTERM'] as const)('after %s while it is starting', async (signal, { expect, skip, onTestFinished }) => {
    if (untested) return skip(untested);
    const demo = startDemo(onTestFinished);
    await demo.waitUntil(() => demo.count('chaos/shop/') > 0, mostSecondsToStart);
    demo.signalGroup(signal);
    expect(await demo.ended).toEqual([130, null]);
    expect(await demo.leftOvers(0)).toEqual([]);
  });
});

describe.concurrent('options', () => {
  it.for([
    [['--scene', '9'], "'--scene <n>' argument '9' is invalid. give a whole number from 1 to 4"],
    [['--repeat', 'x'], "'--repeat <n>' argument 'x' is invalid. give a whole number"],
    [['--json', '/nowhere/demo.json'], "'/nowhere/demo.json' is invalid. it cannot be written"],
    [['--scenes', '1'], "unknown option '--scenes'"],
  ] as const)('%j is refused before anything starts', async ([args, reason], { expect, onTestFinished }) => {
    const demo = startDemo(onTestFinished, ...args);
    expect(await demo.ended).toEqual([2, null]);
    expect(demo.output).toContain(reason);
  });
});
