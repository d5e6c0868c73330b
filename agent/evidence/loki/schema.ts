/** The part of Loki's query_range reply that is read; everything else is ignored. */
import { z } from 'zod';

const Stream = z.object({
  stream: z.record(z.string(), z.string()),
  /** Nanoseconds since the epoch, as text, and the line; a third part with metadata may follow. */
  values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()]).rest(z.unknown())),
});

export const RangeReply = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(Stream),
    stats: z
      .object({ summary: z.object({ totalLinesProcessed: z.number() }).optional() })
      .optional()
      .catch(undefined),
  }),
  warnings: z.array(z.string()).nullish(),
});
