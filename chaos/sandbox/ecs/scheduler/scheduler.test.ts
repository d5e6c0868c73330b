import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Service, Task, TaskDefinition } from '../model.ts';
import { timingAt } from '../timing.ts';
import { startDelayMs } from './backoff.ts';
import { breakerThreshold } from './breaker.ts';
import { beginDeployment, type NewIds, primaryOf } from './deployments.ts';
import { say, sayProblem } from './events.ts';
import { type Census, planRollout } from './rollout.ts';
import { tick } from './tick.ts';

const timing = timingAt(1);
let serial = 0;
const ids: NewIds = {
  deployment: () => `ecs-svc/${++serial}`,
  revisionArn: () => `revision/${++serial}`,
  serviceDeploymentArn: () => `service-deployment/${++serial}`,
};

function definition(revision: number): TaskDefinition {
  const containerDefinitions = [{ name: 'app', image: `app:${revision}` }];
  return {
    arn: `arn:aws:ecs:us-east-1:1:task-definition/app:${revision}`,
    family: 'app',
    revision,
    status: 'ACTIVE',
    registeredAt: 0,
    registeredBy: '',
    input: { family: 'app', containerDefinitions },
    tags: {},
  };
}

function service(desiredCount: number, configuration: Service['configuration'] = {}): Service {
  const made: Service = {
    arn: 'service/app',
    name: 'app',
    cluster: 'lab',
    status: 'ACTIVE',
    desiredCount,
    createdAt: 0,
    createdBy: '',
    configuration,
    capacityProviderStrategy: [],
    withoutSpotUntil: 0,
    loadBalancers: [{ targetGroupArn: 'tg', containerName: 'app', containerPort: 80 }],
    healthCheckGracePeriodSeconds: 0,
    propagateTags: 'NONE',
    enableECSManagedTags: false,
    tags: {},
    echoed: {},
    deployments: [],
    lastCompleted: null,
    serviceDeployments: [],
    revisions: [],
    events: [],
    isSteady: false,
    steadyAnnouncedAt: 0,
    openProblems: {},
    startFailures: 0,
    nextStartAt: 0,
  };
  beginDeployment(made, definition(1), 0, ids);
  return made;
}

function task(deployment: Deployment, more: Partial<Task> = {}): Task {
  const id = `t${++serial}`;
  return {
    id,
    arn: `task/${id}`,
    cluster: 'lab',
    service: 'app',
    deploymentId: deployment.id,
    group: '',
    startedBy: deployment.id,
    taskDefinition: deployment.taskDefinition,
    capacityProvider: undefined,
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    version: 1,
    createdAt: 0,
    containers: [{ name: 'app', image: '', essential: true, lastStatus: 'RUNNING', health: 'UNKNOWN', pid: 1 }],
    hostPort: 1,
    target: 'healthy',
    targetReason: '',
    wasHealthy: false,
    isAccounted: false,
    isRegistrationAnnounced: false,
    isDrainAnnounced: false,
    tags: {},
    ...more,
  };
}

