/**
 * Experiments of FIS on the wire the SDK speaks (REST, JSON), for tests: ListExperiments, GetExperiment, ListExperimentResolvedTargets and
 * StopExperiment. An experiment is `running` from the start and `stopping`, then `stopped`, once it was told to. Not imitated: signatures,
 * templates, actions and their effects, stop conditions, targets in other accounts.
 */
import { type AwsCall, type AwsDouble, AwsRefusal, jsonAnswer, jsonRefusal, pageOf } from './aws-double.ts';

export interface FisExperiment {
  id: string;
  templateId: string;
  status: string;
  reason: string;
  tags: Record<string, string>;
  /** ARNs by name of the target. */
  targets: Record<string, string[]>;
  /** The resource type of its targets. */
  resourceType?: string;
}
export interface FisState {
  experiments: FisExperiment[];
  pageSize: number;
}

const routes: readonly [method: string, path: RegExp, operation: string][] = [
  ['GET', /^\/experiments$/, 'ListExperiments'],
  ['GET', /^\/experiments\/([^/]+)$/, 'GetExperiment'],
  ['GET', /^\/experiments\/([^/]+)\/resolvedTargets$/, 'ListExperimentResolvedTargets'],
  ['DELETE', /^\/experiments\/([^/]+)$/, 'StopExperiment'],
];

export function createFis(experiments: readonly FisExperiment[]): AwsDouble & { state: FisState } {
  const state: FisState = { experiments: [...experiments], pageSize: 100 };

  function known({ id }: Record<string, unknown>): FisExperiment {
    const experiment = state.experiments.find((one) => one.id === id);
    if (!experiment) throw new AwsRefusal(404, 'ResourceNotFoundException', `Experiment with id ${String(id)} not found.`);
    return experiment;
  }

  const operations: Record<string, (input: Record<string, unknown>) => object> = {
    ListExperiments({ nextToken }) {
      const { entries, next } = pageOf(state.experiments.map(summaryOf), state.pageSize, nextToken);
      return { experiments: entries, nextToken: next };
    },
    GetExperiment: (input) => ({ experiment: { ...summaryOf(known(input)), targets: {}, actions: {}, stopConditions: [] } }),
    ListExperimentResolvedTargets(input) {
      const { targets, resourceType = 'aws:ecs:task' } = known(input);
      const all = Object.entries(targets).flatMap(([targetName, arns]) =>
        arns.map((arn) => ({ resourceType, targetName, targetInformation: { arn } })),
      );
      const { entries, next } = pageOf(all, state.pageSize, input.nextToken);
      return { resolvedTargets: entries, nextToken: next };
    },
    StopExperiment(input) {
      const experiment = known(input);
      if (!['pending', 'initiating', 'running'].includes(experiment.status)) {
        throw new AwsRefusal(400, 'ValidationException', `Experiment ${experiment.id} cannot be stopped: it has ended.`);
      }
      Object.assign(experiment, { status: 'stopping', reason: 'Stopping Experiment.' });
      return { experiment: summaryOf(experiment) };
    },
  };

  return {
    state,
    changing: new Set(['StopExperiment']),
    read(request): AwsCall | undefined {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fis');
      const [, path, operation] = routes.find(([method, pattern]) => method === request.method && pattern.test(pathname)) ?? [];
      if (!path || !operation) return undefined;
      const id = path.exec(pathname)?.[1];
      const nextToken = searchParams.get('nextToken') ?? undefined;
      return { operation, input: { ...(id === undefined ? {} : { id }), ...(nextToken === undefined ? {} : { nextToken }) } };
    },
    answer: ({ operation, input }) => jsonAnswer(operations[operation]?.(input) ?? {}),
    refuse: jsonRefusal,
  };
}

function summaryOf({ id, templateId, status, reason, tags }: FisExperiment): object {
  return { id, experimentTemplateId: templateId, state: { status, reason }, creationTime: 1_767_225_600, tags };
}
