/** What the agent and its watchers stand on: a cluster, names for tasks, and the one door from outside, with TLS and a filter before it. */
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster/index.js';
import { Lb } from '@cdktf/provider-aws/lib/lb/index.js';
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { ServiceDiscoveryPrivateDnsNamespace } from '@cdktf/provider-aws/lib/service-discovery-private-dns-namespace/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { agentPort } from '../access/agent-environment.ts';
import { WebFilter } from '../constructs/web-filter.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class PlatformStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'platform', settings);
    const { names } = this;
    new EcsCluster(this, 'cluster', {
      name: names.cluster,
      setting: [{ name: 'containerInsights', value: 'enabled' }],
      configuration: { executeCommandConfiguration: { logging: 'NONE' } },
    });
    const namespace = new ServiceDiscoveryPrivateDnsNamespace(this, 'namespace', {
      name: 'internal',
      description: 'Tasks by the name of their service',
      vpc: this.told('network', 'vpc-id'),
    });
    const tasks = this.taskGroup();
    const balancer = this.balancer(tasks);
    new WebFilter(this, 'filter', {
      name: names.prefix,
      balancerArn: balancer.arn,
      requestsPerFiveMinutes: settings.door.requestsPerFiveMinutes,
    });
    this.publish('namespace-id', namespace.id);
    this.publish('tasks-group-id', tasks.id);
  }

  /** The tasks of this cluster speak to each other, and out. */
  private taskGroup(): SecurityGroup {
    const group = new SecurityGroup(this, 'tasks', {
      name: `${this.names.prefix}-tasks`,
      description: 'Agent and watchers',
      vpcId: this.told('network', 'vpc-id'),
    });
    new VpcSecurityGroupIngressRule(this, 'tasks-each-other', {
      securityGroupId: group.id,
      description: 'Agent, Prometheus, Alertmanager and Grafana among themselves',
      referencedSecurityGroupId: group.id,
      ipProtocol: 'tcp',
      fromPort: 1024,
      toPort: 65_535,
    });
    new VpcSecurityGroupEgressRule(this, 'tasks-out', {
      securityGroupId: group.id,
      description: 'AWS, GitHub, Slack, models',
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: '-1',
    });
    return group;
  }

  private balancer(tasks: SecurityGroup): Lb {
    const { names, settings } = this;
    const group = new SecurityGroup(this, 'door', {
      name: `${names.prefix}-door`,
      description: 'The load balancer',
      vpcId: this.told('network', 'vpc-id'),
    });
    for (const cidr of settings.door.fromCidrs) {
      for (const port of [80, 443]) {
        new VpcSecurityGroupIngressRule(this, `door-${port}-${cidr.replaceAll(/[./]/g, '-')}`, {
          securityGroupId: group.id,
          description: `Port ${port} from ${cidr}`,
          cidrIpv4: cidr,
          ipProtocol: 'tcp',
          fromPort: port,
          toPort: port,
        });
      }
    }
    for (const [what, port] of Object.entries({ agent: agentPort, grafana: 3000 })) {
      const between = { ipProtocol: 'tcp', fromPort: port, toPort: port, description: `To ${what}` };
      new VpcSecurityGroupEgressRule(this, `door-to-${what}`, {
        ...between,
        securityGroupId: group.id,
        referencedSecurityGroupId: tasks.id,
      });
      new VpcSecurityGroupIngressRule(this, `${what}-from-door`, {
        ...between,
        description: `${what} from the load balancer`,
        securityGroupId: tasks.id,
        referencedSecurityGroupId: group.id,
      });
    }
    const balancer = new Lb(this, 'balancer', {
      name: names.prefix,
      loadBalancerType: 'application',
      internal: false,
      subnets: Fn.split(',', this.told('network', 'public-subnet-ids')),
      securityGroups: [group.id],
      dropInvalidHeaderFields: true,
      enableDeletionProtection: settings.data.isProtected,
      idleTimeout: 60,
    });
    new LbListener(this, 'plain', {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [{ type: 'redirect', redirect: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } }],
    });
    const tls = new LbListener(this, 'tls', {
      loadBalancerArn: balancer.arn,
      port: 443,
      protocol: 'HTTPS',
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificateArn: settings.door.certificateArn,
      // Who asks for nothing that is here learns nothing.
      defaultAction: [{ type: 'fixed-response', fixedResponse: { contentType: 'text/plain', statusCode: '404', messageBody: 'not here' } }],
    });
    this.publish('listener-arn', tls.arn);
    this.publish('balancer-suffix', balancer.arnSuffix);
    return balancer;
  }
}
