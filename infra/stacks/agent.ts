/** The agent's service. Its task may read; for each action its settings switch on there is a role that may change, which it takes for one change at a time. */
import { AppautoscalingPolicy } from '@cdktf/provider-aws/lib/appautoscaling-policy/index.js';
import { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target/index.js';
import { LbListenerRule } from '@cdktf/provider-aws/lib/lb-listener-rule/index.js';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { actionsOf } from '../access/agent-actions.ts';
import { agentEnvironment, agentPort, agentSecrets } from '../access/agent-environment.ts';
import { agentNever, agentReads } from '../access/agent-reads.ts';
import { reachOf } from '../access/reach.ts';
import { startRights } from '../access/start-role.ts';
import { allow, trustService } from '../access/statement.ts';
import { environmentOf, FargateService, hardened } from '../constructs/fargate-service.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class AgentStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'agent', settings);
    const { names } = this;
    const target = this.door();
    const task = this.taskRole();
    const start = this.startRole();
    const { service } = new FargateService(this, 'agent', {
      place: {
        names,
        region: settings.region,
        cluster: names.cluster,
        subnetIds: Fn.split(',', this.told('network', 'private-subnet-ids')),
        securityGroupIds: [this.told('platform', 'tasks-group-id'), this.told('data', 'clients-group-id')],
        logDays: settings.logDays,
        namespaceId: this.told('platform', 'namespace-id'),
      },
      name: names.agentService,
      size: settings.agent.size,
      count: settings.agent.tasks.min,
      taskRoleArn: task.arn,
      startRoleArn: start.arn,
      volumes: ['tmp', 'data'],
      target: { groupArn: target.arn, container: 'agent', port: agentPort },
      graceSeconds: 60,
      isDeployedByPipeline: true,
      containers: [
        {
          ...hardened,
          name: 'agent',
          image: settings.agent.image,
          portMappings: [{ containerPort: agentPort, protocol: 'tcp' }],
          environment: environmentOf(agentEnvironment(settings)),
          secrets: Object.entries(agentSecrets).map(([name, secret]) => ({ name, valueFrom: this.told('data', `${secret}-arn`) })),
          mountPoints: [
            { sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false },
            { sourceVolume: 'data', containerPath: '/kintsugi/data', readOnly: false },
          ],
          healthCheck: {
            command: [
              'CMD',
              'node',
              '-e',
              `fetch('http://127.0.0.1:${agentPort}/readyz').then((r) => process.exit(Number(!r.ok)), () => process.exit(1))`,
            ],
            interval: 10,
            timeout: 5,
            retries: 3,
            startPeriod: 30,
          },
        },
      ],
    });
    this.scaling(service.name);
  }

  private taskRole(): LeastPrivilegeRole {
    const { names, settings } = this;
    const reach = reachOf(settings, this.told('audit', 'key-arn'));
    const actions = actionsOf(reach);
    const reads = actions.flatMap(({ id, rights }) => (rights.reads ? [[`look-${id}`, rights.reads(reach)] as const] : []));
    const roleArns = actions.map(({ role }) => names.roleArn(role));
    const task = new LeastPrivilegeRole(this, 'task', {
      names,
      name: 'agent',
      description: 'The agent: reads, and takes the role of an action to change something',
      trust: [trustService('ecs-tasks.amazonaws.com', settings.accountId)],
      policies: {
        read: agentReads(reach),
        never: agentNever(reach),
        ...(actions.length === 0 ? {} : { act: [allow('TakeRoles', ['sts:AssumeRole'], roleArns)] }),
        ...Object.fromEntries(reads),
      },
    });
    for (const { id, role, rights } of actions) {
      new LeastPrivilegeRole(this, role, {
        names,
        name: role,
        description: `What the action ${id} may change, narrowed by the agent to one plan at a time`,
        trust: [{ Sid: 'Agent', Effect: 'Allow', Principal: { AWS: task.arn }, Action: ['sts:AssumeRole'] }],
        policies: { change: rights.changes(reach), never: agentNever(reach) },
        // IAM wants to see who is trusted.
        dependsOn: task.parts,
      });
    }
    return task;
  }

  private startRole(): LeastPrivilegeRole {
    const { names, settings } = this;
    return new LeastPrivilegeRole(this, 'start', {
      names,
      name: 'agent-start',
      description: "ECS, to start the agent's tasks",
      trust: [trustService('ecs-tasks.amazonaws.com', settings.accountId)],
      policies: {
        start: startRights({
          names,
          logGroup: names.logGroup(names.cluster, names.agentService),
          secretArns: Object.values(agentSecrets).map((secret) => this.told('data', `${secret}-arn`)),
          keyArn: this.told('data', 'key-arn'),
        }),
      },
    });
  }

  private door(): LbTargetGroup {
    const { names, settings } = this;
    const group = new LbTargetGroup(this, 'target', {
      name: `${names.prefix}-agent`,
      vpcId: this.told('network', 'vpc-id'),
      targetType: 'ip',
      port: agentPort,
      protocol: 'HTTP',
      // As long as a run gets to reach a safe point.
      deregistrationDelay: '30',
      healthCheck: { path: '/readyz', matcher: '200', interval: 10, timeout: 5, healthyThreshold: 2, unhealthyThreshold: 3 },
    });
    new LbListenerRule(this, 'rule', {
      listenerArn: this.told('platform', 'listener-arn'),
      priority: 10,
      condition: [{ hostHeader: { values: [settings.door.hostname] } }],
      action: [{ type: 'forward', targetGroupArn: group.arn }],
    });
    this.publish('target-suffix', group.arnSuffix);
    return group;
  }

  private scaling(service: string): void {
    const { names, settings } = this;
    const target = new AppautoscalingTarget(this, 'scaling', {
      serviceNamespace: 'ecs',
      resourceId: `service/${names.cluster}/${service}`,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: settings.agent.tasks.min,
      maxCapacity: settings.agent.tasks.max,
    });
    new AppautoscalingPolicy(this, 'scaling-cpu', {
      name: `${names.prefix}-agent-cpu`,
      policyType: 'TargetTrackingScaling',
      serviceNamespace: target.serviceNamespace,
      resourceId: target.resourceId,
      scalableDimension: target.scalableDimension,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        targetValue: 60,
        scaleInCooldown: 600,
        scaleOutCooldown: 60,
      },
    });
  }
}
