/** What every evidence plug-in's folder exports: one object the composition root can configure and build without knowing its name. */
import type { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { EvidenceSource } from './source.ts';

export interface EvidencePlugin<Id extends string = string, Config extends z.ZodType = z.ZodType, Deps = object> {
  /** Equals the folder's name. */
  readonly id: Id;
  /** Settings with defaults and descriptions. */
  readonly config: Config;
  /** Undefined when its settings leave it off: a source that is not set up is not asked. */
  create(config: z.output<Config>, deps: Deps): EvidenceSource | undefined;
}

/** What every plug-in may ask for, besides the clients of its own vendor. */
export interface CommonDeps {
  clock: Clock;
  logger: Logger;
}
