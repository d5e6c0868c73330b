/** The part of Jaeger's query API that is read; everything else in a reply is ignored. */
import { z } from 'zod';

const Tag = z.object({ key: z.string(), value: z.unknown() });
const Problem = z.object({ code: z.number().optional(), msg: z.string() });
/** Said beside whatever could be had. */
const errors = z.array(Problem).nullish();

export const JaegerSpan = z.object({
  traceID: z.string(),
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })).nullish(),
  /** Microseconds, both. */
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(Tag).nullish(),
  processID: z.string(),
});
export type JaegerSpan = z.infer<typeof JaegerSpan>;

export const JaegerTrace = z.object({
  spans: z.array(JaegerSpan),
  processes: z.record(z.string(), z.object({ serviceName: z.string() })),
});
export type JaegerTrace = z.infer<typeof JaegerTrace>;

export const TracesReply = z.object({ data: z.array(JaegerTrace).nullable(), errors });

export const DependenciesReply = z.object({
  data: z.array(z.object({ parent: z.string(), child: z.string(), callCount: z.number() })).nullable(),
  errors,
});
