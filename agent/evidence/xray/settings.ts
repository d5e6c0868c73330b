/** The settings of the X-Ray source, with their defaults and what they mean. */
import { z } from 'zod';
import { spanSettings } from '../trace-questions.ts';

export const config = z
  .object({
    enabled: z.boolean().default(false).describe('Ask X-Ray; its traces are billed by the number retrieved and scanned'),
    groupName: z.string().max(32).default('').describe('X-Ray group whose service graph is read; empty reads the graph of all traces'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
    maxTraces: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('Most traces read whole of one service and part: failed, slowest, before the onset'),
    maxPages: z.int().min(1).max(100).default(5).describe('Most pages of one question'),
    ...spanSettings,
    maxWindowSeconds: z
      .number()
      .positive()
      .max(21_600)
      .default(21_600)
      .describe('An onset further back than this is cut to it; X-Ray answers about six hours at a time'),
    concurrency: z.int().min(1).max(10).default(3).describe('Services asked about at a time'),
  })
  .prefault({});
export type Config = z.output<typeof config>;
