/** The part of Prometheus' query API that is read; everything else in a reply is ignored. */
import { z } from 'zod';

export const QueryReply = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
  warnings: z.array(z.string()).optional(),
});
export type QueryReply = z.infer<typeof QueryReply>;

export const ErrorReply = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });
