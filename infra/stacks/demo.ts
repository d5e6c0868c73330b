/** A shop for the agent to look after: part of the OpenTelemetry Astronomy Shop, its faults in a flag document on S3, behind a balancer inside the network. */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster/index.js';
import { Lb } from '@cdktf/provider-aws/lib/lb/index.js';
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener/index.js';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group/index.js';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { ServiceDiscoveryPrivateDnsNamespace } from '@cdktf/provider-aws/lib/service-discovery-private-dns-namespace/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { sidecarRights } from '../access/chaos-rights.ts';
import { startRights } from '../access/start-role.ts';
import { allow, type Statement, trustService } from '../access/statement.ts';
import { environmentOf, FargateService, type ServicePlace } from '../constructs/fargate-service.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { type DemoService, demoFlags, demoNamespace, demoServices } from '../demo-shop.ts';
import { allowed, chaosTag } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface DemoSettings extends Settings {
  demo: NonNullable<Settings['demo']>;
}

const flagsKey = 'flagd/shop.json';
const metricsPort = 9464;

export class DemoStack extends EnvironmentStack {
  private readonly demo: DemoSettings['demo'];
  private readonly flagsBucket: string;

  constructor(scope: Construct, settings: DemoSettings) {
    super(scope, 'demo', settings);
    const { names } = this;
    this.demo = settings.demo;
    this.flagsBucket = `${names.prefix}-flags-${settings.accountId}`;
    const vpc = this.told('network', 'vpc-id');
    new EcsCluster(this, 'cluster', {
      name: this.demo.cluster,
      setting: [{ name: 'containerInsights', value: 'enabled' }],
      tags: settings.chaos ? { [chaosTag]: allowed } : {},
    });
    const namespace = new ServiceDiscoveryPrivateDnsNamespace(this, 'namespace', {
      name: demoNamespace,
      description: "The shop's tasks by the name of their service",
      vpc,
    });
    const groups = this.groups(vpc);
    const { balancer, target } = this.balancer(vpc, groups.balancer);
    this.flags();
    const place: ServicePlace = {
      names,
      region: settings.region,
      cluster: this.demo.cluster,
      subnetIds: Fn.split(',', this.told('network', 'private-subnet-ids')),
      securityGroupIds: [groups.tasks.id],
      logDays: settings.logDays,
      namespaceId: namespace.id,
    };
    const roles = this.roles();
    for (const one of demoServices) {
      const container = this.container(one, balancer.dnsName);
      const isBroken = one.isPatient && settings.chaos !== undefined;
      new FargateService(this, one.name, {
        place,
        name: one.name,
        familyPrefix: this.demo.cluster,
        size: one.size,
        count: one.count,
        startRoleArn: roles.start.arn,
        taskRoleArn: one.name === 'flagd' ? roles.flagd.arn : roles.task.arn,
        containers: [container, ...(isBroken ? [this.sidecar()] : [])],
        isHealed: one.isPatient,
        isBroken,
        ...(one.name === 'otel-collector' ? { metricsPort } : {}),
        ...(one.name === 'frontend-proxy' ? { target: { groupArn: target.arn, container: container.name, port: one.port } } : {}),
      });
    }
  }

