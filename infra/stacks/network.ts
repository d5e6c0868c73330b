/** A network of our own: public subnets for the load balancer only, private ones for all else, and a record of who spoke to whom. */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group/index.js';
import { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log/index.js';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway/index.js';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway/index.js';
import { Route } from '@cdktf/provider-aws/lib/route/index.js';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table/index.js';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { Subnet } from '@cdktf/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { allow, trustService } from '../access/statement.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import { planSubnets } from '../constructs/subnets.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

const everywhere = '0.0.0.0/0';

/** What tasks and the agent call, where there is no other way out. */
const endpointServices = [
  'application-autoscaling',
  'bedrock-runtime',
  'ec2messages',
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'elasticloadbalancing',
  'kms',
  'logs',
  'monitoring',
  'secretsmanager',
  'ssm',
  'ssmmessages',
  'sts',
] as const;

export class NetworkStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'network', settings);
    const { cidr, availabilityZones, egress } = settings.network;
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: this.names.prefix },
    });
    // Whatever forgets to name a security group reaches nothing and is reached by nothing.
    new DefaultSecurityGroup(this, 'default', { vpcId: vpc.id });
    const internet = new InternetGateway(this, 'internet', { vpcId: vpc.id });
    const outside = new RouteTable(this, 'outside', { vpcId: vpc.id });
    new Route(this, 'outside-internet', { routeTableId: outside.id, destinationCidrBlock: everywhere, gatewayId: internet.id });
    const inside = new RouteTable(this, 'inside', { vpcId: vpc.id });
    const subnets = planSubnets(cidr, availabilityZones).map(({ zone, publicCidr, privateCidr }) => ({
      public: this.subnet(vpc, `public-${zone}`, zone, publicCidr, outside),
      private: this.subnet(vpc, `private-${zone}`, zone, privateCidr, inside),
    }));
    const privateIds = subnets.map((pair) => pair.private.id);
    const [first] = subnets;
    if (egress === 'nat' && first) this.nat(first.public, inside, internet);
    if (egress === 'endpoints') this.endpoints(vpc, privateIds);
    // Images and logs of S3 cost nothing on the way through it.
    new VpcEndpoint(this, 's3', {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${settings.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [inside.id],
    });
    this.recordFlows(vpc);
    this.publish('vpc-id', vpc.id);
    this.publish(
      'public-subnet-ids',
      Fn.join(
        ',',
        subnets.map((pair) => pair.public.id),
      ),
    );
    this.publish('private-subnet-ids', Fn.join(',', privateIds));
  }

  private subnet(vpc: Vpc, name: string, availabilityZone: string, cidrBlock: string, routes: RouteTable): Subnet {
    const subnet = new Subnet(this, name, {
      vpcId: vpc.id,
      availabilityZone,
      cidrBlock,
      mapPublicIpOnLaunch: false,
      tags: { Name: `${this.names.prefix}-${name}` },
    });
    new RouteTableAssociation(this, `${name}-routes`, { subnetId: subnet.id, routeTableId: routes.id });
    return subnet;
  }

  private nat(subnet: Subnet, inside: RouteTable, internet: InternetGateway): void {
    const address = new Eip(this, 'nat-address', { domain: 'vpc', dependsOn: [internet] });
    const nat = new NatGateway(this, 'nat', { allocationId: address.id, subnetId: subnet.id, dependsOn: [internet] });
    new Route(this, 'inside-nat', { routeTableId: inside.id, destinationCidrBlock: everywhere, natGatewayId: nat.id });
  }

  private endpoints(vpc: Vpc, subnetIds: string[]): void {
    const { settings } = this;
    const group = new SecurityGroup(this, 'endpoints', {
      name: `${this.names.prefix}-endpoints`,
      description: 'AWS services, from inside the network',
      vpcId: vpc.id,
    });
    new VpcSecurityGroupIngressRule(this, 'endpoints-tls', {
      securityGroupId: group.id,
      description: 'TLS from the network',
      cidrIpv4: settings.network.cidr,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    });
    const managed = settings.observability.store === 'managed' ? ['aps-workspaces'] : [];
    for (const service of [...endpointServices, ...managed]) {
      new VpcEndpoint(this, `endpoint-${service}`, {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${settings.region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds,
        securityGroupIds: [group.id],
      });
    }
  }

  private recordFlows(vpc: Vpc): void {
    const { names, settings } = this;
    const logs = new CloudwatchLogGroup(this, 'flows', { name: `/${names.prefix}/flows`, retentionInDays: settings.network.flowLogDays });
    const group = names.arn('logs', `log-group:/${names.prefix}/flows`);
    const role = new LeastPrivilegeRole(this, 'flows-role', {
      names,
      name: 'flows',
      description: 'Writes down who spoke to whom in the network',
      trust: [trustService('vpc-flow-logs.amazonaws.com', settings.accountId)],
      policies: {
        write: [allow('Write', ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], [group, `${group}:*`])],
      },
    });
    new FlowLog(this, 'flow-log', {
      vpcId: vpc.id,
      trafficType: 'ALL',
      iamRoleArn: role.arn,
      logDestination: logs.arn,
      dependsOn: role.parts,
    });
  }
}
