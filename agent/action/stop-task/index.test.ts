import { describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsless, depsOn, planned, testKey } from '../action.contract.ts';
import { account, deploy, type EcsState, revision, startEcsServer, taskId } from '../ecs/server.contract.ts';
import { stopTask } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, taskId: taskId(1) };
const signal = new AbortController().signal;
const set = (number: number, change: Partial<EcsState['tasks'][number]>) => (state: EcsState) =>
  Object.assign(state.tasks[number - 1] ?? {}, change);

actionContract({
  plugin: stopTask,
  params,
  calls: ['ecs:StopTask'],
  isApplied: ({ tasks }) => tasks[0]?.desiredStatus === 'STOPPED',
  refusals: [
    { when: 'the task is gone', arrange: (state) => state.tasks.shift(), reason: /not a running task/ },
    { when: 'the task stops already', arrange: set(1, { desiredStatus: 'STOPPED' }), reason: /not a running task/ },
    { when: 'the task is still starting', arrange: set(1, { lastStatus: 'PENDING' }), reason: /PENDING/ },
    { when: 'the task belongs to another service', arrange: set(1, { group: 'service:cart' }), reason: /belongs to service:cart/ },
    {
      when: 'no task is wanted any more',
      arrange: (state) => Object.assign(state, { desired: 0 }),
      reason: /no task of checkout is wanted/,
    },
    { when: 'a sibling is unhealthy', arrange: set(2, { healthStatus: 'UNHEALTHY' }), reason: /only 1 other/ },
    { when: 'a sibling is not running yet', arrange: set(3, { lastStatus: 'PENDING' }), reason: /only 1 other/ },
    {
      when: 'it is the only task',
      arrange: (state) => Object.assign(state, { desired: 1, tasks: state.tasks.slice(0, 1) }),
      reason: /only 0 other/,
    },
    { when: 'a deployment is in progress', arrange: (state) => deploy(state, revision(8)), reason: /IN_PROGRESS/ },
  ],
});

describe('stop-task', () => {
  it('names the change in the stop reason, so that ECS itself tells who did it', async () => {
    const server = await startEcsServer();
    try {
      const action = created(stopTask, depsOn(server));
      await action.execute(await planned(action, params), permitted({ signal, key: testKey }));
      expect(server.state.tasks[0]?.stoppedReason).toBe(`kintsugi ${testKey}`);
      expect(server.state.tasks.map((task) => task.desiredStatus)).toEqual(['STOPPED', 'RUNNING', 'RUNNING']);
    } finally {
      await server.close();
    }
  });

  it('sees a task that ECS no longer lists as stopped', async () => {
    const server = await startEcsServer();
    try {
      const action = created(stopTask, depsOn(server));
      const plan = await planned(action, params);
      server.state.tasks.shift();
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    } finally {
      await server.close();
    }
  });

  it('does not take a task that died by itself for one it stopped', async () => {
    const server = await startEcsServer();
    try {
      const action = created(stopTask, depsOn(server));
      const plan = await planned(action, params);
      set(1, { desiredStatus: 'STOPPED', lastStatus: 'STOPPED', stoppedReason: 'Essential container in task exited' })(server.state);
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'no', detail: expect.stringContaining('Essential container') });
    } finally {
      await server.close();
    }
  });

  it('needs the right to stop that one task', async () => {
    const server = await startEcsServer();
    try {
      const action = created(stopTask, depsOn(server));
      const taskArn = `${account}:task/shop/${taskId(1)}`;
      expect(action.rights?.(await planned(action, params))).toEqual([{ action: 'ecs:StopTask', resource: taskArn }]);
    } finally {
      await server.close();
    }
  });

  it('keeps as many healthy tasks as it is told to', async () => {
    const server = await startEcsServer();
    try {
      const strict = created(stopTask, depsOn(server), { minHealthyShare: 1 });
      expect(await strict.plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('at least 3 must') });
    } finally {
      await server.close();
    }
  });

  it('never stops the last task, however it is configured', async () => {
    const server = await startEcsServer();
    try {
      Object.assign(server.state, { desired: 1, running: 1, tasks: server.state.tasks.slice(0, 1) });
      const loose = created(stopTask, depsOn(server), { minHealthyShare: 0 });
      expect(await loose.plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('at least 1 must') });
    } finally {
      await server.close();
    }
  });

  it.each(['', null, '*', [taskId(1)], 'f'.repeat(33), taskId(1).replace('1', 'l'), taskId(10).toUpperCase(), `${taskId(1)}\n`])(
    'refuses %j as a task',
    (id) => {
      const action = created(stopTask, depsless);
      expect(action.params.safeParse({ ...target, taskId: id }).success).toBe(false);
    },
  );

  it('proposes the task the hypothesis names, and nothing without one', () => {
    const action = created(stopTask, depsless);
    const hypothesis: Hypothesis = { cause: 'sick-task', service: 'checkout', confidence: 1, evidence: [], because: [], refutedBy: '' };
    expect(action.propose({ ...hypothesis, taskId: taskId(2) }, target, [], incidentBrief)).toEqual({ ...target, taskId: taskId(2) });
    expect(action.propose(hypothesis, target, [], incidentBrief)).toMatchObject({ notPossible: expect.stringContaining('no task') });
  });
});
