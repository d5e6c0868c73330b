/** Settings, parameters and snapshot of the action, and the part of GitHub's replies that it reads. */
import { z } from 'zod';
import { Words } from '../github/words.ts';
import { callTimeoutMs, ServiceParams } from '../params.ts';

export const Sha = z.string().regex(/^[0-9a-f]{40}$/, 'must be one full commit id: 40 hex digits');

export const Config = z.strictObject({
  label: z.string().min(1).max(50).default('kintsugi').describe('Label of the pull request; GitHub makes it when it does not exist'),
  maxFiles: z.int().min(1).max(100).default(20).describe('A commit that changed more files than this is not reverted'),
  neverPaths: z
    .array(z.string().min(1))
    .default(['.github', 'infra'])
    .describe('A commit that touched any of these folders or files is left to a person'),
  autoMerge: z
    .boolean()
    .default(false)
    .describe(
      'Merge the pull request as soon as all its checks have passed; a person has to agree to that first. Off: a person merges it. Nothing is merged without any check',
    ),
  requiredChecks: z
    .array(z.string().min(1))
    .default([])
    .describe('Checks that must have passed before it is merged, by name, beside all others that report'),
  mergeMethod: z.enum(['squash', 'merge']).default('squash').describe('How it is merged'),
  checksTimeoutSeconds: z.int().min(1).max(3_600).default(600).describe('Time the checks may take; after it the pull request is left open'),
  ecsTimeoutMs: callTimeoutMs,
  checksPollSeconds: z.number().min(0.01).max(60).default(10).describe('Pause between two looks at the checks'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ commit: Sha, words: Words });
export type Params = z.infer<typeof Params>;

export const Snapshot = z.object({
  repository: z.string(),
  base: z.string(),
  branch: z.string(),
  /** Of what the pull request will change, so that another change of the same files is noticed. */
  changesHash: z.string(),
  title: z.string(),
  body: z.string(),
  commitMessage: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Repository = z.object({
  default_branch: z.string().min(1),
  archived: z.boolean().default(false),
  permissions: z.object({ push: z.boolean() }).optional(),
});
export const Ref = z.object({ object: z.object({ type: z.string(), sha: Sha }) });
export const Comparison = z.object({ status: z.string() });
export const ChangedFile = z.object({
  filename: z.string().min(1),
  status: z.string(),
  previous_filename: z.string().optional(),
});
export type ChangedFile = z.infer<typeof ChangedFile>;
export const Commit = z.object({
  sha: Sha,
  commit: z.object({ message: z.string(), tree: z.object({ sha: Sha }) }),
  parents: z.array(z.object({ sha: Sha })),
  files: z.array(ChangedFile).default([]),
});
export type Commit = z.infer<typeof Commit>;
export const GitCommit = z.object({
  sha: Sha,
  message: z.string(),
  tree: z.object({ sha: Sha }),
  parents: z.array(z.object({ sha: Sha })),
});
export const Tree = z.object({
  sha: Sha,
  truncated: z.boolean().default(false),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: Sha })),
});
export type TreeEntry = z.infer<typeof Tree>['tree'][number];
export const Made = z.object({ sha: Sha });
export const Pull = z.object({
  number: z.int(),
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  merged_at: z.string().nullable(),
  head: z.object({ ref: z.string(), sha: Sha }),
});
export type Pull = z.infer<typeof Pull>;
export const Pulls = z.array(Pull);
export const CheckRuns = z.object({
  total_count: z.int(),
  check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() })),
});
export const CombinedStatus = z.object({
  total_count: z.int(),
  statuses: z.array(z.object({ context: z.string(), state: z.string() })),
});
export const Merged = z.object({ sha: Sha, merged: z.boolean() });
