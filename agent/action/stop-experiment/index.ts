/**
 * Stops the one FIS experiment that runs against a service, when a tag of the experiment says that it may be stopped. It never starts one, and
 * leaves experiments alone that nobody marked: a fault on purpose is somebody's measurement.
 */
import type { Resource } from '../../domain/alert.ts';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { arnBeside } from '../aws/arn.ts';
import { sendOnce, unreadable } from '../aws/call.ts';
import { compareAndSet, type EcsService, movedSince, readService, snapshotOf } from '../ecs/service.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { experimentById, groupsHit, runningExperiments } from './experiments.ts';
import { Config, type Experiment, Params, Snapshot } from './schema.ts';

export const stopExperiment: ActionPlugin<Config> = {
  id: 'stop-experiment',
  title: 'Stop the FIS experiment that runs against a service',
  config: Config,
  create,
};

interface Found {
  experiment: Experiment;
  /** How many services have tasks among its targets. */
  services: number;
}
type Find = (target: Resource, signal: AbortSignal) => Promise<Found | NotPossible>;

function create(config: Config, { aws }: ActionDeps): Action<Params> | undefined {
  const { tagKey, tagValue, callTimeoutMs } = config;
  if (tagKey === undefined) return undefined;
  const { reader } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: callTimeoutMs });

  const find: Find = async ({ cluster, service }, signal) => {
    const readers = { ecs: reader, fis: (await aws.fis()).reader };
    const against: Found[] = [];
    for (const experiment of await runningExperiments(readers.fis, call(signal))) {
      const groups = await groupsHit(readers, experiment.id, call(signal));
      if (groups.has(`${cluster}/service:${service}`)) against.push({ experiment, services: groups.size });
    }
    const [found, ...others] = against;
    if (!found) return { notPossible: `no running experiment has a task of ${service} among its targets` };
    if (others.length > 0) {
      const ids = against.map(({ experiment }) => experiment.id).join(', ');
      return { notPossible: `${against.length} experiments run against ${service} (${ids}): which to stop is for a person` };
    }
    if (found.experiment.tags[tagKey] === tagValue) return found;
    return {
      notPossible: `experiment ${found.experiment.id} runs against ${service} and has no tag ${tagKey}=${tagValue}: it may not be stopped`,
    };
  };

  return {
    id: stopExperiment.id,
    title: stopExperiment.title,
    // What the faults of FIS on tasks look like from outside: stress, kills, delay, loss and black holes.
    cures: ['sick-task', 'all-tasks-degraded', 'overload', 'dependency-fault', 'cpu-runaway', 'health-check-failure'],
    params: Params,

    propose(hypothesis, target) {
      return causeElsewhere(hypothesis, target) ?? { cluster: target.cluster, service: target.service };
    },

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      const view = await readService(reader, checked.ok, call(signal));
      if ('notPossible' in view) return view;
      const found = await find(checked.ok, signal);
      return 'notPossible' in found ? found : planFor(checked.ok, view, found);
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const { writer } = await aws.fis();
      const { StopExperimentCommand } = await import('@aws-sdk/client-fis');
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => movedSince(snapshot, view) ?? (await changed(find, params, snapshot, effect.signal)),
        () => sendOnce(writer, new StopExperimentCommand({ id: snapshot.experimentId }), { effect, timeoutMs: callTimeoutMs }),
      );
    },

    async look(plan, signal) {
      const { experimentId } = Snapshot.parse(plan.snapshot);
      try {
        const { state } = await experimentById((await aws.fis()).reader, experimentId, call(signal));
        const isStopped = state.status === 'stopping' || state.status === 'stopped';
        return { applied: isStopped ? 'yes' : 'no', detail: `experiment ${experimentId} is ${state.status}: ${state.reason}` };
      } catch (error) {
        return unreadable(error, 'unknown', signal);
      }
    },

    rights(plan) {
      const { serviceArn, experimentId } = Snapshot.parse(plan.snapshot);
      return [{ action: 'fis:StopExperiment', resource: arnBeside(serviceArn, 'fis', `experiment/${experimentId}`) }];
    },
  };
}

async function changed(find: Find, params: Params, { experimentId }: Snapshot, signal: AbortSignal): Promise<string | null> {
  const found = await find(params, signal);
  if ('notPossible' in found) return found.notPossible;
  return found.experiment.id === experimentId ? null : `experiment ${found.experiment.id} runs, not the ${experimentId} of the plan`;
}

function planFor(params: Params, view: EcsService, { experiment, services }: Found): Plan {
  const { id, experimentTemplateId } = experiment;
  return {
    action: stopExperiment.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'fis:StopExperiment', input: { id } }],
    // The end of a fault takes nothing away; that it also ends for other services is counted.
    blastRadius: { services, tasks: 0, shareOfCapacity: 0 },
    snapshot: { ...snapshotOf(view), experimentId: id, experimentTemplateId } satisfies Snapshot,
    undo: { kind: 'none', reason: `a stopped experiment cannot go on; start template ${experimentTemplateId} again when it is wanted` },
    summary: `stop experiment ${id} of template ${experimentTemplateId}, which runs against ${params.service}`,
  };
}
