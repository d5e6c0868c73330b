/** Stops one task of a service so that ECS starts a fresh one. It never stops the last healthy task and never more than one. */
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { sendOnce, unreadable } from '../aws/call.ts';
import { compareAndSet, deploymentInProgress, type EcsService, movedSince, planOn, snapshotOf } from '../ecs/service.ts';
import { type EcsTask, healthyFloor, isStoppedByUs, oneTask, servesHealthy, stopReason, taskIdOf, wantedTasks } from '../ecs/tasks.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const stopTask: ActionPlugin<Config> = { id: 'stop-task', title: 'Stop one task; ECS starts a replacement', config: Config, create };

function create(config: Config, { aws }: ActionDeps): Action<Params> {
  const { reader, writer } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  return {
    id: stopTask.id,
    title: stopTask.title,
    cures: ['sick-task', 'cpu-runaway', 'health-check-failure'],
    params: Params,

    propose(hypothesis, target) {
      const elsewhere = causeElsewhere(hypothesis, target);
      if (elsewhere) return elsewhere;
      if (!hypothesis.taskId) return { notPossible: 'the hypothesis names no task' };
      return { cluster: target.cluster, service: target.service, taskId: hypothesis.taskId };
    },

    plan(params, signal) {
      return planOn(reader, checkParams(Params, params), call(signal), async (checked, view) =>
        planFor(checked, view, await wantedTasks(reader, checked, call(signal)), config),
      );
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => movedSince(snapshot, view) ?? against(params, view, await wantedTasks(reader, params, call(effect.signal)), config),
        () =>
          sendOnce(writer, new StopTaskCommand(input(params, snapshot.taskArn, stopReason(effect.key))), {
            effect,
            timeoutMs: config.callTimeoutMs,
          }),
      );
    },

    rights: (plan) => [{ action: 'ecs:StopTask', resource: Snapshot.parse(plan.snapshot).taskArn }],

    async look(plan, signal) {
      const params = Params.parse(plan.params);
      try {
        const task = await oneTask(reader, params.cluster, params.taskId, call(signal));
        if (!task) return { applied: 'yes', detail: `ECS no longer lists task ${params.taskId}` };
        const detail = `task ${params.taskId} is ${task.lastStatus}, wanted ${task.desiredStatus}`;
        if (isStoppedByUs(task)) return { applied: 'yes', detail };
        return { applied: 'no', detail: task.stoppedReason ? `${detail}: ${task.stoppedReason}` : detail };
      } catch (error) {
        return unreadable(error, 'unknown', signal);
      }
    },
  };
}

function planFor(params: Params, view: EcsService, tasks: readonly EcsTask[], config: Config): Plan | NotPossible {
  const refusal = against(params, view, tasks, config);
  if (refusal) return { notPossible: refusal };
  const task = tasks.find((one) => taskIdOf(one) === params.taskId);
  if (!task) return { notPossible: `task ${params.taskId} is gone` };
  return {
    action: stopTask.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'ecs:StopTask', input: input(params, task.taskArn, stopReason('<key of this change>')) }],
    blastRadius: { services: 1, tasks: 1, shareOfCapacity: 1 / view.desiredCount },
    snapshot: { ...snapshotOf(view), taskArn: task.taskArn },
    undo: { kind: 'none', reason: 'a stopped task cannot be started again; ECS starts a replacement' },
    summary: `stop task ${params.taskId} of ${params.service}; ${healthyOthers(params, tasks).length} of ${view.desiredCount} keep serving`,
  };
}

function against(params: Params, view: EcsService, tasks: readonly EcsTask[], config: Config): string | null {
  const task = tasks.find((one) => taskIdOf(one) === params.taskId);
  if (!task) return `task ${params.taskId} is not a running task of ${params.service}`;
  if (task.group !== `service:${params.service}`)
    return `task ${params.taskId} belongs to ${task.group || 'no service'}, not to ${params.service}`;
  if (task.lastStatus !== 'RUNNING') return `task ${params.taskId} is ${task.lastStatus}, not RUNNING`;
  if (view.desiredCount === 0) return `no task of ${params.service} is wanted: ECS stops this one by itself`;
  const moving = deploymentInProgress(view);
  if (moving) return moving;
  const others = healthyOthers(params, tasks).length;
  const needed = healthyFloor(view.desiredCount, config.minHealthyShare);
  return others < needed ? `only ${others} other tasks of ${params.service} run healthy; at least ${needed} must` : null;
}

function healthyOthers(params: Params, tasks: readonly EcsTask[]): EcsTask[] {
  return tasks.filter((task) => taskIdOf(task) !== params.taskId && servesHealthy(task));
}

function input(params: Params, task: string, reason: string) {
  return { cluster: params.cluster, task, reason };
}
