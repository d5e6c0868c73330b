/** Prometheus, Alertmanager and Grafana beside the agent, and the alarms of CloudWatch that still speak when those are silent. */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { GrafanaWorkspace } from '@cdktf/provider-aws/lib/grafana-workspace/index.js';
import { LbListenerRule } from '@cdktf/provider-aws/lib/lb-listener-rule/index.js';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group/index.js';
import { PrometheusWorkspace } from '@cdktf/provider-aws/lib/prometheus-workspace/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { agentPort } from '../access/agent-environment.ts';
import { startRights } from '../access/start-role.ts';
import { allow, policy, type Statement, trustService } from '../access/statement.ts';
import { alarmsOf, dashboardOf } from '../alarms.ts';
import { environmentOf, FargateService, hardened } from '../constructs/fargate-service.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

interface Watcher {
  name: string;
  container: ContainerDefinition & { name: string };
  port: number;
  volumes: readonly string[];
  /** Names of secrets it is handed. */
  secrets: readonly string[];
  rights: readonly Statement[];
  sidecars?: readonly ContainerDefinition[];
}

export class ObservabilityStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'observability', settings);
    this.alarms(this.topic());
    const workspace = settings.observability.store === 'managed' ? this.managed() : undefined;
    this.watcher(this.prometheus(workspace));
    this.watcher(this.alertmanager());
    const grafana = this.watcher(this.grafana());
    new LbListenerRule(this, 'grafana-rule', {
      listenerArn: this.told('platform', 'listener-arn'),
      priority: 20,
      condition: [{ hostHeader: { values: [`grafana.${settings.door.hostname}`] } }],
      action: [{ type: 'forward', targetGroupArn: grafana.arn }],
    });
  }

  /** Configuration comes with the image and is copied to where it can be completed; what is secret or only known here is added. */
  private start(from: string, to: string, additions: readonly string[], program: string): string[] {
    return ['-ec', [`cp -R ${from}/. ${to}/`, ...additions, `exec ${program}`].join('\n')];
  }

  private prometheus(workspace: PrometheusWorkspace | undefined): Watcher {
    const { names, settings } = this;
    const home = '/run/prometheus';
    const target = (job: string, address: string) =>
      `mkdir -p ${home}/targets/${job} && echo '[{"targets":["${address}"]}]' > ${home}/targets/${job}/known.json`;
    const remote = workspace
      ? [
          `printf 'remote_write:\\n  - url: %s\\n    sigv4:\\n      region: ${settings.region}\\n' "$REMOTE_WRITE_URL" >> ${home}/prometheus.yml`,
        ]
      : [];
    const mounts = [{ sourceVolume: 'prometheus', containerPath: home }];
    return {
      name: 'prometheus',
      port: 9090,
      volumes: ['prometheus', 'series'],
      secrets: [],
      rights: [
        ...settings.watched.clusters.flatMap((cluster, at) => [
          allow(`List${at}`, ['ecs:ListTasks', 'ecs:ListServices'], ['*'], {
            Condition: { ArnEquals: { 'ecs:cluster': names.arn('ecs', `cluster/${cluster}`) } },
          }),
          allow(`Read${at}`, ['ecs:DescribeTasks'], [names.arn('ecs', `task/${cluster}/*`)]),
        ]),
        ...(workspace ? [allow('Write', ['aps:RemoteWrite'], [workspace.arn])] : []),
      ],
      container: {
        ...hardened,
        name: 'prometheus',
        image: settings.observability.prometheusImage,
        entryPoint: ['sh'],
        command: this.start(
          '/etc/prometheus',
          home,
          [
            target('alertmanager', 'alertmanager.internal:9093'),
            target('kintsugi', `${names.agentService}.internal:${agentPort}`),
            ...remote,
          ],
          `prometheus --config.file=${home}/prometheus.yml --storage.tsdb.path=/series --storage.tsdb.retention.time=15d`,
        ),
        ...(workspace ? { environment: environmentOf({ REMOTE_WRITE_URL: `${workspace.prometheusEndpoint}api/v1/remote_write` }) } : {}),
        portMappings: [{ containerPort: 9090, protocol: 'tcp' }],
        mountPoints: [...mounts, { sourceVolume: 'series', containerPath: '/series' }],
        healthCheck: {
          command: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:9090/-/ready'],
          interval: 10,
          retries: 3,
          startPeriod: 60,
        },
      },
      // Which tasks there are, as files Prometheus reads: it knows no ECS.
      sidecars: [
        {
          ...hardened,
          name: 'targets',
          image: settings.observability.targetsImage,
          environment: environmentOf({
            AWS_REGION: settings.region,
            CLUSTERS: settings.watched.clusters.join(','),
            TARGETS_FOLDER: `${home}/targets/ecs`,
          }),
          mountPoints: mounts,
        },
      ],
    };
  }

  private alertmanager(): Watcher {
    const home = '/run/alertmanager';
    return {
      name: 'alertmanager',
      port: 9093,
      volumes: ['alertmanager', 'silences'],
      secrets: ['webhook-token'],
      rights: [],
      container: {
        ...hardened,
        name: 'alertmanager',
        image: this.settings.observability.alertmanagerImage,
        entryPoint: ['sh'],
        command: this.start(
          '/etc/alertmanager',
          home,
          [`(umask 077 && printf %s "$WEBHOOK_TOKEN" > ${home}/kintsugi-webhook-token)`, 'unset WEBHOOK_TOKEN'],
          `alertmanager --config.file=${home}/alertmanager.yml --storage.path=/silences --cluster.listen-address=`,
        ),
        secrets: [{ name: 'WEBHOOK_TOKEN', valueFrom: this.told('data', 'webhook-token-arn') }],
        portMappings: [{ containerPort: 9093, protocol: 'tcp' }],
        mountPoints: [
          { sourceVolume: 'alertmanager', containerPath: home },
          { sourceVolume: 'silences', containerPath: '/silences' },
        ],
        healthCheck: {
          command: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:9093/-/ready'],
          interval: 10,
          retries: 3,
          startPeriod: 30,
        },
      },
    };
  }

  private grafana(): Watcher {
    const { settings } = this;
    return {
      name: 'grafana',
      port: 3000,
      volumes: ['grafana', 'tmp'],
      secrets: ['grafana-password'],
      rights: [],
      container: {
        ...hardened,
        name: 'grafana',
        image: settings.observability.grafanaImage,
        environment: environmentOf({
          GF_SERVER_ROOT_URL: `https://grafana.${settings.door.hostname}`,
          GF_AUTH_ANONYMOUS_ENABLED: 'false',
          GF_USERS_ALLOW_SIGN_UP: 'false',
          GF_SECURITY_COOKIE_SECURE: 'true',
          GF_ANALYTICS_REPORTING_ENABLED: 'false',
        }),
        secrets: [{ name: 'GF_SECURITY_ADMIN_PASSWORD', valueFrom: this.told('data', 'grafana-password-arn') }],
        portMappings: [{ containerPort: 3000, protocol: 'tcp' }],
        mountPoints: [
          { sourceVolume: 'grafana', containerPath: '/var/lib/grafana' },
          { sourceVolume: 'tmp', containerPath: '/tmp' },
        ],
        healthCheck: {
          command: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:3000/api/health'],
          interval: 10,
          retries: 3,
          startPeriod: 60,
        },
      },
    };
  }

  private watcher({ name, container, port, volumes, secrets, rights, sidecars = [] }: Watcher): LbTargetGroup {
    const { names, settings } = this;
    const trust = [trustService('ecs-tasks.amazonaws.com', settings.accountId)];
    const task = new LeastPrivilegeRole(this, `${name}-task`, {
      names,
      name,
      description: `${name} itself`,
      trust,
      policies: { task: rights },
    });
    const start = new LeastPrivilegeRole(this, `${name}-start`, {
      names,
      name: `${name}-start`,
      description: `ECS, to start ${name}`,
      trust,
      policies: {
        start: startRights({
          names,
          logGroup: names.logGroup(names.cluster, name),
          secretArns: secrets.map((secret) => this.told('data', `${secret}-arn`)),
          ...(secrets.length > 0 ? { keyArn: this.told('data', 'key-arn') } : {}),
        }),
      },
    });
    const group = name === 'grafana' ? this.door(port) : undefined;
    new FargateService(this, name, {
      place: {
        names,
        region: settings.region,
        cluster: names.cluster,
        subnetIds: Fn.split(',', this.told('network', 'private-subnet-ids')),
        securityGroupIds: [this.told('platform', 'tasks-group-id')],
        logDays: settings.logDays,
        namespaceId: this.told('platform', 'namespace-id'),
      },
      name,
      size: settings.observability.size,
      count: 1,
      taskRoleArn: task.arn,
      startRoleArn: start.arn,
      volumes,
      containers: [container, ...sidecars],
      ...(group ? { target: { groupArn: group.arn, container: container.name, port } } : {}),
    });
    return group as LbTargetGroup;
  }

  private door(port: number): LbTargetGroup {
    return new LbTargetGroup(this, 'grafana-target', {
      name: `${this.names.prefix}-grafana`,
      vpcId: this.told('network', 'vpc-id'),
      targetType: 'ip',
      port,
      protocol: 'HTTP',
      deregistrationDelay: '30',
      healthCheck: { path: '/api/health', matcher: '200', interval: 10, timeout: 5, healthyThreshold: 2, unhealthyThreshold: 3 },
    });
  }

  /** Prometheus on ECS goes on to scrape and to alert: the managed one knows no webhook. It keeps what is to be kept long. */
  private managed(): PrometheusWorkspace {
    const { names, settings } = this;
    const workspace = new PrometheusWorkspace(this, 'series', { alias: names.prefix, kmsKeyArn: this.told('data', 'key-arn') });
    const role = new LeastPrivilegeRole(this, 'managed-grafana-role', {
      names,
      name: 'managed-grafana',
      description: 'Managed Grafana reads Managed Prometheus',
      trust: [trustService('grafana.amazonaws.com', settings.accountId)],
      policies: {
        read: [allow('Query', ['aps:GetLabels', 'aps:GetMetricMetadata', 'aps:GetSeries', 'aps:QueryMetrics'], [workspace.arn])],
      },
    });
    new GrafanaWorkspace(this, 'managed-grafana', {
      name: names.prefix,
      accountAccessType: 'CURRENT_ACCOUNT',
      authenticationProviders: ['AWS_SSO'],
      permissionType: 'SERVICE_MANAGED',
      roleArn: role.arn,
      dataSources: ['PROMETHEUS', 'CLOUDWATCH'],
    });
    return workspace;
  }

  private topic(): SnsTopic {
    const { names, settings } = this;
    const topic = new SnsTopic(this, 'alarms', { name: `${names.prefix}-alarms`, kmsMasterKeyId: this.told('data', 'key-arn') });
    new SnsTopicPolicy(this, 'alarms-policy', {
      arn: topic.arn,
      policy: policy([
        {
          Sid: 'Alarms',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: ['sns:Publish'],
          Resource: [names.arn('sns', `${names.prefix}-alarms`)],
          Condition: { StringEquals: { 'aws:SourceAccount': settings.accountId } },
        },
      ]),
    });
    for (const [at, endpoint] of settings.observability.alarmEmails.entries()) {
      new SnsTopicSubscription(this, `alarms-to-${at}`, { topicArn: topic.arn, protocol: 'email', endpoint });
    }
    this.publish('alarms-topic-arn', topic.arn);
    return topic;
  }

  private alarms(topic: SnsTopic): void {
    const reach = {
      names: this.names,
      balancer: this.told('platform', 'balancer-suffix'),
      agentTarget: this.told('agent', 'target-suffix'),
    };
    for (const { id, ...alarm } of alarmsOf(reach)) {
      new CloudwatchMetricAlarm(this, `alarm-${id}`, {
        alarmName: `${this.names.prefix}-${id}`,
        alarmActions: [topic.arn],
        okActions: [topic.arn],
        ...alarm,
      });
    }
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: this.names.prefix,
      dashboardBody: dashboardOf(reach, this.settings.region),
    });
  }
}
