/**
 * X-Ray's GetServiceGraph, GetTraceSummaries and BatchGetTraces over kept traces, on the wire the SDK speaks (REST, JSON), for tests. The graph is
 * made from the segments: a node for each service, one for whoever calls from outside, edges with X-Ray's statistics. Filter expressions are
 * parsed strictly: `service("name")`, alone or with `{ fault = true OR throttle = true }`; any other is refused as X-Ray refuses what it cannot
 * read. Windows of more than six hours, more than five ids a call, and missing times are refused too. Not imitated: signatures, groups, sampling
 * (`Sampling` must be a boolean and has no effect), annotations, insights, histograms, percentiles, indexing, the delay before traces show.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { sendJson } from '../evidence/upstream.contract.ts';

export interface KeptSegment {
  id: string;
  name: string;
  parent_id?: string;
  /** Unix seconds. */
  start_time: number;
  end_time?: number;
  fault?: boolean;
  error?: boolean;
  throttle?: boolean;
  namespace?: string;
  http?: { request?: { method?: string } };
  subsegments?: KeptSegment[];
}
export interface KeptTrace {
  id: string;
  segments: KeptSegment[];
}

export interface XrayOptions {
  traces: readonly KeptTrace[];
  /** Actions the caller lacks. */
  denied?: readonly string[];
  /** Entries of a page; all fit when left out. */
  pageSize?: number;
  /** Ids that are reported as unprocessed. */
  unprocessed?: readonly string[];
  /** Told of every request. */
  seen?: (operation: string, input: Record<string, unknown>) => void;
}

class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const operations = {
  '/ServiceGraph': GetServiceGraph,
  '/TraceSummaries': GetTraceSummaries,
  '/Traces': BatchGetTraces,
} as const;

export function speakingXray(options: XrayOptions): RequestListener {
  return async (request, response) => {
    try {
      await answer(options, request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sendJson(response, error.status, { message: error.message }, { 'x-amzn-errortype': error.type });
    }
  };
}

async function answer(options: XrayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const operation = Object.entries(operations).find(([path]) => path === request.url)?.[1];
  const input = JSON.parse((await text(request)) || '{}') as Record<string, unknown>;
  if (operation === undefined || request.method !== 'POST') throw new Refusal(404, 'UnknownOperationException', 'unknown operation');
  options.seen?.(operation.name, input);
  if (options.denied?.includes(operation.name)) {
    throw new Refusal(403, 'AccessDeniedException', `User is not authorized to perform: xray:${operation.name}`);
  }
  sendJson(response, 200, operation(options, input));
}

function invalid(message: string): Refusal {
  return new Refusal(400, 'InvalidRequestException', message);
}

function inWindow({ traces }: XrayOptions, { StartTime, EndTime }: Record<string, unknown>): KeptTrace[] {
  if (typeof StartTime !== 'number' || typeof EndTime !== 'number') throw invalid('StartTime and EndTime are required');
  if (EndTime < StartTime) throw invalid('StartTime must be before EndTime');
  if (EndTime - StartTime > 21_600) throw invalid('The time range is longer than six hours');
  return traces.filter(({ segments }) => {
    const start = Math.min(...segments.map((segment) => segment.start_time));
    return start >= StartTime && start < EndTime;
  });
}

function page<Entry>({ pageSize }: XrayOptions, { NextToken }: Record<string, unknown>, all: readonly Entry[]) {
  const first = Number(NextToken ?? 0);
  const size = pageSize ?? all.length;
  return { entries: all.slice(first, first + size), next: first + size < all.length ? { NextToken: String(first + size) } : {} };
}

function GetTraceSummaries(options: XrayOptions, input: Record<string, unknown>): object {
  if (typeof input.Sampling !== 'boolean') throw invalid('Sampling is no boolean');
  const { service, failed } = parseFilter(String(input.FilterExpression));
  const all = inWindow(options, input);
  const found = all.filter(({ segments }) =>
    segments.some((segment) => segment.name === service && (!failed || segment.fault === true || segment.throttle === true)),
  );
  const { entries, next } = page(options, input, found);
  return {
    TraceSummaries: entries.map(({ id, segments }) => ({ Id: id, Duration: durationOf(segments) })),
    TracesProcessedCount: all.length,
    ApproximateTime: Number(input.EndTime),
    ...next,
  };
}

function parseFilter(expression: string): { service: string; failed: boolean } {
  const match = /^service\("([^"\\]*)"\)( \{ fault = true OR throttle = true \})?$/.exec(expression);
  if (match?.[1] === undefined) throw invalid(`Invalid filter expression: ${expression}`);
  return { service: match[1], failed: match[2] !== undefined };
}

