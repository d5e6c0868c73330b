/** Shape of an action plug-in: what the composition root reads its settings from and creates it with. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Action } from './action.ts';

export interface ActionDeps {
  /** Reads only; the SDK may retry. */
  reader: ECSClient;
  /** Changes things. Must be created with `maxAttempts: 1`: UpdateService takes no idempotency token, so a retry is a second change. */
  writer: ECSClient;
  clock: Clock;
  logger?: Logger;
}

export interface ActionPlugin<Config = unknown> {
  /** Equals the folder's name. */
  readonly id: string;
  /** What it does, in one line; also what its feature flag turns on. */
  readonly title: string;
  readonly config: z.ZodType<Config>;
  create(config: Config, deps: ActionDeps): Action;
}
