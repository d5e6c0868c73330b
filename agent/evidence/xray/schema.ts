/** The parts of X-Ray's replies that are read; the SDK checks no types itself. What X-Ray always sends is required here, or an empty page would pass for an answer. */
import { z } from 'zod';

const Count = z.object({ TotalCount: z.number().optional() }).optional();

const Edge = z.object({
  ReferenceId: z.number(),
  SummaryStatistics: z
    .object({
      TotalCount: z.number().optional(),
      TotalResponseTime: z.number().optional(),
      ErrorStatistics: z.object({ ThrottleCount: z.number().optional() }).optional(),
      FaultStatistics: Count,
    })
    .optional(),
});
const Service = z.object({
  ReferenceId: z.number(),
  Name: z.string().default(''),
  Type: z.string().default(''),
  Edges: z.array(Edge).default([]),
});
export type Service = z.infer<typeof Service>;
export const ServiceGraphReply = z.object({ Services: z.array(Service), NextToken: z.string().optional() });

const TraceSummary = z.object({ Id: z.string(), Duration: z.number().default(0) });
export type TraceSummary = z.infer<typeof TraceSummary>;
export const TraceSummariesReply = z.object({
  TraceSummaries: z.array(TraceSummary),
  TracesProcessedCount: z.number().optional(),
  NextToken: z.string().optional(),
});

export const TracesReply = z.object({
  Traces: z.array(z.object({ Id: z.string(), Segments: z.array(z.object({ Document: z.string() })).default([]) })),
  UnprocessedTraceIds: z.array(z.string()).default([]),
});

/** A segment document, or a subsegment within one. Times in seconds; no end while it runs. */
export const SegmentDocument = z.object({
  id: z.string(),
  name: z.string(),
  parent_id: z.string().optional(),
  start_time: z.number(),
  end_time: z.number().optional(),
  namespace: z.string().optional(),
  fault: z.boolean().optional(),
  throttle: z.boolean().optional(),
  http: z.object({ request: z.object({ method: z.string().optional() }).optional() }).optional(),
  get subsegments() {
    return z.array(SegmentDocument).optional();
  },
});
export type SegmentDocument = z.infer<typeof SegmentDocument>;
