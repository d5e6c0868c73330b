/** Feature flags: one table, all off by default. Each action brings its own flag; one that is off is never carried out. */
import { z } from 'zod';
import { actionPlugins } from '../action/index.ts';

export interface Flag {
  name: string;
  turnsOn: string;
  /** Folder under `agent/` that owns what the flag turns on. */
  owner: string;
}

export const flags: readonly Flag[] = actionPlugins.map(({ id, title }) => ({ name: id, turnsOn: title, owner: `action/${id}` }));

const branches = flags.map(({ name, turnsOn }) => [name, z.boolean().default(false).describe(`Feature flag: ${turnsOn}`)]);
export const flagsSchema = z.strictObject(Object.fromEntries(branches) as Record<string, z.ZodDefault<z.ZodBoolean>>).prefault({});
