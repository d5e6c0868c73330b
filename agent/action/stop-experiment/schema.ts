import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  tagKey: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe(
      'Key of the tag by which an experiment says that the agent may stop it, such as kintsugi:may-stop; without it none is stopped.',
    ),
  tagValue: z.string().max(256).default('true').describe('Value this tag must have.'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams;
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  experimentId: z.string().min(1),
  experimentTemplateId: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Experiment = z.object({
  id: z.string().min(1),
  experimentTemplateId: z.string().default(''),
  state: z.object({ status: z.string(), reason: z.string().default('') }),
  tags: z.record(z.string(), z.string()).default({}),
});
export type Experiment = z.infer<typeof Experiment>;

export const ExperimentReply = z.object({ experiment: Experiment });
export const ExperimentPage = z.object({ experiments: z.array(Experiment), nextToken: z.string().optional() });

export const TargetPage = z.object({
  resolvedTargets: z.array(
    z.object({ resourceType: z.string().default(''), targetInformation: z.record(z.string(), z.string()).default({}) }),
  ),
  nextToken: z.string().optional(),
});
