/** Settings of every action that opens a pull request. */
import { z } from 'zod';
import { callTimeoutMs } from '../params.ts';

export const pullRequestSettings = {
  label: z.string().min(1).max(50).default('kintsugi').describe('Label of the pull request; GitHub makes it when it does not exist'),
  requiredChecks: z
    .array(z.string().min(1))
    .default([])
    .describe('Checks that must have passed before it is merged, by name, beside all others that report'),
  mergeMethod: z.enum(['squash', 'merge']).default('squash').describe('How it is merged'),
  checksTimeoutSeconds: z.int().min(1).max(3_600).default(600).describe('Time the checks may take; after it the pull request is left open'),
  checksPollSeconds: z.number().min(0.01).max(60).default(10).describe('Pause between two looks at the checks'),
  ecsTimeoutMs: callTimeoutMs,
};

/** What waiting for the checks and merging need of them. */
export type CheckSettings = Pick<
  z.infer<z.ZodObject<typeof pullRequestSettings>>,
  'requiredChecks' | 'mergeMethod' | 'checksTimeoutSeconds' | 'checksPollSeconds'
>;
