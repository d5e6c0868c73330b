/**
 * Restarts the tasks of one service a few at a time, on the revision that runs: ECS starts a replacement for each. It never goes below the
 * minimum healthy share, and it ends where it stands as soon as anything is not as planned.
 */
import { isDeepStrictEqual } from 'node:util';
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { unreadable } from '../aws/call.ts';
import { deploymentInProgress, type EcsService, planOn, ServiceSnapshot, snapshotOf } from '../ecs/service.ts';
import { describeTasks, type EcsTask, healthyFloor, servesHealthy, stopReason, taskIdOf, wantedTasks } from '../ecs/tasks.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { lookAround, stopInBatches } from './batches.ts';
import { Config, Params, Snapshot } from './schema.ts';
import { progressOf } from './strength.ts';

export const restartTasks: ActionPlugin<Config> = {
  id: 'restart-tasks',
  title: 'Restart the tasks of a service in batches; ECS starts the replacements',
  config: Config,
  create,
};

function create(config: Config, { aws: { ecs }, clock }: ActionDeps): Action<Params> {
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  return {
    id: restartTasks.id,
    title: restartTasks.title,
    cures: ['all-tasks-degraded'],
    params: Params,

    propose(hypothesis, target) {
      return causeElsewhere(hypothesis, target) ?? { cluster: target.cluster, service: target.service };
    },

    plan(params, signal) {
      return planOn(ecs.reader, checkParams(Params, params), call(signal), async (checked, view) =>
        planFor(checked, view, await wantedTasks(ecs.reader, checked, call(signal)), config),
      );
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const restart = { params, snapshot, config, ecs, clock };
      let stopped: Set<string>;
      try {
        const look = await lookAround(restart, effect.signal);
        if ('against' in look) return { applied: 'no', detail: look.against };
        stopped = progressOf(snapshot, look.known).stopped;
        // Replacements may still be on their way when an earlier run has begun; only then is less than full strength no surprise.
        const arns = new Set(snapshot.taskArns);
        const chosen = look.wanted.filter((task) => arns.has(task.taskArn));
        const refusal = stopped.size > 0 ? null : against(look.view, look.wanted, chosen, snapshot.taskArns.length, config);
        if (refusal !== null) return { applied: 'no', detail: refusal };
        if (stopped.size === snapshot.taskArns.length) return { applied: 'no', detail: 'every task of the plan is stopped already' };
      } catch (error) {
        return unreadable(error, 'no', effect.signal);
      }
      return stopInBatches(restart, effect, stopped);
    },

    async look(plan, signal): Promise<Outcome> {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      try {
        const known = await describeTasks(ecs.reader, params.cluster, snapshot.taskArns, call(signal));
        const { stopped, left } = progressOf(snapshot, known);
        // Of tasks that ECS forgot nobody knows who stopped them; that was at least an hour ago.
        const forgotten = snapshot.taskArns.length - known.length;
        const detail = `${stopped.size} of ${snapshot.taskArns.length} tasks were stopped by this change, ${left.length} still run`;
        if (stopped.size === 0 && forgotten === 0) return { applied: 'no', detail };
        return left.length > 0 ? { applied: 'yes', detail, isPartial: true } : { applied: 'yes', detail };
      } catch (error) {
        return unreadable(error, 'unknown', signal);
      }
    },

    // One stands for all: no policy tells the tasks of a service apart, their ids are made up as they start.
    rights: (plan) => [{ action: 'ecs:StopTask', resource: Snapshot.parse(plan.snapshot).taskArns[0] ?? '*' }],

    touches: (plan) => Snapshot.parse(plan.snapshot).taskArns.map((resource) => ({ action: 'ecs:StopTask', resource })),

    isNarrower(from, to) {
      if (from.cluster !== to.cluster || from.service !== to.service) return false;
      if (from.taskIds === undefined) return true;
      return to.taskIds?.every((id) => from.taskIds?.includes(id)) ?? false;
    },

    // Fewer tasks are fewer ARNs in the snapshot; a task that has started meanwhile is none of those.
    isSameWorld(from, to) {
      const [whole, part] = [Snapshot.parse(from.snapshot), Snapshot.parse(to.snapshot)];
      return (
        isDeepStrictEqual(ServiceSnapshot.parse(whole), ServiceSnapshot.parse(part)) &&
        part.taskArns.every((arn) => whole.taskArns.includes(arn))
      );
    },
  };
}

function planFor(params: Params, view: EcsService, tasks: readonly EcsTask[], config: Config): Plan | NotPossible {
  const { taskIds } = params;
  const chosen = tasks.filter((task) => taskIds === undefined || taskIds.includes(taskIdOf(task)));
  const refusal = against(view, tasks, chosen, taskIds?.length ?? tasks.length, config);
  if (refusal !== null) return { notPossible: refusal };
  // The same plan each time it is made of the same world: ECS lists in no order.
  const taskArns = chosen.map(({ taskArn }) => taskArn).sort();
  const desired = view.desiredCount;
  const spare = tasks.filter(servesHealthy).length - healthyFloor(desired, config.minHealthyShare);
  const batch = Math.min(Math.ceil(desired * config.batchShare), spare, taskArns.length);
  const snapshot = { ...snapshotOf(view), taskArns, batch, hasHealthCheck: tasks.some(({ healthStatus }) => healthStatus === 'HEALTHY') };
  return {
    action: restartTasks.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: taskArns.map((task) => ({
      operation: 'ecs:StopTask',
      input: { cluster: params.cluster, task, reason: stopReason('<key of this change>') },
    })),
    blastRadius: { services: 1, tasks: taskArns.length, shareOfCapacity: batch / desired },
    snapshot: snapshot satisfies Snapshot,
    undo: { kind: 'none', reason: 'a stopped task cannot be started again; ECS starts a replacement' },
    summary: `restart ${taskArns.length} of ${tasks.length} tasks of ${params.service}, ${batch} at a time; at least ${desired - batch} keep serving`,
  };
}

/** Why these tasks, so many of them, must not be restarted now; null when they may. */
function against(view: EcsService, tasks: readonly EcsTask[], chosen: readonly EcsTask[], count: number, config: Config): string | null {
  const { serviceName, desiredCount } = view;
  if (desiredCount === 0) return 'the desired count is 0: there are no tasks to restart';
  const moving = deploymentInProgress(view);
  if (moving) return moving;
  if (chosen.length < count || chosen.length === 0)
    return `only ${chosen.length} of the ${count} tasks are running tasks of ${serviceName}`;
  if (count > config.maxTasks) return `${count} tasks are more than the ${config.maxTasks} one change may restart`;
  const stranger = chosen.find((task) => task.group !== `service:${serviceName}`);
  if (stranger) return `task ${taskIdOf(stranger)} belongs to ${stranger.group || 'no service'}, not to ${serviceName}`;
  const healthy = tasks.filter(servesHealthy).length;
  if (healthy < desiredCount) return `${healthy} of ${desiredCount} tasks run healthy: the service is not at full strength`;
  const floor = healthyFloor(desiredCount, config.minHealthyShare);
  return healthy - 1 < floor ? `${healthy} tasks run healthy and at least ${floor} must: none can be spared` : null;
}
