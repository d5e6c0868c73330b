/** What is read of each service beside its description: its tasks, its targets, its deployments and what they changed. */
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { UpstreamError } from '../../domain/errors.ts';
import type { Fact } from '../../domain/evidence.ts';
import { failureText, inParallel } from '../answer.ts';
import { awsErrorName } from '../aws-failure.ts';
import type { AwsRead } from '../aws-reader.ts';
import type { EcsCalls } from './calls.ts';
import { type Revision, revisionChanges, taskDefinitionFact } from './changes.ts';
import { pastDeployments, serviceDeploymentFacts, taskFact } from './facts.ts';
import type { EcsService, EcsTask, ServiceDeployment } from './schema.ts';
import { targetHealth } from './targets.ts';
import type { TaskDefinitions } from './task-definitions.ts';

export interface Parts {
  cluster: string;
  settings: {
    maxRunningTasks: number;
    maxStoppedTasks: number;
    maxPastDeployments: number;
    maxTaskDefinitions: number;
    deploymentDetails: boolean;
    targetHealth: boolean;
  };
  calls: EcsCalls;
  read: AwsRead;
  elbv2: ElasticLoadBalancingV2Client;
  definitions: TaskDefinitions;
  /** What was left out. */
  gaps: string[];
  /** What was not read and only would have explained: told, without making the answer incomplete. */
  notes: string[];
  /** Notes what a part failed with and goes on without it. */
  orGap<T>(part: Promise<T>, otherwise: T): Promise<T>;
}

const definitionsAtOnce = 2;
/** Of these a breaker or a rollback may be told; the newest are read. */
const maxDetails = 5;

export async function readStopped(parts: Parts, service: EcsService): Promise<Fact[]> {
  const tasks = await readTasks(parts, service, 'STOPPED', parts.settings.maxStoppedTasks);
  return tasks.map((task) => taskFact(service.serviceName, task, primaryOf(service)));
}

export async function readRunning(parts: Parts, service: EcsService): Promise<Fact[]> {
  const { settings, orGap, gaps, elbv2, read } = parts;
  const { serviceName, loadBalancers } = service;
  const tasks = await orGap(readTasks(parts, service, 'RUNNING', settings.maxRunningTasks), []);
  const facts: Fact[] = tasks.map((task) => taskFact(serviceName, task, primaryOf(service)));
  const groups = settings.targetHealth ? loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []) : [];
  for (const group of new Set(groups)) {
    const { facts: targets, gap } = await orGap(targetHealth(elbv2, read, serviceName, group, tasks), { facts: [], gap: undefined });
    facts.push(...targets);
    if (gap !== undefined) gaps.push(gap);
  }
  return facts;
}

/** Older Regions, local stand-ins and narrow roles do not know these calls; the rest of the answer stands without them. */
export async function readHistory(parts: Parts, service: EcsService): Promise<Fact[]> {
  const { cluster, settings, calls, gaps, notes, orGap } = parts;
  const { serviceName } = service;
  const { items } = await calls.serviceDeployments(cluster, serviceName, settings.maxPastDeployments);
  const revisions = items.flatMap(({ targetServiceRevisionArn }) => (targetServiceRevisionArn ? [targetServiceRevisionArn] : []));
  const taskDefinitions = await calls.taskDefinitions(revisions);
  const lost = new Set(revisions.filter((arn) => !taskDefinitions.has(arn))).size;
  if (lost > 0) gaps.push(`${lost} past revisions of ${serviceName} could not be described`);
  const newest = items.toSorted((one, other) => timeOf(other) - timeOf(one));
  const arns = newest.flatMap(({ serviceDeploymentArn: arn }) => (arn === '' ? [] : [arn])).slice(0, maxDetails);
  const readDetails = async () => (await calls.serviceDeploymentDetails(arns).catch(unlessRefused(notes))) ?? [];
  const details = settings.deploymentDetails && arns.length > 0 ? await orGap(readDetails(), []) : [];
  return [
    ...pastDeployments(serviceName, items, taskDefinitions),
    ...serviceDeploymentFacts(serviceName, newest, taskDefinitions, details),
    ...(await readRevisions(parts, serviceName, newest, taskDefinitions)),
  ];
}

/** What the newest revisions consist of, and what each changed. */
async function readRevisions(
  { settings, definitions, read, orGap, notes }: Parts,
  service: string,
  newestFirst: readonly ServiceDeployment[],
  taskDefinitions: ReadonlyMap<string, string>,
): Promise<Fact[]> {
  const revisions = newestFirst.flatMap((deployment): Revision[] => {
    const taskDefinition = taskDefinitions.get(deployment.targetServiceRevisionArn ?? '');
    const startedAt = deployment.startedAt ?? deployment.createdAt;
    return taskDefinition && startedAt !== undefined ? [{ taskDefinition, startedAt: startedAt.toISOString() }] : [];
  });
  const arns = [...new Set(revisions.map(({ taskDefinition }) => taskDefinition))].slice(0, settings.maxTaskDefinitions);
  const described = await inParallel(
    definitionsAtOnce,
    arns.map((arn) => () => orGap(definitions.read(arn, read).catch(unlessGone).catch(unlessRefused(notes)), undefined)),
  );
  const known = described.filter((one) => one !== undefined);
  return [
    ...known.map((definition) => taskDefinitionFact(service, definition)),
    ...revisionChanges(service, revisions, new Map(known.map((definition) => [definition.taskDefinitionArn, definition]))),
  ];
}

/** ECS calls what was deleted a mistake of the caller's; what is gone is not missing. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof UpstreamError) || awsErrorName(error.cause) !== 'ClientException') throw error;
}

/**
 * What a role may not read it may not read the next time either. Without what changed a claim stands as the rules made it, and those did without
 * it before: to answer in part for ever would keep everything from being mended. Whatever may pass by itself stays a gap.
 */
function unlessRefused(notes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof UpstreamError) || error.reason !== 'auth') throw error;
    notes.push(failureText(error));
  };
}

async function readTasks(
  { calls, cluster, gaps }: Parts,
  { serviceName }: EcsService,
  status: 'RUNNING' | 'STOPPED',
  limit: number,
): Promise<EcsTask[]> {
  const { items, isCut } = await calls.taskArns(cluster, serviceName, status, limit);
  if (isCut) gaps.push(`only ${items.length} ${status} tasks of ${serviceName} were read`);
  return calls.tasks(cluster, items);
}

function primaryOf({ deployments }: EcsService): string | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY')?.id;
}

function timeOf({ startedAt, createdAt }: ServiceDeployment): number {
  return (startedAt ?? createdAt)?.getTime() ?? 0;
}
