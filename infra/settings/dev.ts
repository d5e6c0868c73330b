/** The dev environment: small, switched off at night, with a shop to break. Account, host name and addresses are to be replaced by your own. */
import type { SettingsInput } from './schema.ts';

const account = '111122223333';
const images = `${account}.dkr.ecr.eu-central-1.amazonaws.com/kintsugi-dev`;
const inTask = { installDependencies: 'False' };
const onNetwork = { ...inTask, duration: 'PT3M', useEcsFaultInjectionEndpoints: 'true' };

export const dev = {
  name: 'dev',
  accountId: account,
  region: 'eu-central-1',
  repository: 'example/kintsugi',
  logDays: 14,
  network: {
    cidr: '10.20.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    egress: 'nat',
    flowLogDays: 7,
  },
  door: {
    hostname: 'kintsugi.dev.example.com',
    certificateArn: `arn:aws:acm:eu-central-1:${account}:certificate/00000000-0000-4000-8000-000000000000`,
    fromCidrs: ['203.0.113.0/24'],
    requestsPerFiveMinutes: 2000,
  },
  data: { instanceClass: 'db.t4g.micro', storageGb: 20, isMultiAz: false, backupDays: 1, isProtected: false, secretsVersion: 1 },
  audit: { lockMode: 'GOVERNANCE', retainDays: 30 },
  agent: {
    image: `${images}/agent:0.1.0`,
    size: { cpu: 512, memory: 1024 },
    tasks: { min: 1, max: 2 },
    settings: {
      policy: { autonomy: { default: 'auto' } },
      flags: {
        'stop-experiment': true,
        'roll-back-deployment': true,
        'stop-task': true,
        'force-new-deployment': true,
        'restart-tasks': true,
        'scale-service': true,
        'raise-task-memory': true,
        'stop-deployment': true,
      },
    },
  },
  watched: { clusters: ['shop-dev'], taskRoles: ['kintsugi-dev-shop-*'] },
  observability: {
    store: 'local',
    prometheusImage: `${images}/prometheus:3.5.0`,
    alertmanagerImage: `${images}/alertmanager:0.28.1`,
    grafanaImage: `${images}/grafana:13.1.0`,
    targetsImage: `${images}/targets:0.1.0`,
    size: { cpu: 512, memory: 2048 },
    alarmEmails: ['on-call@example.com'],
  },
  demo: {
    cluster: 'shop-dev',
    imageRepository: 'ghcr.io/open-telemetry/demo',
    version: '3.0.0',
    databaseImage: 'ghcr.io/open-telemetry/demo:3.0.0-astronomy-db',
    cacheImage: 'ghcr.io/valkey-io/valkey:9.0.4-alpine3.23',
    collectorImage: 'ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.157.0',
    flagdImage: 'ghcr.io/open-feature/flagd:v0.16.0',
  },
  chaos: {
    sidecarImage: `${images}/ssm-agent:0.1.0`,
    experiments: [
      {
        name: 'one-task-ends',
        actionId: 'aws:ecs:stop-task',
        service: 'cart',
        selection: 'COUNT(1)',
        hypothesis: 'ECS replaces the task; shoppers see no failure and the agent changes nothing',
      },
      {
        name: 'busy-tasks',
        actionId: 'aws:ecs:task-cpu-stress',
        service: 'recommendation',
        selection: 'COUNT(1)',
        parameters: { ...inTask, duration: 'PT5M', percent: '100' },
        hypothesis: 'One task becomes slow; the agent stops it, and its replacement is well',
      },
      {
        name: 'busy-disk',
        actionId: 'aws:ecs:task-io-stress',
        service: 'ad',
        selection: 'COUNT(1)',
        parameters: { ...inTask, duration: 'PT5M', percent: '80', workers: '1' },
        hypothesis: 'Nothing users feel: the service keeps little on disk, and the agent changes nothing',
      },
      {
        name: 'program-ends',
        actionId: 'aws:ecs:task-kill-process',
        service: 'payment',
        selection: 'COUNT(1)',
        parameters: { ...inTask, processName: 'node', signal: 'SIGKILL' },
        hypothesis: 'The essential container ends, ECS starts a replacement, and the agent changes nothing',
      },
      {
        name: 'slow-network',
        actionId: 'aws:ecs:task-network-latency',
        service: 'product-catalog',
        selection: 'ALL',
        parameters: { ...onNetwork, delayMilliseconds: '800', jitterMilliseconds: '50', sources: 'ALL' },
        hypothesis: 'Every task answers late; the agent replaces them, and the replacements are well',
      },
      {
        name: 'lossy-network',
        actionId: 'aws:ecs:task-network-packet-loss',
        service: 'shipping',
        selection: 'COUNT(1)',
        parameters: { ...onNetwork, lossPercent: '30', sources: 'ALL' },
        hypothesis: 'One task fails often; the agent stops it, and its replacement is well',
      },
      {
        name: 'closed-port',
        actionId: 'aws:ecs:task-network-blackhole-port',
        service: 'checkout',
        selection: 'ALL',
        parameters: { ...onNetwork, port: '50051', protocol: 'tcp', trafficType: 'egress' },
        hypothesis: 'Nobody can pay; the agent replaces the tasks, and the replacements reach payment again',
      },
    ],
  },
  night: { timezone: 'Europe/Berlin', stopsAt: '20:00', startsAt: '07:00' },
  budget: { monthlyUsd: 400, emails: ['costs@example.com'] },
} satisfies SettingsInput;
