/** The part of Prometheus' query API that is read; everything else in a reply is ignored. */
import { z } from 'zod';

const labels = z.record(z.string(), z.string());
const sample = z.tuple([z.number(), z.string()]);
/** Asked for with `stats`; other programs that speak the API leave it out. */
const stats = z
  .object({ samples: z.object({ totalQueryableSamples: z.number() }).optional() })
  .optional()
  .catch(undefined);
const warnings = z.array(z.string()).optional();

export const QueryReply = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: sample })), stats }),
  warnings,
});

export const RangeReply = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: labels, values: z.array(sample) })), stats }),
  warnings,
});
