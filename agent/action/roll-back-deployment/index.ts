/**
 * Puts a service back on the last revision that completed before the suspect one. It never rolls back while ECS does so itself,
 * and never to a revision that is inactive or was never seen to work.
 */
import { StopServiceDeploymentCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Resource } from '../../domain/alert.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import type { Fact } from '../../domain/evidence.ts';
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Action, Effect } from '../action.ts';
import { sendOnce } from '../aws-call.ts';
import {
  compareAndSet,
  type EcsService,
  lookAt,
  movedSince,
  notRolledByEcs,
  readService,
  rollingRadius,
  snapshotOf,
} from '../ecs-service.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { serviceDeployments } from '../service-deployments.ts';
import { type Choice, chooseRevision } from './choose.ts';
import { taskDefinitionState } from './history.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const rollBackDeployment: ActionPlugin<Config> = {
  id: 'roll-back-deployment',
  title: 'Roll a service back to the last revision that completed',
  config: Config,
  create,
};

function create(config: Config, deps: ActionDeps): Action<Params> {
  const { reader, writer } = deps.aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  const change = (effect: Effect) => ({ effect, timeoutMs: config.callTimeoutMs });
  const update = (params: Params, taskDefinition: string, effect: Effect) =>
    sendOnce(writer, new UpdateServiceCommand(updateInput(params, taskDefinition)), change(effect));
  return {
    id: rollBackDeployment.id,
    title: rollBackDeployment.title,
    cures: ['bad-deployment', 'task-start-failure'],
    params: Params,
    propose,

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      const view = await readService(reader, checked.ok, call(signal));
      if ('notPossible' in view) return view;
      const choice = await choose(config, deps, checked.ok, view, signal);
      return 'notPossible' in choice ? choice : planFor(checked.ok, view, choice);
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const { targetTaskDefinition: target, serviceDeploymentArn: stop } = snapshot;
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => {
          const moved = movedSince(snapshot, view);
          if (moved) return moved;
          const choice = await choose(config, deps, params, view, effect.signal);
          if ('notPossible' in choice) return choice.notPossible;
          const same = choice.taskDefinition === target && choice.stop === stop;
          return same ? null : 'the service moved since the plan: its deployment ended, or another revision is now the one to go back to';
        },
        () =>
          stop === null
            ? update(params, target, effect)
            : sendOnce(writer, new StopServiceDeploymentCommand(stopInput(stop)), change(effect)),
      );
    },

    look(plan, signal) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return lookAt(reader, params, call(signal), async ({ primary }) => {
        if (primary.id !== snapshot.deploymentId) return runs(primary, snapshot.targetTaskDefinition);
        // Between the accepted stop and the new PRIMARY only the service deployment's status tells.
        const history = snapshot.serviceDeploymentArn ? await serviceDeployments(reader, params, call(signal)) : null;
        const stopped = history?.find((past) => past.arn === snapshot.serviceDeploymentArn);
        if (stopped?.status.startsWith('ROLLBACK_') && stopped.status !== 'ROLLBACK_FAILED') {
          return { applied: 'yes', detail: `ECS has the roll-back in hand (${stopped.status})` };
        }
        return { applied: 'no', detail: `deployment ${primary.id} is still PRIMARY` };
      });
    },

    async undo(plan, effect) {
      const params = Params.parse(plan.params);
      const { targetTaskDefinition: target, taskDefinition: before } = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        ({ primary }) =>
          primary.taskDefinition === target
            ? null
            : `the service runs ${primary.taskDefinition}, not the ${target} this change set: somebody else deployed since`,
        () => update(params, before, effect),
      );
    },

    lookUndone(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      return lookAt(reader, Params.parse(plan.params), call(signal), ({ primary }) =>
        primary.id === snapshot.deploymentId
          ? { applied: 'no', detail: `deployment ${primary.id} is PRIMARY as before the change` }
          : runs(primary, snapshot.taskDefinition),
      );
    },
  };
}