function durationOf(segments: readonly KeptSegment[]): number {
  const ends = segments.map(({ start_time, end_time = start_time }) => end_time);
  return Math.max(...ends) - Math.min(...segments.map(({ start_time }) => start_time));
}

function BatchGetTraces({ traces, unprocessed = [] }: XrayOptions, { TraceIds }: Record<string, unknown>): object {
  if (!Array.isArray(TraceIds) || TraceIds.length > 5) throw invalid('TraceIds: at most five');
  const found = traces.filter(({ id }) => TraceIds.includes(id) && !unprocessed.includes(id));
  return {
    Traces: found.map(({ id, segments }) => ({
      Id: id,
      Duration: durationOf(segments),
      Segments: segments.map((segment) => ({ Id: segment.id, Document: JSON.stringify({ ...segment, trace_id: id }) })),
    })),
    UnprocessedTraceIds: TraceIds.filter((id: string) => unprocessed.includes(id)),
  };
}

interface Statistics {
  calls: number;
  faults: number;
  throttles: number;
  seconds: number;
}

function GetServiceGraph(options: XrayOptions, input: Record<string, unknown>): object {
  const edges = new Map<string, Map<string, Statistics>>([['', new Map()]]);
  for (const { segments } of inWindow(options, input)) {
    const owners = new Map(segments.flatMap((segment) => partsOf(segment).map(({ id }) => [id, segment.name] as const)));
    for (const { name, parent_id: parent, start_time: start, end_time: end = start, fault, throttle } of segments) {
      if (!edges.has(name)) edges.set(name, new Map());
      const caller = (parent === undefined ? undefined : owners.get(parent)) ?? '';
      const callees = edges.get(caller) ?? new Map<string, Statistics>();
      edges.set(caller, callees);
      const { calls, faults, throttles, seconds } = callees.get(name) ?? { calls: 0, faults: 0, throttles: 0, seconds: 0 };
      callees.set(name, {
        calls: calls + 1,
        faults: faults + (fault ? 1 : 0),
        throttles: throttles + (throttle ? 1 : 0),
        seconds: seconds + end - start,
      });
    }
  }
  const names = [...edges.keys()];
  const services = names.map((name, ReferenceId) => ({
    ReferenceId,
    ...(name === '' ? { Name: 'users', Type: 'client' } : { Name: name, Type: 'AWS::ECS::Container' }),
    Edges: [...(edges.get(name) ?? [])].map(([callee, { calls, faults, throttles, seconds }]) => ({
      ReferenceId: names.indexOf(callee),
      SummaryStatistics: {
        OkCount: calls - faults - throttles,
        ErrorStatistics: { ThrottleCount: throttles, OtherCount: 0, TotalCount: throttles },
        FaultStatistics: { OtherCount: faults, TotalCount: faults },
        TotalCount: calls,
        TotalResponseTime: seconds,
      },
    })),
  }));
  const { entries, next } = page(options, input, names.length > 1 ? services : []);
  return { StartTime: input.StartTime, EndTime: input.EndTime, ContainsOldGroupVersions: false, Services: entries, ...next };
}

function partsOf(segment: KeptSegment): KeptSegment[] {
  return [segment, ...(segment.subsegments ?? []).flatMap(partsOf)];
}
