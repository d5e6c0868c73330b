/**
 * Raises the desired count of one service by one bounded step, for a time. It never scales in, never from or to zero (a zero is planned),
 * never beyond the configured count or the bounds of Application Auto Scaling, and keeps still about the time of a scheduled action.
 */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action, Effect } from '../action.ts';
import { sendOnce } from '../aws/call.ts';
import {
  compareAndSet,
  deploymentInProgress,
  type EcsService,
  lookAt,
  movedSince,
  notRolledByEcs,
  planOn,
  snapshotOf,
} from '../ecs/service.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { readSchedule, type Schedule } from './schedule.ts';
import { scheduledBetween } from './schedule-times.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const scaleService: ActionPlugin<Config> = {
  id: 'scale-service',
  title: 'Raise the desired count of a service by one bounded step',
  config: Config,
  create,
};

function create(config: Config, { aws, clock }: ActionDeps): Action<Params> {
  const { reader, writer } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: config.callTimeoutMs });
  const setCount = (params: Params, desiredCount: number, effect: Effect) =>
    sendOnce(writer, new UpdateServiceCommand(input(params, desiredCount)), { effect, timeoutMs: config.callTimeoutMs });

  async function planned(params: Params, signal: AbortSignal): Promise<Planned> {
    const schedule =
      config.schedule === 'none' ? { bounds: null, actions: [] } : await readSchedule((await aws.scaling()).reader, params, call(signal));
    const now = clock.now().getTime();
    const quietMs = config.quietSeconds * 1000;
    return { bounds: schedule.bounds, due: scheduledBetween(schedule.actions, new Date(now - quietMs), new Date(now + quietMs)) };
  }

  return {
    id: scaleService.id,
    title: scaleService.title,
    cures: ['overload'],
    params: Params,

    propose(hypothesis, target, facts) {
      const elsewhere = causeElsewhere(hypothesis, target);
      if (elsewhere) return elsewhere;
      const state = facts.find((fact) => fact.kind === 'service-state' && fact.service === target.service);
      if (state?.kind !== 'service-state') return { notPossible: `the desired count of ${target.service} is not known` };
      if (state.desired === 0) return { notPossible: plannedZero };
      if (state.desired >= config.maxCount) {
        return { notPossible: `the desired count ${state.desired} is at the configured maximum of ${config.maxCount}` };
      }
      const desiredCount = Math.min(largestCount(state.desired, config), config.maxCount);
      return { cluster: target.cluster, service: target.service, desiredCount };
    },

    plan(params, signal) {
      return planOn(reader, checkParams(Params, params), call(signal), async (checked, view) => {
        const { bounds, due } = await planned(checked, signal);
        // A wider step than the bounds allow would be taken back by the next decision of Application Auto Scaling.
        const narrowed = { ...checked, desiredCount: Math.min(checked.desiredCount, Math.max(bounds?.max ?? Infinity, 2)) };
        return planFor(narrowed, view, { bounds, due }, config);
      });
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => movedSince(snapshot, view) ?? against(params, view, await planned(params, effect.signal), config),
        () => setCount(params, params.desiredCount, effect),
      );
    },

    rights: ({ snapshot }) => [{ action: 'ecs:UpdateService', resource: Snapshot.parse(snapshot).serviceArn ?? '*' }],

    isNarrower: (from, to) => to.cluster === from.cluster && to.service === from.service && to.desiredCount <= from.desiredCount,

    look(plan, signal) {
      const params = Params.parse(plan.params);
      return lookAt(reader, params, call(signal), (view) => isCount(view, params.desiredCount));
    },

    async undo(plan, effect) {
      const params = Params.parse(plan.params);
      const before = Snapshot.parse(plan.snapshot).desiredCount;
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => againstUndo(params, before, view, await planned(params, effect.signal)),
        () => setCount(params, before, effect),
      );
    },

    lookUndone(plan, signal) {
      const before = Snapshot.parse(plan.snapshot).desiredCount;
      return lookAt(reader, Params.parse(plan.params), call(signal), (view) => isCount(view, before));
    },
  };
}

/** What others mean the service to have. */
interface Planned {
  bounds: Schedule['bounds'];
  /** Why its bounds change about now; null when they do not. */
  due: string | null;
}

const plannedZero = 'the desired count is 0: a planned zero is not an overload, and scaling from zero is for a human';

/** At least one task more, at most the configured share more. */
function largestCount(desired: number, config: Config): number {
  return desired + Math.max(1, Math.floor(desired * config.stepRatio));
}

function planFor(params: Params, view: EcsService, planned: Planned, config: Config): Plan | NotPossible {
  const refusal = against(params, view, planned, config);
  if (refusal) return { notPossible: refusal };
  const { service, desiredCount } = params;
  const before = view.desiredCount;
  const afterSeconds = config.putBackAfterSeconds;
  return {
    action: scaleService.id,
    target: { cluster: params.cluster, service },
    params,
    calls: [{ operation: 'ecs:UpdateService', input: input(params, desiredCount) }],
    blastRadius: { services: 1, tasks: 0, shareOfCapacity: 0 },
    desiredAfter: desiredCount,
    snapshot: snapshotOf(view),
    undo: { kind: 'restore', summary: `set the desired count of ${service} back to ${before}` },
    summary: `raise the desired count of ${service} from ${before} to ${desiredCount}${afterSeconds > 0 ? ` for ${afterSeconds} s` : ''}`,
    ...(afterSeconds > 0 && {
      putBack: { afterSeconds, summary: `set the desired count of ${service} back to ${before} after ${afterSeconds} s` },
    }),
  };
}

function against(params: Params, view: EcsService, { bounds, due }: Planned, config: Config): string | null {
  const { desiredCount: current, runningCount: running } = view;
  const wanted = params.desiredCount;
  if (current === 0) return plannedZero;
  if (bounds && current >= bounds.max) {
    return `the desired count is ${current} and its scalable target allows at most ${bounds.max}: raise that if it is meant`;
  }
  if (bounds && wanted > bounds.max) return `${wanted} tasks are more than the ${bounds.max} its scalable target allows`;
  if (wanted > config.maxCount) return `${wanted} tasks are more than the configured maximum of ${config.maxCount}`;
  if (wanted <= current) return `the desired count is already ${current}: this action only scales out`;
  if (wanted < running) return `${running} tasks run, more than the ${wanted} wanted: that would stop tasks`;
  if (wanted > largestCount(current, config)) {
    return `from ${current} to ${wanted} tasks is more than one step; at most ${largestCount(current, config)} is allowed`;
  }
  return due ?? notRolledByEcs(view) ?? deploymentInProgress(view);
}

function againstUndo(params: Params, before: number, view: EcsService, { bounds, due }: Planned): string | null {
  if (view.desiredCount !== params.desiredCount) {
    return `the desired count is ${view.desiredCount}, not the ${params.desiredCount} this change set: somebody else scaled it since`;
  }
  if (bounds && before < bounds.min) return `its scalable target wants at least ${bounds.min} tasks by now, more than the ${before} before`;
  return due;
}

function isCount(view: EcsService, count: number): { applied: 'yes' | 'no'; detail: string } {
  return { applied: view.desiredCount === count ? 'yes' : 'no', detail: `the desired count is ${view.desiredCount}` };
}

function input(params: Params, desiredCount: number) {
  return { cluster: params.cluster, service: params.service, desiredCount };
}
