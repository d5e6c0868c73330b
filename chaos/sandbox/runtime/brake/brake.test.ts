import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Brake } from './brake.ts';

const hold = { cores: 0.25, rivalCores: 8, diskMs: 0 };
const children: ReturnType<typeof spawn>[] = [];
const brakes: Brake[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const brake of brakes.splice(0)) await brake.close();
});

/** A process group of its own that waits. */
async function group(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], { detached: true });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? expect.fail('no process');
}

/** As in `ps`: T stands, S sleeps, R runs. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] ?? '';
}

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; !holds(); look += 1) {
    if (look > 5_000) throw new Error('it never held');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function brake(): Brake {
  const made = new Brake();
  brakes.push(made);
  return made;
}

describe.runIf(Brake.isPossible)('the brake', () => {
  it('makes a process stand and go in turn, until it is released', async () => {
    const pid = await group();
    const one = brake();
    one.hold(pid, hold);
    for (let turn = 0; turn < 3; turn += 1) {
      await until(() => stateOf(pid) === 'T');
      await until(() => stateOf(pid) !== 'T');
    }
    await until(() => stateOf(pid) === 'T');
    one.release(pid);
    await until(() => stateOf(pid) !== 'T');
    for (let look = 0; look < 50; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 4));
      expect(stateOf(pid)).not.toBe('T');
    }
  });

  it('leaves nobody standing when it ends', async () => {
    const pid = await group();
    const one = brake();
    one.hold(pid, hold);
    await until(() => stateOf(pid) === 'T');
    await one.close();
    expect(stateOf(pid)).not.toBe('T');
  });

  it('leaves nobody standing when its own process is killed, and holds whom it is told to hold afterwards', async () => {
    const pid = await group();
    const one = brake();
    one.hold(pid, hold);
    await until(() => stateOf(pid) === 'T');
    process.kill(one.pid ?? expect.fail('no process'), 'SIGKILL');
    await until(() => one.pid === null);
    await until(() => stateOf(pid) !== 'T');
    one.hold(pid, hold);
    await until(() => stateOf(pid) === 'T');
  });

  it('does not mind a process that is gone', async () => {
    const [gone, pid] = [await group(), await group()];
    process.kill(-gone, 'SIGKILL');
    await once(children[0] ?? expect.fail('no child'), 'exit');
    const one = brake();
    one.hold(gone, hold);
    one.hold(pid, hold);
    await until(() => stateOf(pid) === 'T');
  });
});
