import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { Plan } from '../../domain/plan.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsless, depsOn, planned, testKey } from '../action.contract.ts';
import type { Effect } from '../action.ts';
import { account, deploy, type EcsServer, type EcsState, revision, runningTask, startEcsServer, taskId } from '../ecs/server.contract.ts';
import { restartTasks } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;
const arn = (number: number) => `${account}:task/shop/${taskId(number)}`;
const set = (number: number, change: Partial<EcsState['tasks'][number]>) => (state: EcsState) =>
  Object.assign(state.tasks[number - 1] ?? {}, change);

actionContract({
  plugin: restartTasks,
  params: { ...target, taskIds: [taskId(2)] },
  calls: ['ecs:StopTask'],
  isApplied: ({ tasks }) => tasks[1]?.desiredStatus === 'STOPPED',
  refusals: [
    { when: 'a task is gone', arrange: (state) => state.tasks.splice(1, 1), reason: /only 0 of the 1 tasks are running/ },
    { when: 'a task stops already', arrange: set(2, { desiredStatus: 'STOPPED' }), reason: /only 0 of the 1 tasks are running/ },
    { when: 'a task belongs to another service', arrange: set(2, { group: 'service:cart' }), reason: /belongs to service:cart/ },
    { when: 'a sibling is unhealthy', arrange: set(3, { healthStatus: 'UNHEALTHY' }), reason: /2 of 3 tasks run healthy/ },
    { when: 'a sibling is still starting', arrange: set(3, { lastStatus: 'PENDING' }), reason: /not at full strength/ },
    { when: 'nothing is meant to run', arrange: (state) => Object.assign(state, { desired: 0 }), reason: /desired count is 0/ },
    { when: 'a deployment is in progress', arrange: (state) => deploy(state, revision(8)), reason: /IN_PROGRESS/ },
  ],
});

