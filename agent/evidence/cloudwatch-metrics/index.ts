/** Evidence from CloudWatch metrics: how the services in focus and their load balancers did over hours, as series. Reads only, and costs money. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import type { EvidenceQuestion } from '../../domain/evidence.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { createAwsReader } from '../aws-reader.ts';
import { deadlineOf } from '../deadline.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { type BalancerClients, targetGroupsOf } from './balancers.ts';
import { type MetricData, readMetricData } from './metric-data.ts';
import { type MetricAsked, serviceMetrics, targetGroupMetrics } from './metrics.ts';
import { seriesOf } from './series.ts';
import { windowOf } from './window.ts';

const config = z
  .object({
    enabled: z.boolean().default(false).describe('Read metrics from CloudWatch, which bills every 1,000 metrics read; false leaves it out'),
    loadBalancers: z
      .boolean()
      .default(true)
      .describe(
        'Also read the metrics of the target groups; they are found by ecs:DescribeServices and elasticloadbalancing:DescribeTargetGroups',
      ),
    containerInsights: z.boolean().default(false).describe('Also read RunningTaskCount, which only a cluster with Container Insights has'),
    historySeconds: z
      .int()
      .min(900)
      .max(2_592_000)
      .default(10_800)
      .describe('How far before the onset the series begin; what is normal is judged from it'),
    maxPoints: z.int().min(10).max(5_000).default(400).describe('Most points of one series; a longer window is read in coarser steps'),
    maxMetrics: z
      .int()
      .min(1)
      .max(2_500)
      .default(200)
      .describe('Most metrics asked for at once; more services than that are left out, and said so'),
    maxPages: z.int().min(1).default(20).describe('Most pages read of one answer'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
  })
  .prefault({});
type Config = z.output<typeof config>;

/** Region, credentials, endpoint and retries of the clients are the caller's. */
interface Deps extends BalancerClients {
  cloudwatch: CloudWatchClient;
}

export const cloudwatchMetrics = {
  id: 'cloudwatch-metrics',
  config,
  create(settings: Config, deps: Deps): EvidenceSource | undefined {
    if (!settings.enabled) return undefined;
    return {
      id: 'cloudwatch-metrics',
      ask: (question, signal) => neverThrowing(wording(settings, question), signal, () => ask(settings, deps, question, signal)),
    };
  },
} satisfies EvidencePlugin<'cloudwatch-metrics', typeof config, Deps>;

/** CloudWatch takes 500; small requests are not packed, and one that fails loses less. */
const metricsPerCall = 100;
const callsAtOnce = 3;

function wording(settings: Config, question: EvidenceQuestion): string {
  const { cluster, focus } = question;
  const what = settings.loadBalancers ? 'CPU, memory and load balancer metrics' : 'CPU and memory';
  const where = `${cleanText(focus.join(', '), 200) || 'no service'}, cluster ${cleanText(cluster, 100)}`;
  if (unaskable(question) !== undefined) return `${what} of ${where}`;
  const { from, to, period } = windowOf(question, settings.historySeconds, settings.maxPoints);
  return `${what} of ${where}, from ${iso(from)} to ${iso(to)} in steps of ${period} s`;
}

async function ask(settings: Config, deps: Deps, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  const nothing = (detail: string): EvidenceAnswer => ({ status: 'nothing', question: asked, detail, facts: [] });
  if (question.purpose === 'verification') return nothing('a verification reads no history');
  const focus = [...new Set(question.focus)];
  if (focus.length === 0) return nothing('no service was asked about');

  const window = windowOf(question, settings.historySeconds, settings.maxPoints);
  const deadline = deadlineOf('cloudwatch', settings.timeoutMs, signal);
  const meter = new Meter('records');
  const read = createAwsReader(deadline.signal, meter);
  const gaps: string[] = [];
  /** The caller's signal ends everything; any other failure is a gap. */
  const missing = (error: unknown): undefined => {
    gaps.push(deadline.reasonOf(error));
  };
  let room = settings.maxMetrics;
  const look = async (metrics: readonly MetricAsked[]): Promise<MetricData[]> => {
    const kept = metrics.slice(0, room);
    room -= kept.length;
    if (kept.length < metrics.length) gaps.push(`only ${kept.length} of ${metrics.length} metrics were asked for`);
    meter.scanned(kept.length);
    const batches = Array.from({ length: Math.ceil(kept.length / metricsPerCall) }, (_, index) =>
      kept.slice(index * metricsPerCall, (index + 1) * metricsPerCall),
    );
    const data = await inParallel(
      callsAtOnce,
      batches.map((batch) => () => readMetricData(deps.cloudwatch, read, batch, window, settings.maxPages).catch(missing)),
    );
    return data.filter((one) => one !== undefined);
  };
  const lookAtBalancers = async (): Promise<MetricData[]> => {
    const groups = await targetGroupsOf(deps, read, question.cluster, focus);
    return look([...groups].flatMap(([service, ofService]) => ofService.flatMap((group) => targetGroupMetrics(service, group))));
  };
  const found = await Promise.all([
    look(focus.flatMap((service) => serviceMetrics(question.cluster, service, settings.containerInsights))),
    settings.loadBalancers ? lookAtBalancers().catch(missing) : [],
  ]);
  const data = found.flatMap((part) => part ?? []);
  return answerOf({
    question: asked,
    facts: seriesOf(
      data.flatMap(({ answered }) => answered),
      window,
    ),
    gaps: [...gaps, ...data.flatMap((one) => one.gaps)],
    answered: data.length,
    nothing: 'CloudWatch has no values of these services in this time',
    cost: meter.cost(),
  });
}

function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