  private container(one: DemoService, balancer: string): ContainerDefinition & { name: string } {
    const { imageRepository, version } = this.demo;
    const own = `${imageRepository}:${version}-${one.name}`;
    const environment: Record<string, string> = {
      OTEL_EXPORTER_OTLP_ENDPOINT: '{otel-collector}:4317',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
      OTEL_COLLECTOR_HOST: '{otel-collector}',
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=${this.demo.cluster},service.version=${version}`,
      ...one.environment,
      ...(one.name === 'load-generator' ? { K6_TARGET_URL: `http://${balancer}` } : {}),
    };
    environment.OTEL_EXPORTER_OTLP_ENDPOINT = `http://${environment.OTEL_EXPORTER_OTLP_ENDPOINT}`;
    const hosts = Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\{([a-z-]+)\}/g, `$1.${demoNamespace}`)]);
    const command = one.name === 'flagd' ? this.flagdCommand() : one.command;
    return {
      name: one.name,
      image: one.image ? this.demo[one.image] : own,
      essential: true,
      privileged: false,
      linuxParameters: { initProcessEnabled: true },
      portMappings: [{ containerPort: one.port, protocol: 'tcp' }],
      environment: environmentOf(Object.fromEntries(hosts)),
      ...(command ? { command: [...command] } : {}),
    };
  }

  private flagdCommand(): string[] {
    const source = { uri: `s3://${this.flagsBucket}/${flagsKey}`, provider: 's3', interval: 5 };
    return ['start', '--sources', JSON.stringify([source])];
  }

  /** Registers the task with SSM so that experiments reach into it; a fault in it must not end the task. */
  private sidecar(): ContainerDefinition {
    const { chaos } = this.settings;
    return {
      name: 'ssm-agent',
      image: chaos?.sidecarImage ?? '',
      essential: false,
      environment: environmentOf({ MANAGED_INSTANCE_ROLE_NAME: this.names.role('managed-instance') }),
    };
  }

  private roles(): { start: LeastPrivilegeRole; task: LeastPrivilegeRole; flagd: LeastPrivilegeRole } {
    const { names, settings, demo } = this;
    const trust = [trustService('ecs-tasks.amazonaws.com', settings.accountId)];
    const role = (name: string, description: string, policies: Record<string, Statement[]>) =>
      new LeastPrivilegeRole(this, `role-${name}`, { names, name: `shop-${name}`, description, trust, policies });
    return {
      start: role('start', "ECS, to start the shop's tasks", { start: startRights({ names, logGroup: `/ecs/${demo.cluster}/*` }) }),
      task: role('task', 'The tasks of the shop', { sidecar: settings.chaos ? sidecarRights(names) : [] }),
      flagd: role('flagd', 'Reads the flags', {
        flags: [
          allow('Flags', ['s3:GetObject'], [`${names.bucketArn(this.flagsBucket)}/${flagsKey}`]),
          allow('Key', ['kms:Decrypt'], [this.told('data', 'key-arn')]),
        ],
      }),
    };
  }

  private flags(): void {
    const bucket = new PrivateBucket(this, 'flags', { name: this.flagsBucket, keyArn: this.told('data', 'key-arn'), oldVersionDays: 30 });
    new S3Object(this, 'flags-document', {
      bucket: bucket.name,
      key: flagsKey,
      content: JSON.stringify(demoFlags, null, 2),
      contentType: 'application/json',
      // Afterwards it belongs to whoever switches flags.
      lifecycle: { ignoreChanges: ['content', 'content_type'] },
      dependsOn: bucket.parts,
    });
    this.publish('flags-bucket', this.flagsBucket);
  }

  private groups(vpcId: string): { tasks: SecurityGroup; balancer: SecurityGroup } {
    const group = (name: string, description: string) =>
      new SecurityGroup(this, `group-${name}`, { name: `${this.demo.cluster}-${name}`, description, vpcId });
    const tasks = group('tasks', 'The tasks of the shop');
    const balancer = group('balancer', 'The balancer of the shop, inside the network');
    const from = (id: string, what: string, to: SecurityGroup, source: string, ports: readonly [number, number]) =>
      new VpcSecurityGroupIngressRule(this, id, {
        securityGroupId: to.id,
        description: what,
        referencedSecurityGroupId: source,
        ipProtocol: 'tcp',
        fromPort: ports[0],
        toPort: ports[1],
      });
    from('in-tasks', 'Among themselves', tasks, tasks.id, [1024, 65_535]);
    from('in-balancer', 'From the balancer', tasks, balancer.id, [8080, 8080]);
    from('in-prometheus', 'Prometheus reads the collector', tasks, this.told('platform', 'tasks-group-id'), [metricsPort, metricsPort]);
    from('in-shoppers', 'Shoppers', balancer, tasks.id, [80, 80]);
    new VpcSecurityGroupEgressRule(this, 'out-tasks', {
      securityGroupId: tasks.id,
      description: 'Images and AWS',
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: '-1',
    });
    new VpcSecurityGroupEgressRule(this, 'out-balancer', {
      securityGroupId: balancer.id,
      description: 'To the shop',
      referencedSecurityGroupId: tasks.id,
      ipProtocol: 'tcp',
      fromPort: 8080,
      toPort: 8080,
    });
    return { tasks, balancer };
  }

  private balancer(vpcId: string, group: SecurityGroup): { balancer: Lb; target: LbTargetGroup } {
    const balancer = new Lb(this, 'balancer', {
      name: this.demo.cluster,
      loadBalancerType: 'application',
      internal: true,
      subnets: Fn.split(',', this.told('network', 'private-subnet-ids')),
      securityGroups: [group.id],
      dropInvalidHeaderFields: true,
    });
    const target = new LbTargetGroup(this, 'target', {
      name: this.demo.cluster,
      vpcId,
      targetType: 'ip',
      port: 8080,
      protocol: 'HTTP',
      deregistrationDelay: '30',
      healthCheck: { path: '/', matcher: '200-399', interval: 10, timeout: 5, healthyThreshold: 2, unhealthyThreshold: 3 },
    });
    new LbListener(this, 'listener', {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [{ type: 'forward', targetGroupArn: target.arn }],
    });
    this.publish('balancer-suffix', balancer.arnSuffix);
    return { balancer, target };
  }
}
