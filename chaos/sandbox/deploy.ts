/** Puts a stack into the sandbox the way a pipeline would: by the SDK, over the wire. */
import { createHash } from 'node:crypto';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import type { Sandbox } from './sandbox.ts';

export interface Stack {
  cluster: string;
  taskDefinitions: readonly RegisterTaskDefinitionCommandInput[];
  /** `healthCheckPath` belongs to the target group, which ECS itself does not hold. */
  services: readonly (CreateServiceCommandInput & { healthCheckPath?: string })[];
}

const principal = 'AKIASANDBOXDEPLOY000';

/** A client of the sandbox; the access key id names the caller in the journal. */
export function sandboxClient(sandbox: Pick<Sandbox, 'endpoint' | 'region'>, accessKeyId: string): ECSClient {
  return new ECSClient({
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials: { accessKeyId, secretAccessKey: 'sandbox' },
  });
}

/** A service with a health check path and no load balancer of its own gets a target group for its first mapped port. */
export async function deployStack(sandbox: Sandbox, stack: Stack): Promise<void> {
  const ecs = sandboxClient(sandbox, principal);
  try {
    await ecs.send(new CreateClusterCommand({ clusterName: stack.cluster }));
    for (const definition of stack.taskDefinitions) await ecs.send(new RegisterTaskDefinitionCommand(definition));
    for (const { healthCheckPath, ...service } of stack.services) {
      const family = service.taskDefinition?.split(':')[0];
      const definition = stack.taskDefinitions.find((entry) => entry.family === family);
      const container = definition?.containerDefinitions?.find((entry) => entry.portMappings?.[0] !== undefined);
      const isTargetless = healthCheckPath !== undefined && service.loadBalancers === undefined && container !== undefined;
      const loadBalancers = isTargetless
        ? [
            {
              targetGroupArn: targetGroupArn(sandbox, stack.cluster, service.serviceName),
              containerName: container.name,
              containerPort: container.portMappings?.[0]?.containerPort,
            },
          ]
        : service.loadBalancers;
      if (healthCheckPath !== undefined) {
        for (const { targetGroupArn: arn } of loadBalancers ?? []) if (arn !== undefined) sandbox.setTargetGroup(arn, { healthCheckPath });
      }
      await ecs.send(new CreateServiceCommand({ ...service, cluster: stack.cluster, loadBalancers }));
    }
  } finally {
    ecs.destroy();
  }
}

/** Resolves when every service of the cluster has one COMPLETED deployment with all its tasks; rejects with the newest events after `timeoutMs`. */
export async function waitUntilSteady(sandbox: Sandbox, stack: Stack, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const ecs = sandboxClient(sandbox, principal);
  const names = stack.services.map((service) => service.serviceName ?? '');
  const deadline = performance.now() + timeoutMs;
  try {
    for (;;) {
      const services = [];
      for (let from = 0; from < names.length; from += 10) {
        const answer = await ecs.send(new DescribeServicesCommand({ cluster: stack.cluster, services: names.slice(from, from + 10) }));
        services.push(...(answer.services ?? []));
      }
      const moving = services.filter(
        (service) =>
          service.deployments?.length !== 1 ||
          service.deployments[0]?.rolloutState !== 'COMPLETED' ||
          service.runningCount !== service.desiredCount,
      );
      if (moving.length === 0 && services.length === names.length) return;
      if (performance.now() > deadline) {
        const said = moving.map((service) => `${service.serviceName}: ${service.events?.[0]?.message ?? 'no event yet'}`);
        throw new Error(`cluster ${stack.cluster} is not steady after ${timeoutMs} ms; ${said.join('; ')}`);
      }
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    ecs.destroy();
  }
}

function targetGroupArn(sandbox: Sandbox, cluster: string, service: string | undefined): string {
  const digest = createHash('sha256').update(`${cluster}/${service}`).digest('hex').slice(0, 16);
  return `arn:aws:elasticloadbalancing:${sandbox.region}:123456789012:targetgroup/${cluster}-${service}/${digest}`;
}
