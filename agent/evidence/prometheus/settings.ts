/** The settings of the Prometheus source, with their defaults and what they mean. */
import { z } from 'zod';
import { baseUrl, credentialSettings } from '../http-settings.ts';

const LabelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'a Prometheus label name: letters, digits and underscores, no leading digit');

export const config = z.object({
  url: baseUrl('Base URL of Prometheus, without /api/v1'),
  ...credentialSettings,
  timeoutMs: z
    .int()
    .min(100)
    .default(8_000)
    .describe('Time for one answer in all, milliseconds; queries not answered by then are reported as missing'),
  maxBytes: z.int().min(1_000).default(4_000_000).describe('Largest reply to one query, bytes'),
  maxSeries: z.int().min(1).default(2_000).describe('Most rows read from one reply'),
  concurrency: z.int().min(1).max(20).default(8).describe('Queries sent at a time; Prometheus itself runs at most 20'),
  staleAfterSeconds: z.number().positive().default(45).describe('A series without a younger sample has no value; three scrape intervals'),
  clusterLabel: LabelName.default('ecs_cluster').describe('Target label that holds the ECS cluster'),
  serviceLabel: LabelName.default('ecs_service').describe('Target label that holds the ECS service'),
  taskLabel: LabelName.default('ecs_task').describe('Target label that holds the ECS task id'),
  callEdges: z
    .array(z.tuple([z.string().min(1), z.string().min(1)]))
    .max(2_000)
    .default([])
    .describe('The call graph where neither traces nor metrics show it: pairs of caller and callee, as [["shop","stock"]]'),
  historySeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(0)
    .describe('How long before the onset series of the services in focus and their neighbours begin; 0 reads none, 7200 is a good length'),
  historyStepSeconds: z
    .int()
    .min(1)
    .default(30)
    .describe('Time between two points of a series; longer, or the past shorter, when there would be too many points'),
  historyMaxPoints: z
    .int()
    .min(100)
    .max(30_000)
    .default(20_000)
    .describe('Most points of all series of one answer; 20,000 are about 500 kB'),
  historyMaxServices: z
    .int()
    .min(1)
    .default(50)
    .describe('Most services whose series are read: those in focus, then the busiest neighbours'),
});
export type Config = z.output<typeof config>;
