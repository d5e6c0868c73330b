/** The part of CloudWatch Logs' replies that is read; the SDK checks no types itself. */
import { z } from 'zod';

export const LogEvent = z.object({ timestamp: z.number(), message: z.string(), logStreamName: z.string().default('') });
export type LogEvent = z.infer<typeof LogEvent>;

export const FilterLogEventsReply = z.object({ events: z.array(LogEvent), nextToken: z.string().optional() });
export type FilterLogEventsReply = z.infer<typeof FilterLogEventsReply>;

export const StartQueryReply = z.object({ queryId: z.string().min(1) });

export const GetQueryResultsReply = z.object({
  status: z.string(),
  results: z.array(z.array(z.object({ field: z.string().default(''), value: z.string().default('') }))).default([]),
  statistics: z.object({ bytesScanned: z.number().default(0) }).default({ bytesScanned: 0 }),
});
export type GetQueryResultsReply = z.infer<typeof GetQueryResultsReply>;

export const StopQueryReply = z.object({ success: z.boolean().default(false) });