function propose(hypothesis: Hypothesis, target: Resource, facts: readonly Fact[]): Params | NotPossible {
  const { service } = target;
  const elsewhere = causeElsewhere(hypothesis, target);
  if (elsewhere) return elsewhere;
  const deployments = facts.filter((fact) => fact.kind === 'deployment').filter((fact) => fact.service === service);
  const primary = deployments.find((deployment) => deployment.status === 'PRIMARY');
  if (!primary) return { notPossible: `the PRIMARY deployment of ${service} is not known` };
  const before = [
    ...deployments.filter((deployment) => deployment.rolloutState === 'COMPLETED'),
    ...facts.filter((fact) => fact.kind === 'past-deployment').filter((fact) => fact.service === service && fact.completed),
  ];
  const changed = before.some((deployment) => deployment.taskDefinition !== primary.taskDefinition);
  if (hypothesis.cause === 'task-start-failure' && (!changed || primary.rolloutState === 'COMPLETED')) {
    return { notPossible: `tasks of ${service} do not start, but no new revision came in: going back to an older one cannot help` };
  }
  return { cluster: target.cluster, service, deploymentId: primary.id };
}

async function choose(
  config: Config,
  { aws, clock }: ActionDeps,
  params: Params,
  view: EcsService,
  signal: AbortSignal,
): Promise<Choice | NotPossible> {
  if (view.primary.id !== params.deploymentId) {
    return { notPossible: `deployment ${params.deploymentId} is no longer PRIMARY; ${view.primary.id} is` };
  }
  if (view.desiredCount === 0) return { notPossible: 'the desired count is 0: no task runs the suspect revision' };
  const unsupported = notRolledByEcs(view);
  if (unsupported) return { notPossible: unsupported };
  const { reader } = aws.ecs;
  const context = { signal, timeoutMs: config.callTimeoutMs };
  const choice = chooseRevision(view, await serviceDeployments(reader, params, context), clock.now(), config.maxRevisionAgeDays);
  if ('notPossible' in choice) return choice;
  if (choice.stop === null && rollingRadius(view).stuck) {
    return { notPossible: 'its minimum and maximum healthy percent let no task stop and none start: the roll-back would never move' };
  }
  for (const passed of choice.passedOver) {
    const state = await taskDefinitionState(reader, passed, context);
    if (state?.tags.includes(config.noRollbackTag))
      return { notPossible: `${passed} is tagged ${config.noRollbackTag}: it must not be rolled back` };
  }
  const state = await taskDefinitionState(reader, choice.taskDefinition, context);
  if (state?.status !== 'ACTIVE') {
    return { notPossible: `${choice.taskDefinition}, the revision to go back to, is ${state?.status ?? 'gone'}, not ACTIVE` };
  }
  return choice;
}

function planFor(params: Params, view: EcsService, choice: Choice): Plan {
  const { tasks, shareOfCapacity } = rollingRadius(view);
  const [from, to] = [nameOf(view.primary.taskDefinition), nameOf(choice.taskDefinition)];
  return {
    action: rollBackDeployment.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls:
      choice.stop === null
        ? [{ operation: 'ecs:UpdateService', input: updateInput(params, choice.taskDefinition) }]
        : [{ operation: 'ecs:StopServiceDeployment', input: stopInput(choice.stop) }],
    blastRadius: { services: 1, tasks, shareOfCapacity },
    snapshot: {
      ...snapshotOf(view),
      targetTaskDefinition: choice.taskDefinition,
      serviceDeploymentArn: choice.stop,
    } satisfies Snapshot,
    undo: { kind: 'restore', summary: `deploy ${from} to ${params.service} again` },
    summary: `roll ${params.service} back from ${from} to ${to}, ${choice.stop === null ? 'by a deployment' : 'by stopping the deployment in progress'}`,
  };
}

function runs(primary: EcsService['primary'], taskDefinition: string): Outcome {
  return {
    applied: primary.taskDefinition === taskDefinition ? 'yes' : 'no',
    detail: `PRIMARY ${primary.id} runs ${primary.taskDefinition}`,
  };
}

function updateInput(params: Params, taskDefinition: string) {
  return { cluster: params.cluster, service: params.service, taskDefinition };
}

function stopInput(serviceDeploymentArn: string) {
  return { serviceDeploymentArn, stopType: 'ROLLBACK' as const };
}

/** `arn:…:task-definition/checkout:7` → `checkout:7` */
function nameOf(taskDefinition: string): string {
  return taskDefinition.split('/').at(-1) ?? taskDefinition;
}
