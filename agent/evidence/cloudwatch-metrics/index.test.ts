import type { RequestListener } from 'node:http';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricSeries } from '../../domain/evidence.ts';
import { type TargetGroupDouble, withLoadBalancers } from '../../testing/load-balancing.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import type { EvidenceAnswer } from '../source.ts';
import { AwsError, type AwsOperation, speakingAws, startUpstream, type Upstream } from '../upstream.contract.ts';
import { cloudwatchMetrics } from './index.ts';

interface Query {
  Id: string;
  MetricStat: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
    Stat: string;
  };
}
type Values = readonly (number | null)[];

/** Newest minute that has ended is 10:04. */
const lastMinute = Date.parse('2026-11-21T10:04:00Z') / 1_000;

/** Values of the minutes that end with the last one; null is a minute CloudWatch has no value of. */
function result(Id: string, values: Values, more: object = {}) {
  const points = values
    .map((value, index) => ({ t: lastMinute - 60 * (values.length - 1 - index), value }))
    .filter(({ value }) => value !== null)
    .reverse();
  return { Id, Label: Id, Timestamps: points.map(({ t }) => t), Values: points.map(({ value }) => value), StatusCode: 'Complete', ...more };
}

function holding(metrics: Readonly<Record<string, Values>>, more: (name: string) => object = () => ({})): AwsOperation {
  return ({ MetricDataQueries }) => ({
    MetricDataResults: (MetricDataQueries as Query[]).map(({ Id, MetricStat: { Metric } }) =>
      result(Id, metrics[Metric.MetricName] ?? [], more(Metric.MetricName)),
    ),
    Messages: [],
  });
}

const base = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333';
const group: TargetGroupDouble = { arn: `${base}:targetgroup/checkout/6d0e`, loadBalancers: [`${base}:loadbalancer/app/shop/50dc`] };
const describing =
  (...arns: string[]): AwsOperation =>
  ({ services }) => ({
    services: (services as string[]).map((serviceName) => ({
      serviceName,
      loadBalancers: arns.map((targetGroupArn) => ({ targetGroupArn })),
    })),
    failures: [],
  });

const metrics = {
  CPUUtilization: [40, 90],
  MemoryUtilization: [50, 51],
  RequestCount: [100, 200, 0],
  HTTPCode_Target_5XX_Count: [null, 50, null],
  TargetResponseTime: [0.1, 0.9],
  HealthyHostCount: [2, 1],
  UnHealthyHostCount: [0, 1],
};
const whole = { GetMetricData: holding(metrics), DescribeServices: describing(group.arn) };
const speaking = (operations: Record<string, AwsOperation> = {}, groups = [group]): RequestListener =>
  withLoadBalancers(groups, speakingAws({ ...whole, ...operations }));

