/** Settings, parameters and snapshot of the action, and the part of GitHub's replies that it reads. */
import { z } from 'zod';
import { Words } from '../github/words.ts';
import { ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  label: z.string().min(1).max(50).default('kintsugi').describe('Label of the issue, by which open ones are found again'),
});
export type Config = z.infer<typeof Config>;

export const maxStatements = 8;
export const maxStatementLength = 700;

export const Params = ServiceParams.extend({
  words: Words,
  /** What a model said, left out when it has said nothing. */
  explanation: z.array(z.string().max(maxStatementLength)).max(maxStatements).optional(),
});
export type Params = z.infer<typeof Params>;

export const Snapshot = z.object({ repository: z.string(), title: z.string(), body: z.string() });
export type Snapshot = z.infer<typeof Snapshot>;

export const Repository = z.object({
  archived: z.boolean().default(false),
  has_issues: z.boolean().default(true),
  permissions: z.object({ push: z.boolean() }).optional(),
});
export const Issue = z.object({ number: z.int(), html_url: z.string(), state: z.string(), body: z.string().nullable() });
export type Issue = z.infer<typeof Issue>;
export const Issues = z.array(Issue);
