/** Interruptions of Fargate Spot: AWS takes tasks back, and may have no room for others for a while. No API causes one; the sandbox's own door does. */
import { z } from 'zod';
import { spot } from './capacity-providers.ts';
import type { ControlPlane } from './control-plane.ts';
import { requireCluster } from './operations/clusters.ts';
import { invalid, read } from './operations/input.ts';
import { requireService } from './operations/services.ts';
import { stopReason } from './scheduler/events.ts';

const interruption = z.strictObject({
  cluster: z.string(),
  service: z.string(),
  /** Oldest first; left out: every Spot task of the service. */
  count: z.int().min(1).optional(),
  /** Seconds of AWS's clock in which no Spot task of the service can be placed. */
  withoutCapacitySeconds: z.number().min(0).default(0),
});
export type SpotInterruption = z.input<typeof interruption>;

/** ARNs of the tasks that were taken back. Throws what ECS would throw, and InvalidParameterException when the service has no Spot task. */
export function interruptSpot(plane: ControlPlane, input: Record<string, unknown>): string[] {
  const { cluster, service: name, count, withoutCapacitySeconds } = read(interruption, input);
  const service = requireService(plane, requireCluster(plane, cluster).name, name);
  const running = plane
    .tasksOf(service.cluster, service.name)
    .filter((task) => task.capacityProvider === spot && task.desiredStatus === 'RUNNING');
  if (running.length === 0) throw invalid(`service ${name} runs no task on ${spot}`);
  service.withoutSpotUntil = plane.options.now() + plane.options.timing.paced(withoutCapacitySeconds);
  const taken = running.slice(0, count);
  for (const task of taken) plane.stopTask(task, 'SpotInterruption', stopReason.spotInterrupted);
  return taken.map(({ arn }) => arn);
}
