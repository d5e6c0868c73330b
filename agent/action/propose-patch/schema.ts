/** Settings, parameters and snapshot of the action, and what a model answers. */
import { z } from 'zod';
import { PullRequestPlan } from '../github/pull-request.ts';
import { pullRequestSettings } from '../github/pull-request-settings.ts';
import { Sha } from '../github/replies.ts';
import { Words } from '../github/words.ts';
import { ServiceParams } from '../params.ts';

const codeExtensions = '.c .cc .cpp .cs .ex .go .h .hpp .java .js .jsx .kt .lua .mjs .php .py .rb .rs .scala .swift .ts .tsx'.split(' ');

export const Config = z.strictObject({
  ...pullRequestSettings,
  autoMerge: z
    .boolean()
    .default(false)
    .describe(
      'Merge the pull request as soon as all its checks have passed, and take it back by another one when the service does not recover. Off: a person merges it. A person has to agree to it in both cases',
    ),
  minConfidence: z.number().min(0).max(1).default(0.6).describe('A cause less sure than this is not worth writing code for'),
  maxFiles: z.int().min(1).max(20).default(5).describe('A commit that changed more files a model may edit than this is left to a person'),
  maxChangedLines: z.int().min(1).max(200).default(30).describe('Lines an edit may remove and add, together'),
  maxFileBytes: z.int().min(100).max(45_000).default(30_000).describe('Files larger than this are not shown to a model, bytes'),
  maxShownBytes: z.int().min(100).max(45_000).default(45_000).describe('All files shown to a model together, bytes'),
  extensions: z
    .array(z.string().regex(/^\.[A-Za-z0-9.]{1,20}$/, 'write the ending with its dot'))
    .min(1)
    .default(codeExtensions)
    .describe('Endings of the files a model may edit'),
  neverPaths: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'More folders and files a model never edits, beside those it never may: workflows, infrastructure, CI, locks, tests, the agent',
    ),
  deadlineSeconds: z.int().min(1).max(60).default(60).describe('Time all models of the chain together have to write the edit, at most 60'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ commit: Sha, words: Words });
export type Params = z.infer<typeof Params>;

export const Edit = z.strictObject({
  file: z.int().min(1).max(20).describe('Number of the file'),
  search: z.string().min(1).max(2_000).describe('Passage of the file, copied to the letter; it occurs exactly once'),
  replace: z.string().max(2_000).describe('What stands in its place'),
});
export type Edit = z.infer<typeof Edit>;

/** What a model answers. It names files by number: no path is ever taken from it. */
export const PatchAnswer = z.strictObject({
  reason: z.string().max(600).describe('What is wrong and what the edit changes about it; or why there is none. Plain words'),
  edits: z.array(Edit).max(10).describe('Empty when you are not sure'),
});
export type PatchAnswer = z.infer<typeof PatchAnswer>;

/** The words of the pull request are made of it and of the parameters: each would lie in the run's state twice. */
export const Snapshot = PullRequestPlan.pick({ repository: true, base: true, branch: true }).extend({
  /** Whether a person agreed to the merge, too: settings that change meanwhile widen nothing. */
  merges: z.boolean(),
  /** The model's. */
  reason: z.string(),
  /** What the edits were written for and what comes of them, by git's ids of the contents. */
  files: z.array(z.object({ path: z.string(), mode: z.string(), before: Sha, after: Sha })).min(1),
  /** They name the files above by their place, from 1. */
  edits: z.array(Edit).min(1),
});
export type Snapshot = z.infer<typeof Snapshot>;
