import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Brake } from '../runtime/brake/brake.ts';
import { cluster, type Lab, required, startLab, stopLab } from '../testing/lab.ts';

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; !holds(); look += 1) {
    if (look > 5_000) throw new Error('it never held');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe.runIf(Brake.isPossible)('a task under stress', () => {
  let lab: Lab;
  let directory: string;
  beforeAll(async () => {
    // Where this checkout is there is a disk; a folder for temporary files may be memory, which nobody has to wait for.
    const cache = join(import.meta.dirname, '../../../node_modules/.cache');
    await mkdir(cache, { recursive: true });
    directory = await mkdtemp(join(cache, 'stress-'));
    lab = await startLab();
    // Under stress a process takes its time to end, too.
    const quiet = await lab.register('quiet', {}, { container: { stopTimeout: 120 } });
    await lab.create('quiet', quiet, { desiredCount: 1 });
    const writer = await lab.register('writer', { MODE: 'write', FILE: join(directory, 'file') });
    await lab.create('writer', writer, { desiredCount: 1 });
    await lab.steady('quiet');
    await lab.steady('writer');
  });
  afterAll(async () => {
    await stopLab(lab);
    await rm(directory, { recursive: true, force: true });
  });

  const arnOf = async (service: string) => required((await lab.tasks(service))[0]?.taskArn);
  /** As in `ps`: T stands. */
  const stands = (arn: string) => {
    const pid = lab.sandbox.world.task(arn)?.pid ?? expect.fail('no process');
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] === 'T';
  };

  it('of its CPU stands for a part of the time, still answers, and is free again afterwards', async () => {
    const arn = await arnOf('quiet');
    const remove = lab.sandbox.world.applyStress(arn, { kind: 'cpu', workers: 4, percent: 100 });
    await until(() => stands(arn));
    expect(await (await fetch(`${lab.sandbox.balancerUrl(cluster, 'quiet')}/name`)).text()).toBe('fixture');
    await until(() => stands(arn));
    remove();
    await until(() => !stands(arn));
    for (let look = 0; look < 50; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 4));
      expect(stands(arn)).toBe(false);
    }
  });

  it('of its disk stands when it writes, and only then', async () => {
    const [writes, rests] = [await arnOf('writer'), await arnOf('quiet')];
    const removals = [writes, rests].map((arn) => lab.sandbox.world.applyStress(arn, { kind: 'io', workers: 2 }));
    await until(() => stands(writes));
    for (let look = 0; look < 50; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 4));
      expect(stands(rests)).toBe(false);
    }
    for (const remove of removals) remove();
    await until(() => !stands(writes));
  });

  it('ends as fast as any other, for a task that stands still hears SIGTERM', async () => {
    const arn = await arnOf('quiet');
    lab.sandbox.world.applyStress(arn, { kind: 'cpu', workers: 1, percent: 100 });
    lab.sandbox.world.stopTask(arn, 'replaced');
    await lab.until('quiet', () => lab.sandbox.world.task(arn)?.lastStatus === 'STOPPED');
    expect((await lab.tasks('quiet', 'STOPPED'))[0]?.containers?.[0]?.exitCode).toBe(0);
    expect(() => lab.sandbox.world.applyStress(arn, { kind: 'io', workers: 1 })).toThrow(/not RUNNING/);
  });
});

describe.runIf(Brake.isPossible)('a sandbox with CPU limits', () => {
  it('makes a task that wants more than it reserves stand, and no other', async () => {
    const lab = await startLab(100, { cpuLimits: true });
    try {
      await lab.create('small', await lab.register('small', {}, { cpu: '256' }), { desiredCount: 1 });
      await lab.create('large', await lab.register('large', {}, { cpu: '8 vCPU' }), { desiredCount: 1 });
      await lab.steady('small');
      await lab.steady('large');
      const stood = { small: false, large: false };
      const spins = (['small', 'large'] as const).map(async (name) => {
        const arn = required((await lab.tasks(name))[0]?.taskArn);
        const pid = lab.sandbox.world.task(arn)?.pid;
        let isOver = false;
        const spin = fetch(`${lab.sandbox.balancerUrl(cluster, name)}/spin`).then((response) => response.text());
        void spin.finally(() => {
          isOver = true;
        });
        while (!isOver) {
          stood[name] ||= readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] === 'T';
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return spin;
      });
      await Promise.all(spins);
      expect(stood).toEqual({ small: true, large: false });
    } finally {
      await stopLab(lab);
    }
  });
});
