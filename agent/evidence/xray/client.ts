/** Makes X-Ray's three reading calls: the service graph, summaries of traces, whole traces. Raises UpstreamError, never anything else but the signal's reason. */
import { BatchGetTracesCommand, GetServiceGraphCommand, GetTraceSummariesCommand, type XRayClient } from '@aws-sdk/client-xray';
import type { AwsRead } from '../aws-reader.ts';
import type { Meter } from '../meter.ts';
import type { Span } from '../spans.ts';
import { type Service, ServiceGraphReply, TraceSummariesReply, type TraceSummary, TracesReply } from './schema.ts';
import { spansOf } from './segments.ts';

export interface Asking {
  client: XRayClient;
  read: AwsRead;
  meter: Meter;
  maxPages: number;
  /** Empty asks about all traces. */
  groupName: string;
}

/** Milliseconds since the epoch. */
export interface Window {
  from: number;
  to: number;
}

/** As many as one call may name. */
const tracesAtOnce = 5;

/** The strings of a filter expression cannot be escaped: a name outside of what X-Ray allows for services is never put into one. */
const plainName = /^[\p{L}\p{N} _.:/%&#=+@-]{1,255}$/u;

export function isAskable(service: string): boolean {
  return plainName.test(service);
}

export async function serviceGraph(asking: Asking, { from, to }: Window): Promise<{ services: Service[]; isCut: boolean }> {
  const { client, read, maxPages, groupName } = asking;
  const services: Service[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const input = { StartTime: new Date(from), EndTime: new Date(to), NextToken, ...(groupName === '' ? {} : { GroupName: groupName }) };
    const reply = await read('xray:GetServiceGraph', ServiceGraphReply, (options) =>
      client.send(new GetServiceGraphCommand(input), options),
    );
    services.push(...reply.Services);
    NextToken = reply.NextToken;
    if (!NextToken) return { services, isCut: false };
  }
  return { services, isCut: true };
}

/** Of traces through the service, or of those in which it failed. Pages may be empty and yet not the last. */
export async function traceSummaries(
  asking: Asking,
  { from, to }: Window,
  service: string,
  which: 'sample' | 'failed',
): Promise<{ summaries: TraceSummary[]; isCut: boolean }> {
  const { client, read, meter, maxPages } = asking;
  if (!isAskable(service)) throw new RangeError('a name outside of what X-Ray allows must not become part of an expression');
  const expression = `service("${service}")`;
  const FilterExpression = which === 'failed' ? `${expression} { fault = true OR throttle = true }` : expression;
  const summaries: TraceSummary[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const input = { StartTime: new Date(from), EndTime: new Date(to), FilterExpression, Sampling: which === 'sample', NextToken };
    const reply = await read('xray:GetTraceSummaries', TraceSummariesReply, (options) =>
      client.send(new GetTraceSummariesCommand(input), options),
    );
    meter.scanned(reply.TracesProcessedCount);
    summaries.push(...reply.TraceSummaries);
    NextToken = reply.NextToken;
    if (!NextToken) return { summaries, isCut: false };
  }
  return { summaries, isCut: true };
}

/** Whole traces, and how many of them, or of their segments, could not be had. */
export async function readTraces({ client, read }: Asking, ids: readonly string[]): Promise<{ spans: Span[]; missing: number }> {
  const spans: Span[] = [];
  let missing = 0;
  for (let first = 0; first < ids.length; first += tracesAtOnce) {
    const TraceIds = ids.slice(first, first + tracesAtOnce);
    const reply = await read('xray:BatchGetTraces', TracesReply, (options) =>
      client.send(new BatchGetTracesCommand({ TraceIds }), options),
    );
    missing += reply.UnprocessedTraceIds.length;
    for (const { Id, Segments } of reply.Traces) {
      const found = spansOf(
        Id,
        Segments.map(({ Document }) => Document),
      );
      // Not spread into a push: a trace may hold more spans than a call takes arguments.
      for (const span of found.spans) spans.push(span);
      missing += found.unread;
    }
  }
  return { spans, missing };
}