function failed(deployment: Deployment): Task {
  return task(deployment, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', target: 'none', stopCode: 'EssentialContainerExited' });
}

const at = (now: number) => ({ now, timing, capacity: 100 });
const said = (made: Service): string[] => made.events.map((event) => event.message);

describe('a rollout', () => {
  const none: Census = { pending: 0, waiting: 0, healthy: 0, unhealthy: 0 };
  const counts = fc.record({ pending: fc.nat(4), waiting: fc.nat(4), healthy: fc.nat(4), unhealthy: fc.nat(4) });

  it('starts beside the old tasks up to the maximum and stops old ones down to the minimum', () => {
    const healthyOld = { ...none, healthy: 4 };
    const both = { desired: 4, minimumHealthyPercent: 50, maximumPercent: 150, primary: none, older: healthyOld };
    expect(planRollout(both)).toMatchObject({ start: 2, stopOlderHealthy: 2 });
    expect(planRollout({ ...both, minimumHealthyPercent: 100, maximumPercent: 200 })).toMatchObject({ start: 4, stopOlderHealthy: 0 });
    expect(planRollout({ ...both, minimumHealthyPercent: 100, maximumPercent: 100 })).toMatchObject({ start: 0, stopOlderHealthy: 0 });
  });

  it('replaces an unhealthy task before it stops it, unless there is no room beside it', () => {
    const sick = { desired: 2, minimumHealthyPercent: 100, primary: { ...none, healthy: 1, unhealthy: 1 }, older: none };
    expect(planRollout({ ...sick, maximumPercent: 200 })).toMatchObject({ start: 1, stopUnhealthy: 0 });
    expect(planRollout({ ...sick, maximumPercent: 100 })).toMatchObject({ start: 0, stopUnhealthy: 1 });
    const replaced = { ...sick, maximumPercent: 200, primary: { ...none, healthy: 2, unhealthy: 1 } };
    expect(planRollout(replaced)).toMatchObject({ start: 0, stopUnhealthy: 1 });
  });

  it('never goes above the maximum and never stops healthy old tasks below the minimum', () => {
    fc.assert(
      fc.property(
        fc.nat(10),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 100, max: 300 }),
        counts,
        counts,
        (desired, minimumHealthyPercent, maximumPercent, primary, older) => {
          const plan = planRollout({ desired, minimumHealthyPercent, maximumPercent, primary, older });
          const live = Object.values(primary)
            .concat(Object.values(older))
            .reduce((sum, count) => sum + count, 0);
          const upper = Math.floor((desired * maximumPercent) / 100);
          const lower = Math.ceil((desired * minimumHealthyPercent) / 100);
          expect(plan.start === 0 || live + plan.start <= upper).toBe(true);
          expect(plan.stopOlderHealthy === 0 || primary.healthy + older.healthy - plan.stopOlderHealthy >= lower).toBe(true);
          expect(Math.min(...Object.values(plan))).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('the circuit breaker', () => {
  it('opens at half the desired count, at least 3 and at most 200', () => {
    expect([1, 6, 7, 25, 400, 1000].map((desired) => breakerThreshold(desired, undefined))).toEqual([3, 3, 4, 13, 200, 200]);
  });

  it('takes a threshold as configured', () => {
    const configured = (type: 'COUNT' | 'UNBOUNDED_PERCENT', value: number) => ({
      enable: true,
      rollback: true,
      thresholdConfiguration: { type, value },
    });
    expect(breakerThreshold(4, configured('COUNT', 1))).toBe(1);
    expect(breakerThreshold(1000, configured('UNBOUNDED_PERCENT', 50))).toBe(500);
  });

  function broken(configuration: Service['configuration']): { made: Service; tasks: Task[]; good: Deployment } {
    const made = service(2, configuration);
    const good = primaryOf(made);
    const tasks = [task(good), task(good)];
    tick(made, tasks, at(0));
    const bad = beginDeployment(made, definition(2), 1, ids);
    tasks.push(failed(bad), failed(bad));
    tick(made, tasks, at(2));
    return { made, tasks, good };
  }

  it('goes back to the last completed deployment at the threshold, not before', () => {
    const { made, tasks, good } = broken({ deploymentCircuitBreaker: { enable: true, rollback: true } });
    const bad = primaryOf(made);
    expect([bad.rolloutState, bad.failedTasks, bad.breakerCount]).toEqual(['IN_PROGRESS', 2, 2]);
    tasks.push(failed(bad));
    tick(made, tasks, at(3));
    expect(primaryOf(made)).toBe(good);
    expect(bad.rolloutState).toBe('FAILED');
    expect(made.serviceDeployments[0]).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL', breaker: { status: 'TRIGGERED', failureCount: 3 } });
    expect(said(made)).toContain(`(service app) rolling back to deployment ${good.id}.`);
  });

  it('stalls without rollback: nothing is started or stopped any more', () => {
    const { made, tasks } = broken({ deploymentCircuitBreaker: { enable: true, rollback: false } });
    tasks.push(failed(primaryOf(made)));
    tick(made, tasks, at(3));
    expect(primaryOf(made)).toMatchObject({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    });
    expect(tick(made, tasks, at(3_600_000))).toEqual({ start: 0, stop: [] });
  });

  it('starts counting afresh when a task becomes healthy, unless told not to', () => {
    for (const [resetOnHealthyTask, count] of [
      [true, 0],
      [false, 2],
    ] as const) {
      const { made, tasks } = broken({ deploymentCircuitBreaker: { enable: true, rollback: true, resetOnHealthyTask } });
      tasks.push(task(primaryOf(made)));
      tick(made, tasks, at(3));
      expect(primaryOf(made).breakerCount).toBe(count);
    }
  });

  it('does not count a task a user stopped, nor one that was healthy before it ended', () => {
    const made = service(1, { deploymentCircuitBreaker: { enable: true, rollback: true } });
    const primary = primaryOf(made);
    const tasks = [
      { ...failed(primary), stopCode: 'UserInitiated' as const },
      { ...failed(primary), wasHealthy: true },
    ];
    tick(made, tasks, at(1));
    expect(primary.failedTasks).toBe(0);
  });

  it('is off by default: failures go on and are only slowed down', () => {
    const { made, tasks } = broken({});
    const bad = primaryOf(made);
    tasks.push(failed(bad), failed(bad), failed(bad));
    tick(made, tasks, at(3));
    expect(bad.rolloutState).toBe('IN_PROGRESS');
    expect(said(made).filter((line) => line.includes('is unable to consistently start tasks successfully'))).toHaveLength(1);
  });
});

describe('the back-off', () => {
  it('begins with the third failure in a row and doubles up to 27 minutes', () => {
    const delays = [0, 1, 2, 3, 4, 5, 30].map((failures) => startDelayMs(failures, timing.backoffBaseMs, timing.backoffCapMs));
    expect(delays).toEqual([0, 0, 0, 10_000, 20_000, 40_000, 27 * 60_000]);
  });

  it('holds starts back until it is over and then tries one task', () => {
    const made = service(4);
    const tasks = [failed(primaryOf(made)), failed(primaryOf(made)), failed(primaryOf(made))];
    expect(tick(made, tasks, at(0)).start).toBe(0);
    expect(tick(made, tasks, at(9_999)).start).toBe(0);
    expect(tick(made, tasks, at(10_000)).start).toBe(1);
  });
});

describe('events', () => {
  it('are the newest hundred, newest first', () => {
    const made = service(1);
    for (let number = 0; number < 150; number += 1) say(made, number, `event ${number}`);
    expect([made.events.length, made.events[0]?.message, made.events.at(-1)?.message]).toEqual([100, 'event 149', 'event 50']);
  });

  it('say a standing problem again only after six hours or once it was resolved', () => {
    const made = service(1);
    const hours = (count: number): number => count * 3_600_000;
    for (const now of [0, hours(1), hours(5.9), hours(6)]) sayProblem(made, now, 'placement', timing.repeatEventMs, `at ${now}`);
    expect(said(made)).toEqual([`at ${hours(6)}`, 'at 0']);
  });

  it('say that a task could not be placed when the cluster is full, and start what fits', () => {
    const made = service(3);
    expect(tick(made, [], { now: 0, timing, capacity: 2 }).start).toBe(2);
    expect(said(made)[0]).toMatch(/^\(service app\) was unable to place a task\. Reason: Capacity is unavailable at this time\./);
  });

  it('say a steady state once, and again after six hours of it', () => {
    const made = service(1);
    const tasks = [task(primaryOf(made))];
    for (const now of [0, 1_000, 3_600_000, 6 * 3_600_000]) tick(made, tasks, at(now));
    expect(said(made).filter((line) => line === '(service app) has reached a steady state.')).toHaveLength(2);
  });

  it('name an unhealthy target with its port and reason', () => {
    const made = service(1);
    const tasks = [task(primaryOf(made), { target: 'unhealthy', targetReason: 'Request timed out' })];
    tick(made, tasks, at(0));
    expect(said(made)).toContain('(service app) (port 80) is unhealthy in (target-group tg) due to (reason Request timed out)');
  });
});

describe('a deployment', () => {
  it('is not completed while an old task still runs', () => {
    const made = service(1);
    const old = task(primaryOf(made));
    tick(made, [old], at(0));
    const next = beginDeployment(made, definition(2), 1, ids);
    const fresh = task(next);
    const { stop } = tick(made, [old, fresh], at(2));
    expect(stop.map((entry) => entry.task)).toEqual([old]);
    expect(next.rolloutState).toBe('IN_PROGRESS');
    old.desiredStatus = 'STOPPED';
    tick(made, [old, fresh], at(3));
    expect([next.rolloutState, made.deployments.length]).toEqual(['COMPLETED', 1]);
    expect(said(made).slice(0, 2)).toEqual([
      '(service app) has reached a steady state.',
      `(service app) (deployment ${next.id}) deployment completed.`,
    ]);
  });

  it('that another one replaces is STOPPED', () => {
    const made = service(1);
    beginDeployment(made, definition(2), 1, ids);
    expect(made.serviceDeployments.map((entry) => entry.status)).toEqual(['IN_PROGRESS', 'STOPPED']);
  });
});
