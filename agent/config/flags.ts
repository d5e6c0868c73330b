/** Feature flags: one table, all off by default. An action whose flag is off is never carried out. */
import { z } from 'zod';

export const flags = [
  { name: 'roll-back-deployment', turnsOn: 'rolling a service back to its last completed revision', owner: 'action/roll-back-deployment' },
  { name: 'stop-task', turnsOn: 'stopping one sick task so that ECS replaces it', owner: 'action/stop-task' },
  {
    name: 'restart-service',
    turnsOn: 'restarting all tasks of a service by a new deployment of the same revision',
    owner: 'action/restart-service',
  },
  { name: 'scale-service', turnsOn: 'raising the desired count of a service within bounds', owner: 'action/scale-service' },
] as const;
export type FlagName = (typeof flags)[number]['name'];

export const flagsSchema = z
  .object(
    Object.fromEntries(flags.map((flag) => [flag.name, z.boolean().default(false).describe(`Feature flag: ${flag.turnsOn}`)])) as Record<
      FlagName,
      z.ZodDefault<z.ZodBoolean>
    >,
  )
  .prefault({});
