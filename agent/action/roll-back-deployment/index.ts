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
import { type CallContext, sendOnce } from '../aws/call.ts';
import { compareAndSet, type EcsService, lookAt, movedSince, notRolledByEcs, planOn, rollingRadius, snapshotOf } from '../ecs/service.ts';
import { serviceDeployments } from '../ecs/service-deployments.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { type Choice, chooseRevision } from './choose.ts';
import { deployedSince } from './deployed-since.ts';
import { taskDefinitionState } from './history.ts';
import { imageState, unpullable } from './images.ts';
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

    plan(params, signal) {
      return planOn(reader, checkParams(Params, params), call(signal), async (checked, view) => {
        const choice = await choose(config, deps, checked, view, signal);
        return 'notPossible' in choice ? choice : planFor(checked, view, choice);
      });
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

    rights({ snapshot }) {
      const { serviceArn = '*', serviceDeploymentArn, roles } = Snapshot.parse(snapshot);
      return [
        { action: 'ecs:UpdateService', resource: serviceArn },
        ...(serviceDeploymentArn ? [{ action: 'ecs:StopServiceDeployment', resource: serviceDeploymentArn }] : []),
        ...roles.map((resource) => ({ action: 'iam:PassRole', resource })),
      ];
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
      const snapshot = Snapshot.parse(plan.snapshot);
      const { targetTaskDefinition: target } = snapshot;
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async ({ primary }) => {
          if (primary.taskDefinition !== target) {
            return `the service runs ${primary.taskDefinition}, not the ${target} this change set: somebody else deployed since`;
          }
          const later = deployedSince(await serviceDeployments(reader, params, call(effect.signal)), snapshot);
          return later && `${later} brought ${target} once more: somebody else deployed since`;
        },
        () => update(params, snapshot.taskDefinition, effect),
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

/** Where to go back to, and what was found about it. */
interface Chosen extends Choice {
  roles: string[];
  /** Images nobody can say anything about, and why. */
  notKnown: string[];
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
): Promise<Chosen | NotPossible> {
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
  const roles: string[] = [];
  for (const passed of choice.passedOver) {
    const state = await taskDefinitionState(reader, passed, context);
    // The undo deploys the suspect again.
    if (passed === view.primary.taskDefinition) roles.push(...(state?.roles ?? []));
    if (state?.tags.includes(config.noRollbackTag))
      return { notPossible: `${passed} is tagged ${config.noRollbackTag}: it must not be rolled back` };
  }
  const state = await taskDefinitionState(reader, choice.taskDefinition, context);
  if (state?.status !== 'ACTIVE') {
    return { notPossible: `${choice.taskDefinition}, the revision to go back to, is ${state?.status ?? 'gone'}, not ACTIVE` };
  }
  const images = await checkImages(config, aws, params, choice, state.images, context);
  return 'notPossible' in images ? images : { ...choice, roles: [...new Set([...roles, ...state.roles])], notKnown: images.notKnown };
}

/** Going back to what cannot be pulled would leave the service with neither revision. */
async function checkImages(
  config: Config,
  aws: ActionDeps['aws'],
  target: Resource,
  choice: Choice,
  images: readonly string[],
  context: CallContext,
): Promise<{ notKnown: string[] } | NotPossible> {
  const failed = await unpullable(aws.ecs.reader, target, context);
  const { reader: ecr } = await aws.ecr();
  const notKnown: string[] = [];
  for (const image of images) {
    if (failed.has(image))
      return { notPossible: `${image}, which the revision to go back to needs, could not be pulled within the last hour` };
    const { state, why } = await imageState(ecr, image, choice.images, choice.stop !== null, context);
    if (state === 'lost') return { notPossible: `${image}, which the revision to go back to needs, ${why}` };
    if (state === 'not-known') notKnown.push(`${image} (${why})`);
  }
  if (notKnown.length > 0 && config.unknownImage === 'refuse') return { notPossible: notKnownWords(notKnown) };
  return { notKnown };
}

function notKnownWords(images: readonly string[]): string {
  return `whether the image to go back to still exists is not known: ${images.join(', ')}`;
}

function planFor(params: Params, view: EcsService, choice: Chosen): Plan {
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
      roles: choice.roles,
    } satisfies Snapshot,
    undo: { kind: 'restore', summary: `deploy ${from} to ${params.service} again` },
    summary: [
      `roll ${params.service} back from ${from} to ${to}, ${choice.stop === null ? 'by a deployment' : 'by stopping the deployment in progress'}`,
      ...(choice.notKnown.length > 0 ? [notKnownWords(choice.notKnown)] : []),
    ].join('; '),
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
