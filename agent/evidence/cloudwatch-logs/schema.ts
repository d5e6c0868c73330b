/** The part of FilterLogEvents' reply that is read; the SDK checks no types itself. */
import { z } from 'zod';

export const LogEvent = z.object({ timestamp: z.number(), message: z.string(), logStreamName: z.string().default('') });
export type LogEvent = z.infer<typeof LogEvent>;

export const FilterLogEventsReply = z.object({ events: z.array(LogEvent), nextToken: z.string().optional() });
