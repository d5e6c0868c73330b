/** Settings, parameters and snapshot of the action. */
import { z } from 'zod';
import { PullRequestPlan } from '../github/pull-request.ts';
import { pullRequestSettings } from '../github/pull-request-settings.ts';
import { Sha } from '../github/replies.ts';
import { Words } from '../github/words.ts';
import { ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  ...pullRequestSettings,
  autoMerge: z
    .boolean()
    .default(false)
    .describe(
      'Merge the pull request as soon as all its checks have passed; a person has to agree to that first. Off: a person merges it. Nothing is merged without any check',
    ),
  maxFiles: z.int().min(1).max(100).default(20).describe('A commit that changed more files than this is not reverted'),
  neverPaths: z
    .array(z.string().min(1))
    .default(['.github', 'infra'])
    .describe('A commit that touched any of these folders or files is left to a person'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ commit: Sha, words: Words });
export type Params = z.infer<typeof Params>;

export const Snapshot = PullRequestPlan.extend({
  /** Of what the pull request will change, so that another change of the same files is noticed. */
  changesHash: z.string(),
  /** The PRIMARY deployment it is meant to replace, where it is merged by itself; absent in older plans. */
  deploymentId: z.string().min(1).optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;
