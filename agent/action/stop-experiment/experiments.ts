/** Experiments of FIS and the tasks they are done to; reads only. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { FisClient } from '@aws-sdk/client-fis';
import { type CallContext, readOnce } from '../aws/call.ts';
import { describeTasks } from '../ecs/tasks.ts';
import { type Experiment, ExperimentPage, ExperimentReply, TargetPage } from './schema.ts';

// Most entries of a page of FIS.
const pageSize = 100;

/** In no order; FIS keeps experiments for 120 days and cannot be asked for those that run. */
export async function runningExperiments(reader: FisClient, context: CallContext): Promise<Experiment[]> {
  const { ListExperimentsCommand } = await import('@aws-sdk/client-fis');
  const running: Experiment[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readOnce('fis:ListExperiments', ExperimentPage, context, (options) =>
      reader.send(new ListExperimentsCommand({ maxResults: pageSize, nextToken }), options),
    );
    running.push(...page.experiments.filter(({ state }) => state.status === 'running'));
    nextToken = page.nextToken;
  } while (nextToken);
  return running;
}

export async function experimentById(reader: FisClient, id: string, context: CallContext): Promise<Experiment> {
  const { GetExperimentCommand } = await import('@aws-sdk/client-fis');
  const { experiment } = await readOnce('fis:GetExperiment', ExperimentReply, context, (options) =>
    reader.send(new GetExperimentCommand({ id }), options),
  );
  return experiment;
}

/** What its tasks belong to, as `<cluster>/<group>`, such as `shop/service:checkout`; tasks ECS no longer knows count for nothing. */
export async function groupsHit(
  readers: { fis: FisClient; ecs: ECSClient },
  experimentId: string,
  context: CallContext,
): Promise<ReadonlySet<string>> {
  const groups = new Set<string>();
  const byCluster = Map.groupBy(await taskTargets(readers.fis, experimentId, context), clusterOf);
  for (const [cluster, arns] of byCluster) {
    for (const { group } of await describeTasks(readers.ecs, cluster, arns, context)) groups.add(`${cluster}/${group}`);
  }
  return groups;
}

async function taskTargets(reader: FisClient, experimentId: string, context: CallContext): Promise<string[]> {
  const { ListExperimentResolvedTargetsCommand } = await import('@aws-sdk/client-fis');
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readOnce('fis:ListExperimentResolvedTargets', TargetPage, context, (options) =>
      reader.send(new ListExperimentResolvedTargetsCommand({ experimentId, maxResults: pageSize, nextToken }), options),
    );
    const tasks = page.resolvedTargets.filter(({ resourceType }) => resourceType === 'aws:ecs:task');
    arns.push(...tasks.flatMap(({ targetInformation }) => targetInformation.arn ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return arns;
}

/** `arn:…:task/<cluster>/<id>` → the cluster; ARNs of the old format do not name one. */
function clusterOf(taskArn: string): string {
  const [, cluster, id] = taskArn.split('/');
  return id === undefined || cluster === undefined ? 'default' : cluster;
}
