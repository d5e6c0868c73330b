/** ECS on the wire: which operations there are and which of them change something. */
import type { ApiModule } from '../wire/operation.ts';
import type { ControlPlane } from './control-plane.ts';
import { clusterOperations } from './operations/clusters.ts';
import { serviceDeploymentOperations } from './operations/service-deployments.ts';
import { serviceOperations } from './operations/services.ts';
import { tagOperations } from './operations/tags.ts';
import { taskDefinitionOperations } from './operations/task-definitions.ts';
import { taskOperations } from './operations/tasks.ts';

export function ecsModule(plane: ControlPlane): ApiModule {
  const operations = {
    ...clusterOperations(plane),
    ...taskDefinitionOperations(plane),
    ...serviceOperations(plane),
    ...taskOperations(plane),
    ...serviceDeploymentOperations(plane),
    ...tagOperations(plane),
  };
  const mutating = Object.keys(operations).filter((name) => !/^(Describe|List)/.test(name));
  return { targetPrefix: 'AmazonEC2ContainerServiceV20141113', operations, mutating: new Set(mutating) };
}
