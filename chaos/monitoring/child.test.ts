import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type StartOptions, startListening } from './child.ts';

/** Listens where it is told and answers 200; `extra` runs first. */
function program(extra = ''): StartOptions {
  const script = `${extra};
    const [host, port] = process.argv[1].split(':');
    require('node:http').createServer((_, res) => res.end('ok')).listen(Number(port), host);`;
  return {
    name: 'Example',
    command: process.execPath,
    args: (address) => ['-e', script, address],
    cwd: import.meta.dirname,
    readyPath: '/',
    readyWithinMs: 5000,
    stopWithinMs: 300,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && isAlive(pid); i += 1) await sleep(50);
  return !isAlive(pid);
}

describe('startListening', () => {
  it('answers when the program is ready and stops it', async () => {
    const started = await startListening(program());
    expect((await fetch(started.url)).status).toBe(200);
    await started.stop();
    expect(isAlive(started.pid)).toBe(false);
    await started.stop();
  });

  it('kills a program that ignores SIGTERM', async () => {
    const started = await startListening(program("process.on('SIGTERM', () => {})"));
    await started.stop();
    expect(isAlive(started.pid)).toBe(false);
  });

  it('says why a program ended before it was ready', async () => {
    await expect(startListening(program("console.error('bad config'); process.exit(2)"))).rejects.toThrow(
      /Example \(.*\) ended before it was ready: bad config/,
    );
    await expect(startListening({ ...program(), command: '/nowhere/prometheus' })).rejects.toThrow('ENOENT');
  });

  it('stops a program that never becomes ready', async () => {
    const stuck = program(
      "console.error(process.pid); require('node:http').createServer = () => ({ listen() {} }); setInterval(() => {}, 1000)",
    );
    const failure = await startListening({ ...stuck, readyWithinMs: 300 }).catch((error: Error) => error.message);
    expect(failure).toMatch(/was not ready within 0.3 s: \d+/);
    expect(isAlive(Number(/(\d+)$/.exec(String(failure))?.[1]))).toBe(false);
  });

  it('leaves no program behind when its parent is killed', async () => {
    const parentScript = `
      const { startListening } = await import(${JSON.stringify(join(import.meta.dirname, 'child.ts'))});
      const script = "const [host, port] = process.argv[1].split(':'); require('node:http').createServer((_, res) => res.end('ok')).listen(Number(port), host);";
      const started = await startListening({
        name: 'Example', command: process.execPath, args: (address) => ['-e', script, address], cwd: '.', readyPath: '/',
      });
      console.log(started.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', parentScript], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(parent.stdout, 'data');
    const pid = Number(String(output));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await ends(pid)).toBe(true);
  });
});