describe('restart-tasks', () => {
  let server: EcsServer;

  beforeEach(async () => {
    server = await startEcsServer();
    Object.assign(server.state, { desired: 6, running: 6, replacement: { lastStatus: 'RUNNING', healthStatus: 'HEALTHY' } });
    server.state.tasks = [1, 2, 3, 4, 5, 6].map((number) => runningTask(number));
  });
  afterEach(() => server.close());

  /** With a clock whose pauses let `meanwhile` happen to the world. */
  const action = (config: object = {}, meanwhile: (state: EcsState) => void = () => undefined) => {
    const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
    const sleep = (ms: number, stop?: AbortSignal) => {
      meanwhile(server.state);
      return clock.sleep(ms, stop);
    };
    return created(restartTasks, { ...depsOn(server), clock: { ...clock, sleep } }, config);
  };
  /** Permits so many calls; what comes after them is up to `then`. */
  const effectOf = (calls: number, then: () => ReturnType<Effect['permit']>): Effect => {
    let given = 0;
    return permitted({
      signal,
      key: testKey,
      permit: () => {
        given += 1;
        return given > calls ? then() : Promise.resolve({ isValid: () => true });
      },
    });
  };
  const unlimited = permitted({ signal, key: testKey });
  const stopOrder = () => server.changes.map(({ input }) => input.task);
  const runningOld = () => server.state.tasks.slice(0, 6).filter((task) => task.desiredStatus === 'RUNNING').length;

  it('plans every task by name, a quarter of them at a time', async () => {
    const plan = await planned(action(), target);
    expect(plan.calls.map(({ input }) => input.task)).toEqual([1, 2, 3, 4, 5, 6].map(arn));
    expect(plan.blastRadius).toEqual({ services: 1, tasks: 6, shareOfCapacity: 2 / 6 });
    expect(plan.snapshot).toMatchObject({ batch: 2, hasHealthCheck: true });
    expect(plan.summary).toBe('restart 6 of 6 tasks of checkout, 2 at a time; at least 4 keep serving');
  });

  it('makes the same plan of the same world in whatever order ECS lists it', async () => {
    const before = await planned(action(), target);
    server.state.tasks.reverse();
    expect(await planned(action(), target)).toEqual(before);
  });

  it.each([
    [6, 0.25, 0.5, 2],
    [6, 0.5, 0.5, 3],
    [6, 0.5, 0.8, 1],
    [2, 0.25, 0.5, 1],
    [20, 0.1, 0.5, 2],
  ])('of %i tasks with batches of %f and %f always healthy stops %i at a time', async (desired, batchShare, minHealthyShare, batch) => {
    Object.assign(server.state, { desired, tasks: Array.from({ length: desired }, (_, at) => runningTask(at + 1)) });
    expect((await planned(action({ batchShare, minHealthyShare }), target)).snapshot).toMatchObject({ batch });
  });

  it('refuses a service of one task, one whose every task is needed, and one with too many', async () => {
    const refusal = async (desired: number, config: object) => {
      Object.assign(server.state, { desired, tasks: Array.from({ length: desired }, (_, at) => runningTask(at + 1)) });
      return action(config).plan(target, signal);
    };
    expect(await refusal(1, { minHealthyShare: 0 })).toMatchObject({ notPossible: expect.stringContaining('none can be spared') });
    expect(await refusal(4, { minHealthyShare: 1 })).toMatchObject({ notPossible: expect.stringContaining('none can be spared') });
    expect(await refusal(21, {})).toMatchObject({ notPossible: expect.stringContaining('more than the 20') });
    expect(await refusal(0, {})).toMatchObject({ notPossible: expect.stringContaining('desired count is 0') });
  });

  it('restarts all of them, and waits at full strength between the batches', async () => {
    const strength: number[] = [];
    const restarting = action({}, ({ tasks }) => {
      strength.push(tasks.filter((task) => task.desiredStatus === 'RUNNING').length);
    });
    const plan = await planned(restarting, target);
    expect(await restarting.execute(plan, unlimited)).toEqual({
      applied: 'yes',
      detail: '6 of 6 tasks were stopped for a fresh one',
    });
    expect(stopOrder()).toEqual([1, 2, 3, 4, 5, 6].map(arn));
    // 15 seconds in looks of 5, before the second and the third batch.
    expect(strength).toEqual([6, 6, 6, 6, 6, 6]);
    expect(await restarting.look(plan, signal)).toEqual({ applied: 'yes', detail: expect.stringContaining('6 of 6') });
  });

  it('waits for a replacement until its health check has passed, and stops no other task meanwhile', async () => {
    server.state.replacement = { lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' };
    let pauses = 0;
    const restarting = action({}, (state) => {
      pauses += 1;
      if (pauses < 20) expect(server.changes).toHaveLength(2);
      if (pauses === 20) for (const task of state.tasks) task.healthStatus = 'HEALTHY';
      if (pauses === 20) state.replacement = { lastStatus: 'RUNNING', healthStatus: 'HEALTHY' };
    });
    expect((await restarting.execute(await planned(restarting, target), unlimited)).applied).toBe('yes');
    expect(server.changes).toHaveLength(6);
  });

  it('takes a running replacement for healthy where no task has a health check', async () => {
    for (const task of server.state.tasks) task.healthStatus = 'UNKNOWN';
    server.state.replacement = { lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' };
    const restarting = action();
    expect((await restarting.execute(await planned(restarting, target), unlimited)).detail).toContain('6 of 6');
  });

  it('leaves the rest alone when the replacements do not come', async () => {
    server.state.replacement = { lastStatus: 'PENDING', healthStatus: 'UNKNOWN' };
    const restarting = action();
    const outcome = await restarting.execute(await planned(restarting, target), unlimited);
    expect(outcome).toEqual({
      applied: 'yes',
      detail: expect.stringMatching(/^2 of 6 .*the rest was left alone: the replacements did not come in 300 s: 4 of 6 tasks run healthy$/),
    });
    expect(runningOld()).toBe(4);
  });

  const meddling: [string, (state: EcsState) => void, RegExp][] = [
    ['deploys', (state) => deploy(state, revision(8)), /the service moved since the plan: deployment/],
    ['scales', (state) => Object.assign(state, { desired: 7 }), /desired count 6 → 7/],
    ['deletes the service', (state) => Object.assign(state, { exists: false }), /has no service/],
    [
      'stops a task of the plan',
      set(5, { desiredStatus: 'STOPPED', lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'maintenance' }),
      /somebody else stopped task .*5: maintenance/,
    ],
  ];
  it.each(meddling)('leaves the rest alone when somebody %s between two batches', async (_name, meddle, reason) => {
    let pauses = 0;
    const restarting = action({}, (state) => {
      pauses += 1;
      if (pauses === 2) meddle(state);
    });
    const outcome = await restarting.execute(await planned(restarting, target), unlimited);
    expect(outcome).toEqual({ applied: 'yes', detail: expect.stringMatching(reason) });
    expect(server.changes).toHaveLength(2);
  });

  it('does not restart a task that ended by itself meanwhile', async () => {
    const restarting = action({}, ({ tasks }) => {
      const third = tasks[2];
      if (third?.desiredStatus !== 'RUNNING') return;
      Object.assign(third, { desiredStatus: 'STOPPED', lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' });
      tasks.push(runningTask(tasks.length + 1));
    });
    expect(await restarting.execute(await planned(restarting, target), unlimited)).toMatchObject({
      detail: expect.stringContaining('5 of 6'),
    });
    expect(stopOrder()).not.toContain(arn(3));
  });

  it('never goes below the share that must run healthy, whatever dies within a batch', async () => {
    const restarting = action({ batchShare: 0.5, minHealthyShare: 0.5 });
    const plan = await planned(restarting, target);
    const dying = effectOf(0, async () => {
      for (const number of [4, 5]) set(number, { healthStatus: 'UNHEALTHY' })(server.state);
      return { isValid: () => true };
    });
    server.state.replacement = null;
    const outcome = await restarting.execute(plan, dying);
    expect(outcome).toEqual({ applied: 'yes', detail: expect.stringContaining('only 2 other tasks run healthy; at least 3 must') });
    expect(server.changes).toHaveLength(1);
  });

  it('stops where it stands when a permit is refused, and counts as made in part', async () => {
    const restarting = action();
    const plan = await planned(restarting, target);
    const outcome = await restarting.execute(
      plan,
      effectOf(3, async () => ({ refused: 'the kill switch is on' })),
    );
    expect(outcome).toEqual({ applied: 'yes', detail: expect.stringMatching(/^3 of 6 .*the kill switch is on$/) });
    expect(await restarting.look(plan, signal)).toMatchObject({ applied: 'yes', isPartial: true });
  });

  it.each(['throttled', 'refused'] as const)('does not press on when a later call is %s', async (trouble) => {
    const restarting = action({}, () => server.trouble.set('StopTask', trouble));
    const outcome = await restarting.execute(await planned(restarting, target), unlimited);
    expect(outcome).toEqual({ applied: 'yes', detail: expect.stringMatching(/^2 of 6 .*refused$/) });
    expect(server.changes).toHaveLength(3);
  });

  it('waits while reads are throttled, and goes on when they pass', async () => {
    let pauses = 0;
    const restarting = action({}, () => {
      pauses += 1;
      if (pauses === 1) server.trouble.set('ListTasks', 'throttled');
      if (pauses === 4) server.trouble.delete('ListTasks');
    });
    expect((await restarting.execute(await planned(restarting, target), unlimited)).detail).toContain('6 of 6');
  });

  it('answers unknown when an answer in the middle is lost, and look finds how far it came', async () => {
    const restarting = action({}, () => server.trouble.set('StopTask', 'lost'));
    const plan = await planned(restarting, target);
    expect(await restarting.execute(plan, unlimited)).toMatchObject({ applied: 'unknown' });
    expect(await restarting.look(plan, signal)).toEqual({
      applied: 'yes',
      isPartial: true,
      detail: '3 of 6 tasks were stopped by this change, 3 still run',
    });
  });

  it('goes on with what is left after a death in the middle, and stops no task twice', async () => {
    const dying = action();
    const plan = await planned(dying, target);
    const killed = effectOf(3, () => Promise.reject(new Error('killed')));
    await expect(dying.execute(plan, killed)).rejects.toThrow('killed');
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'yes', isPartial: true });
    expect(await action().execute(plan, unlimited)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('6 of 6') });
    expect(stopOrder()).toEqual([1, 2, 3, 4, 5, 6].map(arn));
  });

  it('waits for the replacements a dead run left behind before it goes on', async () => {
    server.state.replacement = null;
    const dying = action();
    const plan = await planned(dying, target);
    await expect(
      dying.execute(
        plan,
        effectOf(1, () => Promise.reject(new Error('killed'))),
      ),
    ).rejects.toThrow('killed');
    const outcome = await action().execute(plan, unlimited);
    expect(outcome.detail).toMatch(/^1 of 6 .*did not come.*5 of 6 tasks run healthy/);
    expect(server.changes).toHaveLength(1);
  });

  it('does not know whose stop it was of tasks that ECS has forgotten, and does not say no', async () => {
    const restarting = action();
    const plan = await planned(restarting, target);
    server.state.tasks.splice(0, 2);
    expect(await restarting.look(plan, signal)).toMatchObject({ applied: 'yes', isPartial: true });
    server.state.tasks = [];
    expect(await restarting.look(plan, signal)).toEqual({ applied: 'yes', detail: expect.stringContaining('0 still run') });
  });

  it('needs the right to stop a task of that service', async () => {
    const restarting = action();
    const plan = await planned(restarting, { ...target, taskIds: [taskId(4), taskId(2)] });
    expect(restarting.rights?.(plan)).toEqual([{ action: 'ecs:StopTask', resource: arn(2) }]);
  });

  it('can be narrowed to fewer tasks, never to others or to another service', () => {
    const { isNarrower } = created(restartTasks, depsless);
    const of = (...numbers: number[]) => ({ ...target, taskIds: numbers.map(taskId) });
    expect(isNarrower?.(target, of(1))).toBe(true);
    expect(isNarrower?.(of(1, 2), of(2))).toBe(true);
    expect(isNarrower?.(of(1, 2), of(2, 3))).toBe(false);
    expect(isNarrower?.(of(1, 2), target)).toBe(false);
    expect(isNarrower?.(target, { ...of(1), service: 'cart' })).toBe(false);
    expect(isNarrower?.(target, { ...of(1), cluster: 'other' })).toBe(false);
  });

  it('stands for a narrower plan of the same world as long as the service has not moved and no task is new in it', async () => {
    const restarting = action();
    const whole = await planned(restarting, target);
    const part = await planned(restarting, { ...target, taskIds: [taskId(2)] });
    const inSnapshot = (plan: Plan, change: object): Plan => ({ ...plan, snapshot: { ...plan.snapshot, ...change } });
    expect(restarting.isSameWorld?.(whole, part)).toBe(true);
    expect(restarting.isSameWorld?.(whole, inSnapshot(part, { deploymentId: 'ecs-svc/9' }))).toBe(false);
    expect(restarting.isSameWorld?.(whole, inSnapshot(part, { desiredCount: 9 }))).toBe(false);
    expect(restarting.isSameWorld?.(inSnapshot(whole, { taskArns: [arn(1)] }), part)).toBe(false);
  });

  it.each([[[]], [[taskId(1), taskId(1)]], [['*']], ['all'], [[taskId(1), null]]])('refuses %j as tasks', (taskIds) => {
    expect(created(restartTasks, depsless).params.safeParse({ ...target, taskIds }).success).toBe(false);
  });

  it('proposes all tasks of the service the cause sits in', () => {
    const hypothesis: Hypothesis = {
      cause: 'all-tasks-degraded',
      service: 'checkout',
      confidence: 1,
      evidence: [],
      because: [],
      refutedBy: '',
    };
    const { propose } = created(restartTasks, depsless);
    expect(propose(hypothesis, target, [], incidentBrief)).toEqual(target);
    expect(propose({ ...hypothesis, service: 'cart' }, target, [], incidentBrief)).toMatchObject({
      notPossible: expect.stringContaining('sits in cart'),
    });
  });
});
