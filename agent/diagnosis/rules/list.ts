/** All rules that name a cause. Their order breaks ties only: what is closest to the service comes first. */
import { allTasksDegraded } from './all-tasks-degraded.ts';
import { apiThrottled } from './api-throttled.ts';
import { badDeployment } from './bad-deployment.ts';
import { capacityLoss } from './capacity-loss.ts';
import { containerHealthFailure } from './container-health-failure.ts';
import { cpuRunaway } from './cpu-runaway.ts';
import { dependencyFault } from './dependency-fault.ts';
import { errorsAboutDependency } from './errors-about-dependency.ts';
import { imagePullFailure } from './image-pull-failure.ts';
import { outOfMemory } from './out-of-memory.ts';
import { overload } from './overload.ts';
import { placementFailure } from './placement-failure.ts';
import { plannedZero } from './planned-zero.ts';
import { releaseOfCallee } from './release-of-callee.ts';
import type { Rule } from './rule.ts';
import { sickTask } from './sick-task.ts';
import { startupResourceFailure } from './startup-resource-failure.ts';
import { stuckDeployment } from './stuck-deployment.ts';
import { targetHealthFailure } from './target-health-failure.ts';
import { taskStartFailure } from './task-start-failure.ts';

export const rules: readonly Rule[] = [
  plannedZero,
  outOfMemory,
  imagePullFailure,
  startupResourceFailure,
  taskStartFailure,
  placementFailure,
  capacityLoss,
  badDeployment,
  releaseOfCallee,
  stuckDeployment,
  targetHealthFailure,
  containerHealthFailure,
  sickTask,
  cpuRunaway,
  overload,
  allTasksDegraded,
  apiThrottled,
  dependencyFault,
  errorsAboutDependency,
];