function clientsAt(endpoint: string) {
  const options = { endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' }, maxAttempts: 2 };
  return { cloudwatch: new CloudWatchClient(options), ecs: new ECSClient(options), elbv2: new ElasticLoadBalancingV2Client(options) };
}
function sourceAt(clients: ReturnType<typeof clientsAt>, settings: object = {}) {
  const source = cloudwatchMetrics.create(cloudwatchMetrics.config.parse({ enabled: true, ...settings }), clients);
  if (source === undefined) throw new Error('it is off');
  return source;
}

describeEvidenceSource('cloudwatch-metrics', {
  create: (url) => sourceAt(clientsAt(url)),
  question,
  upstream: {
    found: speaking(),
    nothing: speaking({ GetMetricData: holding({}) }),
    truncated: speaking({ DescribeServices: () => new AwsError('AccessDeniedException', 'not authorized') }),
  },
});

describe('cloudwatch-metrics', () => {
  let upstream: Upstream;
  let clients: ReturnType<typeof clientsAt>;
  beforeAll(async () => {
    upstream = await startUpstream();
    clients = clientsAt(upstream.url);
  });
  afterAll(() => upstream.close());

  const askRaw = (listener: RequestListener, settings: object = {}, asked = question) => {
    upstream.answer(listener);
    return sourceAt(clients, settings).ask(asked, calm);
  };
  const ask = (operations?: Record<string, AwsOperation>, settings?: object, asked?: typeof question) =>
    askRaw(speaking(operations), settings, asked);
  const named = ({ facts }: EvidenceAnswer, metric: string): MetricSeries | undefined =>
    facts.find((fact): fact is MetricSeries => fact.kind === 'series' && fact.metric === metric);
  const lastOf = (answer: EvidenceAnswer, metric: string, count: number) =>
    named(answer, metric)
      ?.points.slice(-count)
      .map(([, value]) => value);

  it('is off unless it is switched on', () => {
    expect(cloudwatchMetrics.create(cloudwatchMetrics.config.parse({}), clients)).toBeUndefined();
  });

  it('gives every series one grid from long before the onset to the last minute that has ended', async () => {
    const answer = await ask();
    const cpu = named(answer, 'cpu_utilization');
    expect(cpu).toMatchObject({ service: 'checkout', stat: 'Average', unit: 'Percent' });
    expect(cpu?.points[0]).toEqual([Date.parse('2026-11-21T07:00:00Z') / 1_000, null]);
    expect(cpu?.points.slice(-3)).toEqual([
      [lastMinute - 120, null],
      [lastMinute - 60, 40],
      [lastMinute, 90],
    ]);
    expect(new Set(answer.facts.map((fact) => (fact as MetricSeries).points.map(([t]) => t).join()))).toHaveLength(1);
  });

  it('calls what it reads by the names the diagnosis knows', async () => {
    const { facts } = await ask();
    expect(facts.map((fact) => `${(fact as MetricSeries).metric} ${(fact as MetricSeries).stat}`).sort()).toEqual([
      'HTTPCode_Target_5XX_Count Sum',
      'HealthyHostCount Minimum',
      'UnHealthyHostCount Maximum',
      'availability Average',
      'cpu_utilization Average',
      'latency p95',
      'memory_utilization Average',
      'requests Sum',
    ]);
  });

  it('reads no failures as zero where requests were counted, and only there', async () => {
    const answer = await ask();
    expect(lastOf(answer, 'HTTPCode_Target_5XX_Count', 4)).toEqual([null, 0, 50, 0]);
    expect(lastOf(answer, 'availability', 4)).toEqual([null, 100, 75, null]);
  });

  it('takes no failures for zero when the answer about them is incomplete', async () => {
    const answer = await ask({
      GetMetricData: holding(metrics, (name) => (name.includes('5XX') ? { StatusCode: 'PartialData' } : {})),
    });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('PartialData for HTTPCode_Target_5XX_Count of checkout');
    expect(lastOf(answer, 'HTTPCode_Target_5XX_Count', 3)).toEqual([null, 50, null]);
    expect(named(answer, 'availability')).toBeUndefined();
  });

  it('asks for dimensions, never for expressions, and leaves a hostile name a name', async () => {
    const queries: Query[] = [];
    const name = `x") SEARCH('{AWS/ECS}', 'Average')`;
    await ask(
      {
        GetMetricData: (input) => {
          queries.push(...(input.MetricDataQueries as Query[]));
          return holding({})(input);
        },
      },
      {},
      { ...question, focus: [name] },
    );
    expect(queries.every((query) => Object.keys(query).sort().join() === 'Id,MetricStat')).toBe(true);
    expect(queries[0]?.MetricStat.Metric).toEqual({
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Dimensions: [
        { Name: 'ClusterName', Value: 'shop' },
        { Name: 'ServiceName', Value: name },
      ],
    });
    expect(queries.find(({ MetricStat }) => MetricStat.Metric.MetricName === 'TargetResponseTime')?.MetricStat).toMatchObject({
      Stat: 'p95',
      Period: 60,
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        Dimensions: [
          { Name: 'TargetGroup', Value: 'targetgroup/checkout/6d0e' },
          { Name: 'LoadBalancer', Value: 'app/shop/50dc' },
        ],
      },
    });
  });

  it('adds up the requests of several target groups and keeps the highest latency', async () => {
    const other = { ...group, arn: `${base}:targetgroup/checkout-green/77` };
    const answer = await askRaw(
      speaking(
        {
          DescribeServices: describing(group.arn, other.arn),
          GetMetricData: ({ MetricDataQueries }) => ({
            MetricDataResults: (MetricDataQueries as Query[]).map(({ Id, MetricStat: { Metric } }) => {
              const isGreen = Metric.Dimensions.some(({ Value }) => Value.includes('green'));
              return result(Id, Metric.MetricName === 'RequestCount' ? [isGreen ? 5 : 7] : [isGreen ? 0.5 : 0.25]);
            }),
          }),
        },
        [group, other],
      ),
    );
    expect(lastOf(answer, 'requests', 1)).toEqual([12]);
    expect(lastOf(answer, 'latency', 1)).toEqual([0.5]);
  });

  it('follows pages and puts a metric together that comes in parts', async () => {
    const answer = await ask(
      {
        GetMetricData: ({ NextToken }) =>
          NextToken === undefined
            ? { MetricDataResults: [result('m0', [90], { StatusCode: 'PartialData' })], NextToken: 'two' }
            : {
                MetricDataResults: [{ ...result('m0', [40]), Timestamps: [lastMinute - 60] }, result('m1', [])],
              },
      },
      { loadBalancers: false },
    );
    expect(answer).toMatchObject({ status: 'found', cost: { calls: 2, scanned: 2, unit: 'records' } });
    expect(lastOf(answer, 'cpu_utilization', 2)).toEqual([40, 90]);
  });

  it('stops at its limit of pages and says so', async () => {
    const answer = await ask(
      { GetMetricData: () => ({ MetricDataResults: [result('m0', [1]), result('m1', [1])], NextToken: 'again' }) },
      { maxPages: 3, loadBalancers: false },
    );
    expect(answer).toMatchObject({ status: 'truncated', detail: 'only the first 3 pages of metrics were read', cost: { calls: 3 } });
  });

  it('packs many metrics into requests the SDK compresses, and says which services it left out', async () => {
    const focus = Array.from({ length: 150 }, (_, index) => `service-${index}`);
    const answer = await ask({}, { loadBalancers: false }, { ...question, focus });
    expect(answer).toMatchObject({
      status: 'truncated',
      detail: 'only 200 of 300 metrics were asked for',
      cost: { calls: 2, scanned: 200 },
    });
    expect(answer.facts).toHaveLength(200);
  });

  it.each([
    ['GetMetricData', 'cloudwatch:GetMetricData', 'failed'],
    ['DescribeServices', 'ecs:DescribeServices', 'truncated'],
  ])('names the permission when %s is denied', async (operation, permission, status) => {
    const answer = await ask({ [operation]: () => new AwsError('AccessDeniedException', 'not authorized') });
    expect(answer.status).toBe(status);
    expect(answer.detail).toMatch(new RegExp(`auth: .*\\(allow ${permission}\\)`));
  });

  it('names the permission when the load balancers are denied, and keeps what ECS counts', async () => {
    const denied = { DescribeTargetGroups: { code: 'AccessDenied', message: 'not authorized', status: 403 } };
    const answer = await askRaw(withLoadBalancers([group], speakingAws(whole), denied));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toMatch(/auth: .*\(allow elasticloadbalancing:DescribeTargetGroups\)$/);
    expect(lastOf(answer, 'cpu_utilization', 1)).toEqual([90]);
  });

  it('names a metric of another account it may not read', async () => {
    const answer = await ask(
      { GetMetricData: holding(metrics, (name) => (name === 'CPUUtilization' ? { StatusCode: 'Forbidden' } : {})) },
      { loadBalancers: false },
    );
    expect(answer.detail).toBe('auth: CPUUtilization of checkout was denied (allow cloudwatch:GetMetricData)');
  });

  it('says when it was throttled, after the SDK has tried again', async () => {
    const answer = await ask({ GetMetricData: () => new AwsError('ThrottlingException', 'Rate exceeded') }, { loadBalancers: false });
    expect(answer.detail).toMatch(/^rate-limit: /);
    expect(upstream.requests()).toBe(2);
  });

  it('reads coarser steps the longer and the older the window is', async () => {
    const periods: unknown[] = [];
    const noting: AwsOperation = (input) => {
      periods.push((input.MetricDataQueries as Query[])[0]?.MetricStat.Period);
      return holding({})(input);
    };
    const hour = 3_600;
    for (const historySeconds of [3 * hour, 24 * hour, 20 * 24 * hour]) {
      await ask({ GetMetricData: noting }, { historySeconds, loadBalancers: false });
    }
    await ask(
      { GetMetricData: noting },
      { loadBalancers: false, maxPoints: 5_000 },
      { ...question, onset: new Date('2026-11-05T10:00:00Z') },
    );
    expect(periods).toEqual([60, 300, 21_600, 300]);
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await askRaw(
      (request, response) => {
        if (!String(request.headers['x-amz-target']).endsWith('DescribeServices')) speaking()(request, response);
      },
      { timeoutMs: 300 },
    );
    expect(answer).toMatchObject({ status: 'truncated', detail: 'timeout: cloudwatch: no answer within 300 ms' });
    expect(lastOf(answer, 'cpu_utilization', 1)).toEqual([90]);
  });

  it('reads nothing for a verification', async () => {
    const answer = await ask({}, {}, { ...question, purpose: 'verification' });
    expect(answer).toMatchObject({ status: 'nothing', facts: [] });
    expect(upstream.requests()).toBe(0);
  });
});
