/**
 * Gives the tasks of one service one step more memory: registers a copy of their task definition that differs in nothing else, and deploys it.
 * A person always agrees first, for the next deployment by the service's own pipeline takes the memory away again unless its source says so too.
 */
import { RegisterTaskDefinitionCommand, type RegisterTaskDefinitionCommandInput, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Resource } from '../../domain/alert.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import type { Fact } from '../../domain/evidence.ts';
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Action, Effect } from '../action.ts';
import { sendForReply, sendOnce } from '../aws/call.ts';
import {
  compareAndSet,
  deploymentInProgress,
  type EcsService,
  lookAt,
  movedSince,
  notRolledByEcs,
  planOn,
  rollingRadius,
  snapshotOf,
} from '../ecs/service.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { findCopy, readDefinition } from './definitions.ts';
import { isCopy, nameOf, type Raised, raise, rolesOf } from './raise.ts';
import { Config, Params, RegisteredTaskDefinition, Snapshot, type TaskDefinition } from './schema.ts';

export const raiseTaskMemory: ActionPlugin<Config> = {
  id: 'raise-task-memory',
  title: 'Give the tasks of a service one step more memory by a copy of their revision',
  config: Config,
  create,
};

function create(config: Config, { aws }: ActionDeps): Action<Params> {
  const { reader, writer } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  const change = (effect: Effect) => ({ effect, timeoutMs: config.callTimeoutMs });
  const deploy = ({ cluster, service }: Params, taskDefinition: string, effect: Effect) =>
    sendOnce(writer, new UpdateServiceCommand({ cluster, service, taskDefinition }), change(effect));

  async function raised(params: Params, view: EcsService, signal: AbortSignal): Promise<(Raised & { from: TaskDefinition }) | NotPossible> {
    const refusal = against(params, view);
    if (refusal) return { notPossible: refusal };
    const definition = await readDefinition(reader, view.primary.taskDefinition, call(signal));
    const next = raise(definition, params.container, config.maxMemoryMib);
    return 'notPossible' in next ? next : { ...next, from: definition.taskDefinition };
  }

  /** Whether the revision is the copy the plan speaks of. */
  async function isOurs(taskDefinition: string, snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
    return isCopy(await readDefinition(reader, taskDefinition, call(signal)), snapshot.taskDefinition, snapshot.memoryMib);
  }

  return {
    id: raiseTaskMemory.id,
    title: raiseTaskMemory.title,
    needsApproval: 'it changes what the service is made of, and its own source has to be changed as well',
    cures: ['out-of-memory'],
    params: Params,
    propose: (hypothesis, target, facts) => propose(config, hypothesis, target, facts),

    plan(params, signal) {
      return planOn(reader, checkParams(Params, params), call(signal), async (checked, view) => {
        const next = await raised(checked, view, signal);
        return 'notPossible' in next ? next : planFor(checked, view, next);
      });
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const { taskDefinition, memoryMib } = snapshot;
      let next: Raised | undefined;
      let copy: string | null = null;
      const inPlace = (go: () => Promise<Outcome>) =>
        compareAndSet(
          reader,
          params,
          call(effect.signal),
          async (view) => {
            const moved = movedSince(snapshot, view);
            if (moved) return moved;
            const found = await raised(params, view, effect.signal);
            if ('notPossible' in found) return found.notPossible;
            if (found.toMib !== memoryMib) return `the next size is ${found.toMib} MiB, not the ${memoryMib} MiB of the plan`;
            next = found;
            copy ??= await findCopy(reader, taskDefinition, found.registration, call(effect.signal));
            return null;
          },
          go,
        );
      const update = () => (copy === null ? Promise.resolve(notRegistered) : deploy(params, copy, effect));
      return inPlace(async () => {
        if (copy !== null || !next) return update();
        const registration = next.registration as unknown as RegisterTaskDefinitionCommandInput;
        const { outcome, reply } = await sendForReply(
          writer,
          new RegisterTaskDefinitionCommand(registration),
          RegisteredTaskDefinition,
          change(effect),
        );
        if (!reply) return outcome;
        copy = reply.taskDefinition.taskDefinitionArn;
        // The service may have moved meanwhile.
        return inPlace(update);
      });
    },

    rights({ snapshot }) {
      const { serviceArn = '*', roles } = Snapshot.parse(snapshot);
      return [
        // Neither can be given for one family only.
        { action: 'ecs:RegisterTaskDefinition', resource: '*' },
        { action: 'ecs:TagResource', resource: '*' },
        { action: 'ecs:UpdateService', resource: serviceArn },
        ...roles.map((resource) => ({ action: 'iam:PassRole', resource })),
      ];
    },

    look(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      return lookAt(reader, Params.parse(plan.params), call(signal), async ({ primary }) => {
        if (primary.taskDefinition === snapshot.taskDefinition) {
          return { applied: 'no', detail: `deployment ${primary.id} runs ${nameOf(primary.taskDefinition)} as before` };
        }
        const ours = await isOurs(primary.taskDefinition, snapshot, signal);
        return { applied: ours ? 'yes' : 'no', detail: `PRIMARY ${primary.id} runs ${nameOf(primary.taskDefinition)}` };
      });
    },

    async undo(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async ({ primary }) =>
          (await isOurs(primary.taskDefinition, snapshot, effect.signal))
            ? null
            : `the service runs ${nameOf(primary.taskDefinition)}, not the copy this change made: somebody else deployed since`,
        () => deploy(params, snapshot.taskDefinition, effect),
      );
    },

    lookUndone(plan, signal) {
      const { deploymentId, taskDefinition } = Snapshot.parse(plan.snapshot);
      return lookAt(reader, Params.parse(plan.params), call(signal), ({ primary }) => {
        const undone = primary.id !== deploymentId && primary.taskDefinition === taskDefinition;
        return { applied: undone ? 'yes' : 'no', detail: `PRIMARY ${primary.id} runs ${nameOf(primary.taskDefinition)}` };
      });
    },
  };
}

