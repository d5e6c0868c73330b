/**
 * Stops a deployment that is stuck, where it stands: nothing is rolled back and nothing more is started. It leaves the service between two
 * revisions, so it never runs without a person's word.
 */
import { StopServiceDeploymentCommand } from '@aws-sdk/client-ecs';
import type { Resource } from '../../domain/alert.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import type { Fact } from '../../domain/evidence.ts';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { sendOnce } from '../aws/call.ts';
import { compareAndSet, type EcsService, lookAt, movedSince, notRolledByEcs, planOn, snapshotOf } from '../ecs/service.ts';
import { type PastServiceDeployment, serviceDeployments } from '../ecs/service-deployments.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const stopDeployment: ActionPlugin<Config> = {
  id: 'stop-deployment',
  title: 'Stop a stuck deployment where it stands, without a roll-back',
  config: Config,
  create,
};

const unfinished: ReadonlySet<string> = new Set(['PENDING', 'IN_PROGRESS']);
const stopped: ReadonlySet<string> = new Set(['STOP_REQUESTED', 'STOPPED']);

function create(config: Config, deps: ActionDeps): Action<Params> {
  const { reader, writer } = deps.aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  /** The service deployment to stop, or why it must not be stopped. */
  async function suspect(params: Params, view: EcsService, signal: AbortSignal): Promise<PastServiceDeployment | NotPossible> {
    const refusal = against(params, view, deps.clock.now(), config);
    return refusal === null ? chooseSuspect(view, await serviceDeployments(reader, params, call(signal))) : { notPossible: refusal };
  }
  return {
    id: stopDeployment.id,
    title: stopDeployment.title,
    needsApproval: 'it leaves the service between two revisions, and which of them is wanted only a person knows',
    cures: ['stuck-deployment'],
    params: Params,
    propose,

    plan(params, signal) {
      return planOn(reader, checkParams(Params, params), call(signal), async (checked, view) => {
        const found = await suspect(checked, view, signal);
        return 'notPossible' in found ? found : planFor(checked, view, found);
      });
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => {
          const moved = movedSince(snapshot, view) ?? movesAgain(snapshot, view);
          if (moved) return moved;
          const found = await suspect(params, view, effect.signal);
          if ('notPossible' in found) return found.notPossible;
          return found.arn === snapshot.serviceDeploymentArn ? null : `another service deployment is under way: ${found.arn}`;
        },
        () =>
          sendOnce(writer, new StopServiceDeploymentCommand(input(snapshot.serviceDeploymentArn)), {
            effect,
            timeoutMs: config.callTimeoutMs,
          }),
      );
    },

    look(plan, signal) {
      const params = Params.parse(plan.params);
      const { serviceDeploymentArn: arn } = Snapshot.parse(plan.snapshot);
      return lookAt(reader, params, call(signal), async () => {
        const found = (await serviceDeployments(reader, params, call(signal)))?.find((past) => past.arn === arn);
        if (!found) return { applied: 'unknown', detail: 'ECS does not list the service deployment' };
        return { applied: stopped.has(found.status) ? 'yes' : 'no', detail: `the service deployment is ${found.status}` };
      });
    },

    rights: (plan) => [{ action: 'ecs:StopServiceDeployment', resource: Snapshot.parse(plan.snapshot).serviceDeploymentArn }],
  };
}

function propose(hypothesis: Hypothesis, target: Resource, facts: readonly Fact[]): Params | NotPossible {
  const elsewhere = causeElsewhere(hypothesis, target);
  if (elsewhere) return elsewhere;
  const { cluster, service } = target;
  const primary = facts
    .filter((fact) => fact.kind === 'deployment')
    .find((deployment) => deployment.service === service && deployment.status === 'PRIMARY');
  return primary ? { cluster, service, deploymentId: primary.id } : { notPossible: `the PRIMARY deployment of ${service} is not known` };
}

function against(params: Params, view: EcsService, now: Date, config: Config): string | null {
  const { primary } = view;
  if (primary.id !== params.deploymentId) return `deployment ${params.deploymentId} is no longer PRIMARY; ${primary.id} is`;
  const unsupported = notRolledByEcs(view);
  if (unsupported) return unsupported;
  if (primary.rolloutState !== 'IN_PROGRESS') return `deployment ${primary.id} is ${primary.rolloutState}: there is nothing to stop`;
  const ageSeconds = Math.floor((now.getTime() - primary.createdAt.getTime()) / 1000);
  return ageSeconds < config.minAgeSeconds
    ? `deployment ${primary.id} is ${ageSeconds} s old; before ${config.minAgeSeconds} s it is not called stuck`
    : null;
}

function chooseSuspect(view: EcsService, history: readonly PastServiceDeployment[] | null): PastServiceDeployment | NotPossible {
  const newest = history?.[0];
  if (!newest) return { notPossible: 'the service deployments cannot be listed, so none can be named' };
  if (newest.taskDefinition !== view.primary.taskDefinition) {
    return { notPossible: `the newest service deployment brings ${newest.taskDefinition}, PRIMARY runs ${view.primary.taskDefinition}` };
  }
  return unfinished.has(newest.status) ? newest : { notPossible: `the service deployment is ${newest.status}, not in progress` };
}

/** Between the plan and a person's word it may have come loose by itself. */
function movesAgain(snapshot: Snapshot, { primary: { runningCount, pendingCount } }: EcsService): string | null {
  if (runningCount === snapshot.runningCount && pendingCount === snapshot.pendingCount) return null;
  const [before, now] = [`${snapshot.runningCount} + ${snapshot.pendingCount}`, `${runningCount} + ${pendingCount}`];
  return `the deployment moves again: its running + pending tasks went from ${before} to ${now}`;
}

function planFor(params: Params, view: EcsService, suspect: PastServiceDeployment): Plan {
  const { id, taskDefinition, runningCount, pendingCount } = view.primary;
  const name = taskDefinition.split('/').at(-1) ?? taskDefinition;
  return {
    action: stopDeployment.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'ecs:StopServiceDeployment', input: input(suspect.arn) }],
    blastRadius: { services: 1, tasks: 0, shareOfCapacity: 0 },
    snapshot: { ...snapshotOf(view), serviceDeploymentArn: suspect.arn, runningCount, pendingCount } satisfies Snapshot,
    undo: { kind: 'none', reason: 'a stopped deployment is begun again by deploying its revision, which is for a person to want' },
    summary: `stop deployment ${id} of ${params.service} where it stands, with ${runningCount} of ${view.desiredCount} tasks on ${name}; nothing is rolled back`,
  };
}

function input(serviceDeploymentArn: string) {
  return { serviceDeploymentArn, stopType: 'ABORT' as const };
}
