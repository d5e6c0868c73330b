/**
 * Replaces every task of one service by a new deployment of the same revision. It never changes the task definition, and it
 * refuses while a deployment is in progress: forcing a new deployment of a bad revision would only deploy the outage again.
 */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { sendOnce } from '../aws/call.ts';
import {
  compareAndSet,
  deploymentInProgress,
  type EcsService,
  lookAt,
  movedSince,
  notRolledByEcs,
  planOn,
  rightOn,
  rollingRadius,
  snapshotOf,
} from '../ecs/service.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const forceNewDeployment: ActionPlugin<Config> = {
  id: 'force-new-deployment',
  title: 'Replace all tasks of a service by a new deployment of the same revision',
  config: Config,
  create,
};

function create(config: Config, { aws }: ActionDeps): Action<Params> {
  const { reader, writer } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  return {
    id: forceNewDeployment.id,
    title: forceNewDeployment.title,
    cures: ['all-tasks-degraded'],
    params: Params,

    propose(hypothesis, target) {
      return causeElsewhere(hypothesis, target) ?? { cluster: target.cluster, service: target.service };
    },

    plan: (params, signal) => planOn(reader, checkParams(Params, params), call(signal), planFor),

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        (view) => movedSince(snapshot, view) ?? against(view),
        () =>
          sendOnce(writer, new UpdateServiceCommand(input(params, snapshot.taskDefinition)), { effect, timeoutMs: config.callTimeoutMs }),
      );
    },

    rights: (plan) => [rightOn(Snapshot.parse(plan.snapshot), 'ecs:UpdateService')],

    look(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      return lookAt(reader, Params.parse(plan.params), call(signal), ({ primary }) => {
        if (primary.id === snapshot.deploymentId) return { applied: 'no', detail: `deployment ${primary.id} is still PRIMARY` };
        if (primary.taskDefinition !== snapshot.taskDefinition) {
          return { applied: 'no', detail: `the newer deployment ${primary.id} runs ${primary.taskDefinition}` };
        }
        return { applied: 'yes', detail: `deployment ${primary.id} of the same revision replaced ${snapshot.deploymentId}` };
      });
    },
  };
}

function planFor(params: Params, view: EcsService): Plan | NotPossible {
  const refusal = against(view);
  if (refusal) return { notPossible: refusal };
  const { tasks, shareOfCapacity } = rollingRadius(view);
  return {
    action: forceNewDeployment.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'ecs:UpdateService', input: input(params, view.primary.taskDefinition) }],
    blastRadius: { services: 1, tasks, shareOfCapacity },
    snapshot: snapshotOf(view),
    undo: { kind: 'none', reason: 'the restarted tasks run the same revision; there is nothing to put back' },
    summary: `restart all ${tasks} tasks of ${params.service} by a new deployment of ${view.primary.taskDefinition}`,
  };
}

function against(view: EcsService): string | null {
  if (view.desiredCount === 0) return 'the desired count is 0: there are no tasks to restart';
  const refusal = notRolledByEcs(view) ?? deploymentInProgress(view);
  if (refusal) return refusal;
  return rollingRadius(view).stuck
    ? 'its minimum and maximum healthy percent let no task stop and none start: the deployment would never move'
    : null;
}

function input(params: Params, taskDefinition: string) {
  return { cluster: params.cluster, service: params.service, taskDefinition, forceNewDeployment: true };
}
