import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab, stopLab } from '../../sandbox/testing/lab.ts';
import { labScope } from '../testing/lab-scope.ts';
import { fis } from './fis.ts';
import type { Scope, TakeBack } from './provider.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.create('web', await lab.register('web'));
  await lab.steady('web');
}, 60_000);
afterAll(() => stopLab(lab));

const kill = { actionId: 'aws:ecs:task-kill-process', service: 'web', parameters: { processName: 'node', signal: 'SIGKILL' } };

function run(given: Record<string, unknown>, scope: Scope): Promise<TakeBack | undefined> {
  const action = fis.actions.run;
  if (!action) throw new Error('no action run');
  const checked = action.arguments.parse(given);
  expect(action.strikes(checked)).toEqual(['web']);
  return action.run(checked, scope);
}
async function untilKilled(count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await killed()) < count) {
    if (Date.now() > deadline) throw new Error(`only ${await killed()} tasks were killed`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
async function killed(): Promise<number> {
  const stopped = await lab.tasks('web', 'STOPPED');
  return stopped.filter(({ containers }) => containers?.[0]?.exitCode === 137).length;
}

it('strikes the tasks that run, and not those that replace them', async () => {
  await run({ ...kill, selection: 'ALL' }, labScope(lab));
  await untilKilled(2);
  await lab.steady('web');
  expect(await killed()).toBe(2);
}, 60_000);

it('strikes the replacements as well where it is told to, until it ends', async () => {
  await lab.steady('web');
  const before = await killed();
  const scope = labScope(lab);
  const takeBack = await run({ ...kill, selection: 'COUNT(1)', again: true }, scope);
  await untilKilled(before + 2);
  scope.end();
  await takeBack?.();
  await lab.steady('web');
}, 60_000);

it.each([{ selection: 'SOME' }, { selection: 'COUNT(0)' }, { selection: 'ALL', actionId: 'kill' }])('refuses %j', (wrong) => {
  expect(fis.actions.run?.arguments.safeParse({ ...kill, ...wrong }).success).toBe(false);
});