const notRegistered: Outcome = { applied: 'no', detail: 'the copy with more memory was not registered' };

function propose(config: Config, hypothesis: Hypothesis, target: Resource, facts: readonly Fact[]): Params | NotPossible {
  const { cluster, service } = target;
  const elsewhere = causeElsewhere(hypothesis, target);
  if (elsewhere) return elsewhere;
  const ours = facts.filter((fact) => 'service' in fact && fact.service === service);
  const primary = ours.filter((fact) => fact.kind === 'deployment').find((deployment) => deployment.status === 'PRIMARY');
  if (!primary) return { notPossible: `the PRIMARY deployment of ${service} is not known` };
  const killed = ours
    .filter((fact) => fact.kind === 'task')
    .filter((task) => task.taskDefinition === primary.taskDefinition && task.stopCause === 'out-of-memory');
  const kills = new Set(killed.map((task) => task.taskId)).size;
  if (kills < config.minKills) {
    return {
      notPossible: `${kills} tasks of ${nameOf(primary.taskDefinition)} were killed for memory, at least ${config.minKills} are needed`,
    };
  }
  const names = new Set(
    killed.flatMap((task) => (task.containers ?? []).filter(({ reason }) => reason?.startsWith('OutOfMemory')).map(({ name }) => name)),
  );
  if (names.size > 1) return { notPossible: `several containers ran out of memory: ${[...names].join(', ')}` };
  const [container] = names;
  return { cluster, service, deploymentId: primary.id, ...(container !== undefined && { container }) };
}

function planFor(params: Params, view: EcsService, { registration, fromMib, toMib, from }: Raised & { from: TaskDefinition }): Plan {
  const { cluster, service, container } = params;
  const { tasks, shareOfCapacity } = rollingRadius(view);
  const name = nameOf(view.primary.taskDefinition);
  // What the containers are given besides may hold secrets, and a plan is shown to many.
  const containerDefinitions = (registration.containerDefinitions as TaskDefinition['containerDefinitions']).map((one) => ({
    name: one.name,
    ...(one.memory !== undefined && { memory: one.memory }),
  }));
  return {
    action: raiseTaskMemory.id,
    target: { cluster, service },
    params,
    calls: [
      {
        operation: 'ecs:RegisterTaskDefinition',
        input: { family: registration.family, memory: registration.memory, containerDefinitions },
      },
      { operation: 'ecs:UpdateService', input: { cluster, service } },
    ],
    blastRadius: { services: 1, tasks, shareOfCapacity },
    snapshot: { ...snapshotOf(view), memoryMib: toMib, roles: rolesOf(from) } satisfies Snapshot,
    undo: { kind: 'restore', summary: `deploy ${name} to ${service} again` },
    summary: [
      `raise the memory of ${service} from ${fromMib} to ${toMib} MiB a task${container === undefined ? '' : ` for ${container}`}`,
      `by a copy of ${name} that is the same in all else`,
      'its next deployment takes it away again unless its own source is changed too',
    ].join('; '),
  };
}

function against(params: Params, view: EcsService): string | null {
  if (view.primary.id !== params.deploymentId) return `deployment ${params.deploymentId} is no longer PRIMARY; ${view.primary.id} is`;
  if (view.desiredCount === 0) return 'the desired count is 0: no task needs memory';
  const refusal = notRolledByEcs(view) ?? deploymentInProgress(view);
  if (refusal) return refusal;
  return rollingRadius(view).stuck
    ? 'its minimum and maximum healthy percent let no task stop and none start: the deployment would never move'
    : null;
}
