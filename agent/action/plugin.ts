/** Shape of an action plug-in: what the composition root reads its settings from and creates it with. */
import type { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Adviser } from '../llm/adviser.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Action } from './action.ts';
import type { AwsClients } from './aws/clients.ts';
import type { GithubAccess } from './github/access.ts';
import type { PatchDrafts } from './patch-drafts.ts';

export interface ActionDeps {
  aws: AwsClients;
  /** Absent when nothing may be written to GitHub. */
  github?: GithubAccess | undefined;
  /** Writes edits of code; never asked whether anything should be done. */
  adviser?: Adviser | undefined;
  drafts?: PatchDrafts | undefined;
  clock: Clock;
  logger?: Logger;
}

export interface ActionPlugin<Config = unknown> {
  /** Equals the folder's name. */
  readonly id: string;
  /** What it does, in one line; also what its feature flag turns on. */
  readonly title: string;
  readonly config: z.ZodType<Config>;
  /** Undefined when its settings leave it off: what is not set up is not in the catalogue. */
  create(config: Config, deps: ActionDeps): Action | undefined;
}
