/** The prod environment: two of everything, nothing on purpose broken, and no change without a person until you raise the autonomy. */
import type { SettingsInput } from './schema.ts';

const account = '444455556666';
const images = `${account}.dkr.ecr.eu-central-1.amazonaws.com/kintsugi-prod`;

export const prod = {
  name: 'prod',
  accountId: account,
  region: 'eu-central-1',
  repository: 'example/kintsugi',
  logDays: 90,
  network: {
    cidr: '10.30.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    egress: 'endpoints',
    flowLogDays: 90,
  },
  door: {
    hostname: 'kintsugi.example.com',
    certificateArn: `arn:aws:acm:eu-central-1:${account}:certificate/00000000-0000-4000-8000-000000000000`,
    fromCidrs: ['203.0.113.0/24'],
    requestsPerFiveMinutes: 2000,
  },
  data: { instanceClass: 'db.t4g.medium', storageGb: 50, isMultiAz: true, backupDays: 14, isProtected: true, secretsVersion: 1 },
  audit: { lockMode: 'COMPLIANCE', retainDays: 365 },
  agent: {
    // The digest that was tried in dev.
    image: `${images}/agent:0.1.0@sha256:0000000000000000000000000000000000000000000000000000000000000000`,
    size: { cpu: 1024, memory: 2048 },
    tasks: { min: 2, max: 4 },
    settings: {
      policy: { autonomy: { default: 'approve' } },
      flags: {
        'roll-back-deployment': true,
        'stop-task': true,
        'force-new-deployment': true,
        'scale-service': true,
      },
    },
  },
  watched: { clusters: ['shop'], taskRoles: ['shop-*'] },
  observability: {
    store: 'managed',
    prometheusImage: `${images}/prometheus:3.5.0`,
    alertmanagerImage: `${images}/alertmanager:0.28.1`,
    grafanaImage: `${images}/grafana:13.1.0`,
    targetsImage: `${images}/targets:0.1.0`,
    size: { cpu: 1024, memory: 4096 },
    alarmEmails: ['on-call@example.com'],
  },
  budget: { monthlyUsd: 900, emails: ['costs@example.com'] },
} satisfies SettingsInput;
