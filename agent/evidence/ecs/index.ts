/** Evidence from ECS: what the services in focus should be, are and were. Calls nothing that changes anything. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import type { EvidenceQuestion, Fact } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { awsErrorName } from '../aws-failure.ts';
import { createAwsReader } from '../aws-reader.ts';
import { deadlineOf } from '../deadline.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { createEcsCalls, type EcsCalls } from './calls.ts';
import { deploymentFacts, serviceState } from './facts.ts';
import { createEcsInventory } from './inventory.ts';
import { ownService } from './own-service.ts';
import { type Parts, readHistory, readRunning, readStopped } from './parts.ts';
import { TaskDefinitions } from './task-definitions.ts';

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
    maxTaskDefinitions: z
      .int()
      .min(0)
      .max(20)
      .default(5)
      .describe(
        'Most revisions of one service that are read and compared, each once; what was deployed or set differently is told from them',
      ),
    deploymentDetails: z
      .boolean()
      .default(false)
      .describe(
        "Also read what the newest deployments' circuit breakers counted and why they were rolled back; needs ecs:DescribeServiceDeployments",
      ),
    targetHealth: z
      .boolean()
      .default(false)
      .describe('Also read how load balancers see the targets of a service; needs elasticloadbalancing:DescribeTargetHealth'),
    concurrency: z.int().min(1).max(20).default(4).describe('Services read at a time; ECS allows bursts of 100 reads'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  /** Region, credentials, endpoint and retries of the clients are the caller's. */
  ecs: ECSClient;
  elbv2: ElasticLoadBalancingV2Client;
}

export const ecs = {
  id: 'ecs',
  config,
  create(settings: Config, deps: Deps): EvidenceSource {
    const definitions = new TaskDefinitions(deps.ecs);
    return {
      id: 'ecs',
      ask: (question, signal) => neverThrowing(wording(question), signal, () => ask(settings, deps, definitions, question, signal)),
    };
  },
  /** Which services a cluster has: intake asks before it believes an alert's labels. */
  inventory: createEcsInventory,
  /** Which service the agent itself is. */
  ownService,
} satisfies EvidencePlugin<'ecs', typeof config, Deps> & { inventory: typeof createEcsInventory; ownService: typeof ownService };

function wording({ cluster, focus }: EvidenceQuestion): string {
  return `services, deployments and tasks of ${cleanText(focus.join(', '), 200) || 'no service'} in cluster ${cleanText(cluster, 100)}, as they are now`;
}

async function ask(
  settings: Config,
  deps: Deps,
  definitions: TaskDefinitions,
  question: EvidenceQuestion,
  signal: AbortSignal,
): Promise<EvidenceAnswer> {
  const asked = wording(question);
  const { cluster } = question;
  const focus = [...new Set(question.focus)];
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  if (focus.length === 0) return { status: 'nothing', question: asked, detail: 'no service was asked about', facts: [] };

  const deadline = deadlineOf('ecs', settings.timeoutMs, signal);
  const meter = new Meter('records');
  const read = createAwsReader(deadline.signal, meter);
  const calls = createEcsCalls(deps.ecs, read);
  /** The caller's signal ends everything; any other failure is a gap. */
  const gapOf = (error: unknown): string => deadline.reasonOf(error);

  let described: Awaited<ReturnType<EcsCalls['services']>>;
  try {
    described = await calls.services(cluster, focus);
  } catch (error) {
    const gap = gapOf(error);
    const cost = meter.cost();
    if (error instanceof UpstreamError && awsErrorName(error.cause) === 'ClusterNotFoundException') {
      return { status: 'nothing', question: asked, detail: `ECS knows no cluster ${cleanText(cluster, 100)}`, cost, facts: [] };
    }
    return { status: 'failed', question: asked, detail: gap, cost, facts: [] };
  }
  const { services, missing } = described;
  const gaps: string[] = [];
  const notes: string[] = [];
  const orGap = <T>(part: Promise<T>, otherwise: T): Promise<T> =>
    part.catch((error: unknown) => {
      gaps.push(gapOf(error));
      return otherwise;
    });
  // A verification looks again and again, and judges by what runs: what only explains is not read for it.
  const isDiagnosis = question.purpose !== 'verification';
  const parts: Parts = {
    cluster,
    settings: {
      ...settings,
      maxTaskDefinitions: isDiagnosis ? settings.maxTaskDefinitions : 0,
      deploymentDetails: isDiagnosis && settings.deploymentDetails,
    },
    calls,
    read,
    elbv2: deps.elbv2,
    definitions,
    gaps,
    notes,
    orGap,
  };
  const facts: Fact[] = services.flatMap((service): Fact[] => [serviceState(service), ...deploymentFacts(service)]);
  // A deleted service is still described for a while, but has no tasks or deployments to list.
  const active = services.filter(({ status }) => status !== 'INACTIVE');
  const more = await inParallel(
    settings.concurrency,
    active
      .flatMap((service) => [readRunning, readStopped, readHistory].map((part) => ({ service, part })))
      .map(
        ({ service, part }) =>
          () =>
            orGap(part(parts, service), []),
      ),
  );
  const unknown =
    missing.length > 0 ? `ECS knows no service ${cleanText(missing.join(', '), 300)} in cluster ${cleanText(cluster, 100)}` : '';
  const answer = answerOf({
    question: asked,
    facts: [...facts, ...more.flat()],
    gaps,
    answered: services.length,
    nothing: unknown,
    cost: meter.cost(),
  });
  const said = [answer.status === 'found' ? unknown : answer.detail, ...new Set(notes)].filter((text) => text !== '');
  return { ...answer, detail: said.join('; ') };
}
