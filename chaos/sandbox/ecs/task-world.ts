/** The `World` that FIS sees, over ECS's state. */
import type { SandboxTask, World } from '../world.ts';
import { lastSegment } from './arn.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Task } from './model.ts';

export function taskWorld(plane: ControlPlane): World {
  const require = (arnOrId: string): Task => {
    const task = plane.tasks.get(lastSegment(arnOrId));
    if (task === undefined) throw new Error(`no task ${arnOrId}`);
    return task;
  };
  return {
    tasks: ({ cluster, service }) =>
      [...plane.tasks.values()]
        .filter((task) => cluster === undefined || task.cluster === lastSegment(cluster))
        .filter((task) => service === undefined || task.service === lastSegment(service))
        .map(view),
    task: (arnOrId) => {
      const task = plane.tasks.get(lastSegment(arnOrId));
      return task === undefined ? undefined : view(task);
    },
    stopTask: (arn, reason) => plane.stopTask(require(arn), 'UserInitiated', reason),
    signalTask: (arn, signal) => plane.driver(require(arn).id)?.signal(signal),
    applyNetworkFault: (arn, fault) => {
      const task = require(arn);
      const network = plane.driver(task.id)?.network ?? null;
      if (network === null || task.lastStatus !== 'RUNNING') throw new Error(`task ${task.id} is ${task.lastStatus}, not RUNNING`);
      return network.applyFault(fault);
    },
    applyStress: (arn, stress) => {
      const task = require(arn);
      const driver = plane.driver(task.id);
      if (driver === undefined || task.lastStatus !== 'RUNNING') throw new Error(`task ${task.id} is ${task.lastStatus}, not RUNNING`);
      return driver.stress(stress);
    },
  };
}

function view(task: Task): SandboxTask {
  const main = task.containers.find((container) => container.essential);
  return {
    arn: task.arn,
    id: task.id,
    cluster: task.cluster,
    service: task.service,
    family: task.taskDefinition.family,
    lastStatus: task.lastStatus,
    pid: main?.pid ?? null,
    tags: { ...task.tags },
  };
}
