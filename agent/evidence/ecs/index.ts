/** Evidence from ECS: what the services in focus should be, are and were. Calls nothing that changes anything. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { AppError, UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion, Fact } from '../../domain/evidence.ts';
import { answerOf, cleanText, failureText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { awsErrorName } from '../aws-failure.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { createEcsCalls, type EcsCalls } from './calls.ts';
import { deploymentFacts, pastDeployments, serviceState, taskFact } from './facts.ts';
import { createEcsInventory } from './inventory.ts';

const config = z
  .object({
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
    maxRunningTasks: z.int().min(1).default(200).describe('Most running tasks read of one service'),
    maxStoppedTasks: z.int().min(1).default(100).describe('Most stopped tasks read of one service; ECS lists them for about an hour'),
    maxPastDeployments: z.int().min(1).max(100).default(20).describe('Most past deployments read of one service'),
    concurrency: z.int().min(1).max(20).default(4).describe('Services read at a time; ECS allows bursts of 100 reads'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  /** Region, credentials, endpoint and retries are the caller's. */
  ecs: ECSClient;
}

export const ecs = {
  id: 'ecs',
  config,
  create(settings: Config, deps: Deps): EvidenceSource {
    return {
      id: 'ecs',
      ask: (question, signal) => neverThrowing(wording(question), signal, () => ask(settings, deps.ecs, question, signal)),
    };
  },
  /** Which services a cluster has: intake asks before it believes an alert's labels. */
  inventory: createEcsInventory,
} satisfies EvidencePlugin<'ecs', typeof config, Deps> & { inventory: typeof createEcsInventory };

function wording({ cluster, focus }: EvidenceQuestion): string {
  return `services, deployments and tasks of ${cleanText(focus.join(', '), 200) || 'no service'} in cluster ${cleanText(cluster, 100)}, as they are now`;
}

async function ask(settings: Config, client: ECSClient, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(question);
  const { cluster } = question;
  const focus = [...new Set(question.focus)];
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  if (focus.length === 0) return { status: 'nothing', question: asked, detail: 'no service was asked about', facts: [] };

  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const calls = createEcsCalls(client, AbortSignal.any([signal, deadline]));
  /** The caller's signal ends everything; any other failure is a gap. */
  const gapOf = (error: unknown): string => {
    signal.throwIfAborted();
    return failureText(deadline.aborted && !(error instanceof AppError) ? overran(settings.timeoutMs) : error);
  };

  let described: Awaited<ReturnType<EcsCalls['services']>>;
  try {
    described = await calls.services(cluster, focus);
  } catch (error) {
    const gap = gapOf(error);
    if (error instanceof UpstreamError && awsErrorName(error.cause) === 'ClusterNotFoundException') {
      return { status: 'nothing', question: asked, detail: `ECS knows no cluster ${cleanText(cluster, 100)}`, facts: [] };
    }
    return { status: 'failed', question: asked, detail: gap, facts: [] };
  }
  const { services, missing } = described;
  const gaps: string[] = [];
  const facts: Fact[] = services.flatMap((service): Fact[] => [serviceState(service), ...deploymentFacts(service)]);
  // A deleted service is still described for a while, but has no tasks or deployments to list.
  const active = services.filter(({ status }) => status !== 'INACTIVE');
  const parts = active.flatMap(({ serviceName }) => [
    () => tasks(calls, cluster, serviceName, 'RUNNING', settings.maxRunningTasks, gaps),
    () => tasks(calls, cluster, serviceName, 'STOPPED', settings.maxStoppedTasks, gaps),
    () => history(calls, cluster, serviceName, settings.maxPastDeployments, gaps),
  ]);
  const read = await inParallel(
    settings.concurrency,
    parts.map(
      (part) => () =>
        part().catch((error: unknown): Fact[] => {
          gaps.push(gapOf(error));
          return [];
        }),
    ),
  );
  const unknown =
    missing.length > 0 ? `ECS knows no service ${cleanText(missing.join(', '), 300)} in cluster ${cleanText(cluster, 100)}` : '';
  const answer = answerOf({ question: asked, facts: [...facts, ...read.flat()], gaps, answered: services.length, nothing: unknown });
  return answer.status === 'found' ? { ...answer, detail: unknown } : answer;
}

async function tasks(
  calls: EcsCalls,
  cluster: string,
  service: string,
  status: 'RUNNING' | 'STOPPED',
  limit: number,
  gaps: string[],
): Promise<Fact[]> {
  const { items, isCut } = await calls.taskArns(cluster, service, status, limit);
  if (isCut) gaps.push(`only ${items.length} ${status} tasks of ${service} were read`);
  return (await calls.tasks(cluster, items)).map((task) => taskFact(service, task));
}

/** Older Regions, local stand-ins and narrow roles do not know these calls; the rest of the answer stands without them. */
async function history(calls: EcsCalls, cluster: string, service: string, limit: number, gaps: string[]): Promise<Fact[]> {
  const { items } = await calls.serviceDeployments(cluster, service, limit);
  const revisions = items.flatMap(({ targetServiceRevisionArn }) => (targetServiceRevisionArn ? [targetServiceRevisionArn] : []));
  const taskDefinitions = await calls.taskDefinitions(revisions);
  const lost = new Set(revisions.filter((arn) => !taskDefinitions.has(arn))).size;
  if (lost > 0) gaps.push(`${lost} past revisions of ${service} could not be described`);
  return pastDeployments(service, items, taskDefinitions);
}

function overran(timeoutMs: number): UpstreamError {
  return new UpstreamError('ecs', 'timeout', `no answer within ${timeoutMs} ms`);
}
