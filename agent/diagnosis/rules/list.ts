/** All rules that name a cause. Their order breaks ties only: what is closest to the service comes first. */
import { allTasksDegraded } from './all-tasks-degraded.ts';
import { badDeployment } from './bad-deployment.ts';
import { capacityLoss } from './capacity-loss.ts';
import { dependencyFault } from './dependency-fault.ts';
import { outOfMemory } from './out-of-memory.ts';
import { overload } from './overload.ts';
import { plannedZero } from './planned-zero.ts';
import type { Rule } from './rule.ts';
import { sickTask } from './sick-task.ts';
import { taskStartFailure } from './task-start-failure.ts';

export const rules: readonly Rule[] = [
  plannedZero,
  outOfMemory,
  taskStartFailure,
  capacityLoss,
  badDeployment,
  sickTask,
  overload,
  allTasksDegraded,
  dependencyFault,
];
