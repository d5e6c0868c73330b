/** The part of GitHub's replies that the actions read. */
import { z } from 'zod';

export const Sha = z.string().regex(/^[0-9a-f]{40}$/, 'must be one full commit id: 40 hex digits');

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
  /** Unified diff; absent for what is binary or large. */
  patch: z.string().optional(),
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
export const Blob = z.object({ content: z.string(), encoding: z.literal('base64') });
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
