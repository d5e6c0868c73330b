/** Elastic Load Balancing as far as it says how the sandbox's own balancers see their targets. It changes nothing. */
import type { ControlPlane } from '../ecs/control-plane.ts';
import type { Task } from '../ecs/model.ts';
import { type ApiModule, ServiceException, type XmlValue } from '../wire/operation.ts';

export function elbModule(plane: ControlPlane): ApiModule {
  return {
    mutating: new Set(),
    query: {
      namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
      operations: {
        DescribeTargetHealth: (form) => {
          const arn = form.get('TargetGroupArn');
          const service = [...plane.services.values()].find(({ loadBalancers }) => loadBalancers.some((one) => one.targetGroupArn === arn));
          if (!service) throw new ServiceException('TargetGroupNotFound', 'One or more target groups not found');
          const tasks = [...plane.tasks.values()].filter(
            ({ cluster, service: name }) => cluster === service.cluster && name === service.name,
          );
          return { TargetHealthDescriptions: tasks.flatMap((task) => (task.hostPort === null ? [] : describe(task, task.hostPort))) };
        },
      },
    },
  };
}

function describe(task: Task, port: number): XmlValue[] {
  // What is stopped has left the group, what was never registered is not in it.
  if (task.target === 'none' || task.lastStatus === 'STOPPED') return [];
  return [{ Target: { Id: '127.0.0.1', Port: port }, TargetHealth: health(task) }];
}

function health({ target, targetReason }: Task): { readonly [name: string]: XmlValue } {
  switch (target) {
    case 'initial':
      return { State: 'initial', Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' };
    case 'draining':
      return { State: 'draining', Reason: 'Target.DeregistrationInProgress', Description: 'Target deregistration is in progress' };
    case 'unhealthy':
      return { State: 'unhealthy', Reason: reasonCode(targetReason), Description: targetReason };
    default:
      return { State: 'healthy' };
  }
}

function reasonCode(reason: string): string {
  if (reason === 'Request timed out') return 'Target.Timeout';
  return reason.includes('with these codes') ? 'Target.ResponseCodeMismatch' : 'Target.FailedHealthChecks';
}
