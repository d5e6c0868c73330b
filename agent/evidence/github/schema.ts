/** The part of GitHub's replies that is read. Patches are cut while they are read: nothing later needs them whole. */
import { z } from 'zod';

const Sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const Time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), { message: 'expected a time' });
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

export const maxPatchLength = 20_000;

const File = z.object({
  filename: z.string(),
  /** Missing for binary and very large files. */
  patch: z
    .string()
    .optional()
    .transform((patch) => patch?.slice(0, maxPatchLength) ?? ''),
});
export type File = z.infer<typeof File>;

export const Repository = z.object({ default_branch: z.string().min(1) });

export const Commit = z.object({
  sha: Sha,
  html_url: Text,
  commit: z.object({ message: z.string(), committer: z.object({ date: Time }) }),
});
export type Commit = z.infer<typeof Commit>;
export const Commits = z.array(Commit);

export const CommitDetail = z.object({ files: z.array(File).default([]) });

export const Comparison = z.object({
  status: z.string().default(''),
  total_commits: z.number().default(0),
  commits: z.array(z.object({ commit: z.object({ message: z.string() }) })).default([]),
  files: z.array(File).default([]),
});
export type Comparison = z.infer<typeof Comparison>;

export const Deployment = z.object({
  id: z.number(),
  sha: Sha,
  ref: Text,
  environment: Text,
  description: Text,
  created_at: Time,
});
export type Deployment = z.infer<typeof Deployment>;
export const Deployments = z.array(Deployment);

export const DeploymentStatuses = z.array(z.object({ state: z.string(), created_at: Time, log_url: Text }));

export const Pull = z.object({
  number: z.number(),
  title: z.string(),
  merged_at: Time.nullish(),
  merge_commit_sha: z.string().nullish(),
});
export type Pull = z.infer<typeof Pull>;
export const Pulls = z.array(Pull);

export const ErrorReply = z.object({ message: z.string().default(''), documentation_url: z.string().default('') });
