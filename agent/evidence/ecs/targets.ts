/** How load balancers see the targets of a service. */
import { DescribeTargetHealthCommand, type ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetHealthFact } from '../../domain/evidence.ts';
import { cleanText } from '../answer.ts';
import type { AwsRead } from '../aws-reader.ts';
import { DescribeTargetHealthReply, type EcsTask } from './schema.ts';

const maxTargets = 500;

/** `tasks` tell whose address a target is. */
export async function targetHealth(
  client: ElasticLoadBalancingV2Client,
  read: AwsRead,
  service: string,
  targetGroupArn: string,
  tasks: readonly EcsTask[],
): Promise<{ facts: TargetHealthFact[]; gap: string | undefined }> {
  const permission = 'elasticloadbalancing:DescribeTargetHealth';
  const command = new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn });
  const reply = await read(permission, DescribeTargetHealthReply, (options) => client.send(command, options));
  const targets = reply.TargetHealthDescriptions;
  const targetGroup = targetGroupArn.slice(targetGroupArn.indexOf('targetgroup/'));
  const facts = targets.slice(0, maxTargets).map(
    ({ Target, TargetHealth }): TargetHealthFact => ({
      kind: 'target-health',
      service,
      targetGroup,
      target: cleanText(`${Target.Id}:${Target.Port ?? ''}`, 300),
      taskId: taskAt(tasks, Target.Id, Target.Port),
      state: cleanText(TargetHealth.State, 40),
      reason: cleanText(TargetHealth.Reason, 100),
      description: cleanText(TargetHealth.Description, 300),
    }),
  );
  const gap = targets.length > maxTargets ? `only ${maxTargets} of ${targets.length} targets of ${service} were kept` : undefined;
  return { facts, gap };
}

/** By address and, where tasks share one, by port. */
function taskAt(tasks: readonly EcsTask[], address: string, port: number | undefined): string | null {
  const there = tasks.filter(({ containers }) =>
    containers.some(({ networkInterfaces }) => networkInterfaces.some(({ privateIpv4Address }) => privateIpv4Address === address)),
  );
  const listening = there.filter(({ containers }) =>
    containers.some(({ networkBindings }) => networkBindings.some(({ hostPort }) => hostPort === port)),
  );
  const [task, ...others] = there.length > 1 ? listening : there;
  return task === undefined || others.length > 0 ? null : taskIdOf(task);
}

function taskIdOf({ taskArn }: EcsTask): string {
  return taskArn.slice(taskArn.lastIndexOf('/') + 1);
}
