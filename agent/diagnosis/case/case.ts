/** One incident as plain data: what `kintsugi diagnose` reads, and what the parts of the diagnosis work on. Times are Unix seconds. Unknown fields are ignored. */
import { z } from 'zod';
import { emptyText, listOf, numbers, numbersOrNull, textOrNumber } from './case-fields.ts';

const time = z.number();
/** Later than the year 5000 in seconds, which is what milliseconds look like. */
const alertTime = time.lt(1e11, { error: 'expected seconds, not milliseconds' });
const name = z.string().min(1);

export type Series = z.infer<typeof Series>;
/**
 * One metric of one node. Names: `latency` in seconds (stat Average, p50 … p99), `availability` in percent, `requests` (Sum) or `requests_per_sec`,
 * `cpu_utilization`, `memory_utilization` in percent; `client_latency:<callee>` at the caller, `latency:<caller>` at the callee; others by the
 * name CloudWatch or Prometheus gives them. `t` and `v` are as long as each other; null is an interval without a value.
 */
export const Series = z
  .object({ node: name, metric: name, stat: emptyText, t: numbers, v: numbersOrNull })
  .refine(({ t, v }) => t.length === v.length, { message: 'expected as many values as times', path: ['v'] });

export type LogLine = z.infer<typeof LogLine>;
export const LogLine = z.object({ t: time, node: name, level: textOrNumber, msg: z.string(), trace: z.string().nullish() });

export type Span = z.infer<typeof Span>;
export const Span = z.object({
  trace: name,
  span: name,
  parent: z.string().nullish(),
  node: name,
  name: emptyText,
  start: time,
  durationMs: z.number(),
  status: textOrNumber,
});

export const changeKinds = ['commit', 'deploy', 'config', 'flag'] as const;

export type Change = z.infer<typeof Change>;
/** `sha` of a deploy is the commit it brought out. */
export const Change = z.object({
  t: time,
  node: emptyText,
  sha: emptyText,
  message: z.string().nullish(),
  files: z.array(z.string()).nullish(),
  diff: z.string().nullish(),
  kind: z.enum(changeKinds),
});

export type CaseAlert = z.infer<typeof CaseAlert>;
/** `at`: when it fired. Without `summary` its text is a log line of the alerting node at that time. */
export const CaseAlert = z.object({
  node: name,
  metric: emptyText,
  stat: emptyText,
  at: alertTime,
  summary: z.string().nullish(),
});

/** What stands behind the callee is not read. */
const Edge = z
  .tuple([name, name])
  .rest(z.unknown())
  .transform(([caller, callee]): [string, string] => [caller, callee]);

export type Case = z.infer<typeof Case>;
/** Any part but id and alert may be missing; null says the same. An edge is [caller, callee]. */
export const Case = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  alert: CaseAlert,
  edges: listOf(Edge),
  metrics: listOf(Series),
  logs: listOf(LogLine),
  spans: listOf(Span),
  changes: listOf(Change),
});

export interface RankedNode {
  node: string;
  /** Comparable within one answer only; more is more suspect. */
  score: number;
  /** What it rests on, as sentences that name the series, log template, span or change. */
  evidence: string[];
}

export interface CaseAnswer {
  id: string;
  ranked: RankedNode[];
  /** A cause of `domain/cause.ts`; `no-fault` and `inconclusive` are answers. */
  cause: string;
  /** 0..1, never 1. */
  confidence: number;
  /** The guilty commit's sha, or `none`. */
  change: string;
  /** What the catalogue, or a person, would do about it; `none` when nothing is to be done. */
  action: string;
  /** Nothing is claimed: nothing is wrong, or the evidence is too thin. */
  abstain: boolean;
  reason: string;
}
