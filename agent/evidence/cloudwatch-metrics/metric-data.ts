/** GetMetricData, page by page: each metric's readings, and what could not be had of them. */
import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { cleanText } from '../answer.ts';
import type { AwsRead } from '../aws-reader.ts';
import type { MetricAsked } from './metrics.ts';
import { GetMetricDataReply } from './schema.ts';
import type { Answered } from './series.ts';
import type { MetricWindow } from './window.ts';

const permission = 'cloudwatch:GetMetricData';

export interface MetricData {
  answered: Answered[];
  gaps: string[];
}

export async function readMetricData(
  client: CloudWatchClient,
  read: AwsRead,
  metrics: readonly MetricAsked[],
  { from, to, period }: MetricWindow,
  maxPages: number,
): Promise<MetricData> {
  const found = new Map<string, Answered & { status: string }>(
    metrics.map((metric, index) => [`m${index}`, { metric, readings: new Map(), isCut: false, status: '' }]),
  );
  const gaps: string[] = [];
  const queries = metrics.map(({ namespace, name, dimensions, stat }, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric: { Namespace: namespace, MetricName: name, Dimensions: dimensions }, Period: period, Stat: stat },
  }));
  let token: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(from * 1_000),
      EndTime: new Date(to * 1_000),
      ScanBy: 'TimestampDescending',
      NextToken: token,
    });
    const reply = await read(permission, GetMetricDataReply, (options) => client.send(command, options));
    for (const { Code, Value } of reply.Messages) gaps.push(`CloudWatch says ${cleanText(`${Code}: ${Value}`, 200)}`);
    for (const result of reply.MetricDataResults) {
      const one = found.get(result.Id);
      if (one === undefined) continue;
      one.status = result.StatusCode;
      for (const [index, time] of result.Timestamps.entries()) {
        const value = result.Values[index];
        const t = Math.floor(time.getTime() / 1_000 / period) * period;
        if (value !== undefined && Number.isFinite(value) && t >= from && t < to) one.readings.set(t, value);
      }
    }
    token = reply.NextToken ?? '';
    if (token === '') break;
  }
  if (token !== '') gaps.push(`only the first ${maxPages} pages of metrics were read`);
  const answered = [...found.values()].map((one) => {
    const isCut = token !== '' || one.status !== 'Complete';
    if (one.status !== 'Complete' && token === '') gaps.push(incomplete(one.metric, one.status));
    return { metric: one.metric, readings: one.readings, isCut };
  });
  return { answered, gaps };
}

function incomplete({ service, name }: MetricAsked, status: string): string {
  const which = `${name} of ${cleanText(service, 100)}`;
  if (status === 'Forbidden') return `auth: ${which} was denied (allow ${permission})`;
  if (status === '') return `server: CloudWatch did not answer about ${which}`;
  return `server: CloudWatch answered ${cleanText(status, 40)} for ${which}`;
}
