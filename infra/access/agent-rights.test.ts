import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { brokenRules } from '../rules/index.ts';
import { rolesOf } from '../rules/rights.ts';
import { dev } from '../settings/dev.ts';
import { checkSettings } from '../settings/settings.ts';
import { type Environment, synthesise } from '../synthesise.ts';
import { actionRights } from './agent-actions.ts';
import { type Decision, simulator } from './simulator.ts';

const account = dev.accountId;
const arn = (service: string, resource: string) => `arn:aws:${service}:${dev.region}:${account}:${resource}`;
const healed = { 'aws:ResourceTag/kintsugi:heal': 'allowed' };
const inShop = { 'ecs:cluster': arn('ecs', 'cluster/shop-dev') };
const toTasks = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };

/** Every action on, with a flag of each kind and a runbook. */
const everything = checkSettings({
  ...dev,
  agent: {
    ...dev.agent,
    bedrockModels: ['eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
    settings: {
      ...dev.agent.settings,
      flags: Object.fromEntries(Object.keys(actionRights).map((id) => [id, true])),
      action: {
        'set-flag': {
          flags: [
            {
              name: 'gift-wrap-off',
              flag: 'giftWrap',
              value: false,
              causes: ['dependency-fault'],
              services: ['shop-dev/checkout'],
              at: {
                kind: 'appconfig',
                application: 'abc1234',
                environment: 'def1234',
                profile: 'ghi1234',
                strategy: 'AppConfig.AllAtOnce',
              },
            },
            {
              name: 'leak-off',
              flag: 'emailMemoryLeak',
              value: 'off',
              causes: ['out-of-memory'],
              services: ['shop-dev/email'],
              at: { kind: 's3', bucket: 'shop-flags', key: 'flagd/shop.json' },
            },
          ],
        },
        'run-runbook': {
          runbooks: [
            {
              name: 'flush-cache',
              document: 'Shop-FlushCache',
              version: '3',
              parameters: { Cluster: ['{cluster}'], AutomationAssumeRole: [`arn:aws:iam::${account}:role/shop-flush`] },
              causes: ['all-tasks-degraded'],
              services: ['shop-dev/checkout'],
            },
          ],
        },
      },
    },
  },
});

let environment: Environment;
let decide: (action: string, resource: string, context?: Record<string, string>) => Promise<Decision>;
beforeAll(() => {
  environment = synthesise(everything);
  decide = simulator(environment, 'kintsugi-dev-agent');
});

const service = (name: string) => arn('ecs', `service/${name}`);
const task = (name: string) => arn('ecs', `task/${name}`);
const appConfig = (resource: string) => arn('appconfig', `application/abc1234${resource}`);

describe("the agent's rights", () => {
  it('break no rule with every action switched on', () => {
    expect(brokenRules(environment)).toEqual([]);
  });

  it.each<[string, string, Record<string, string>?]>([
    ['ecs:DescribeServices', service('shop-dev/cart')],
    ['ecs:ListServiceDeployments', service('shop-dev/cart')],
    ['ecs:DescribeServiceDeployments', arn('ecs', 'service-deployment/shop-dev/cart/abc')],
    ['ecs:DescribeServiceRevisions', arn('ecs', 'service-revision/shop-dev/cart/123')],
    ['ecs:ListTasks', '*', inShop],
    ['ecs:ListServices', '*', inShop],
    ['ecs:DescribeTasks', task('shop-dev/abc')],
    ['ecs:DescribeTasks', task('kintsugi-dev/abc')],
    ['ecs:DescribeTaskDefinition', '*'],
    ['ecs:ListTaskDefinitions', '*'],
    ['ecr:DescribeImages', arn('ecr', 'repository/shop/cart')],
    ['ecr:BatchGetImage', arn('ecr', 'repository/shop/cart')],
    ['logs:FilterLogEvents', arn('logs', 'log-group:/ecs/shop-dev/cart')],
    ['logs:GetQueryResults', arn('logs', 'log-group:/ecs/shop-dev/cart')],
    ['logs:StopQuery', '*'],
    ['logs:StartQuery', arn('logs', 'log-group:/ecs/shop-dev/cart')],
    ['cloudwatch:GetMetricData', '*'],
    ['elasticloadbalancing:DescribeTargetHealth', '*'],
    ['application-autoscaling:DescribeScheduledActions', '*'],
    ['s3:PutObject', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1-abc'],
    ['s3:PutObjectRetention', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1-abc'],
    ['s3:GetObjectVersion', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/rows/1-2-abc.jsonl'],
    ['s3:ListBucketVersions', 'arn:aws:s3:::kintsugi-dev-audit-111122223333', { 's3:prefix': 'kintsugi/heads/' }],
    ['s3:GetBucketObjectLockConfiguration', 'arn:aws:s3:::kintsugi-dev-audit-111122223333'],
    ['iam:SimulatePrincipalPolicy', `arn:aws:iam::${account}:role/kintsugi-dev-agent`],
    ['bedrock:InvokeModel', 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['bedrock:InvokeModel', arn('bedrock', 'inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0')],
    ['ecs:UpdateService', service('shop-dev/cart'), healed],
    ['ecs:StopTask', task('shop-dev/abc'), healed],
    ['ecs:StopServiceDeployment', arn('ecs', 'service-deployment/shop-dev/cart/abc')],
    ['iam:PassRole', `arn:aws:iam::${account}:role/kintsugi-dev-shop-task`, toTasks],
    ['ecs:RegisterTaskDefinition', arn('ecs', 'task-definition/shop-dev-cart:8')],
    ['fis:ListExperiments', '*'],
    ['fis:GetExperiment', arn('fis', 'experiment/EXP1')],
    ['fis:StopExperiment', arn('fis', 'experiment/EXP1'), { 'aws:ResourceTag/kintsugi:may-stop': 'true' }],
    ['appconfig:CreateHostedConfigurationVersion', appConfig('/configurationprofile/ghi1234')],
    ['appconfig:StartDeployment', appConfig('/environment/def1234')],
    ['appconfig:StopDeployment', appConfig('/environment/def1234/deployment/7')],
    ['s3:PutObject', 'arn:aws:s3:::shop-flags/flagd/shop.json'],
    ['ssm:StartAutomationExecution', arn('ssm', 'automation-definition/Shop-FlushCache:3')],
    ['iam:PassRole', `arn:aws:iam::${account}:role/shop-flush`, { 'iam:PassedToService': 'ssm.amazonaws.com' }],
  ])('allow %s on %s', async (action, resource, context) => {
    expect(await decide(action, resource, context)).toBe('Allowed');
  });

  it.each<[string, string, string, Record<string, string>?]>([
    ['a service without the tag', 'ecs:UpdateService', service('shop-dev/cart')],
    ['a service of another cluster', 'ecs:UpdateService', service('bank/ledger'), healed],
    ['a service of another account', 'ecs:UpdateService', service('shop-dev/cart').replace(account, '999988887777'), healed],
    ['a task without the tag', 'ecs:StopTask', task('shop-dev/abc')],
    ['a task of another cluster', 'ecs:StopTask', task('bank/abc'), healed],
    ['a deployment of another cluster', 'ecs:StopServiceDeployment', arn('ecs', 'service-deployment/bank/ledger/abc')],
    ['a role of another', 'iam:PassRole', `arn:aws:iam::${account}:role/admin`, toTasks],
    [
      'a role for another service',
      'iam:PassRole',
      `arn:aws:iam::${account}:role/kintsugi-dev-shop-task`,
      { 'iam:PassedToService': 'ec2.amazonaws.com' },
    ],
    ['its own role', 'iam:PassRole', `arn:aws:iam::${account}:role/kintsugi-dev-agent`, toTasks],
    ['an experiment nobody gave it', 'fis:StopExperiment', arn('fis', 'experiment/EXP1')],
    ['an experiment to start', 'fis:StartExperiment', arn('fis', 'experiment-template/EXT1')],
    ['a flag document of another', 's3:PutObject', 'arn:aws:s3:::bank-flags/flagd/bank.json'],
    ['another runbook', 'ssm:StartAutomationExecution', arn('ssm', 'automation-definition/AWS-DeleteStack:1')],
    ['a model nobody named', 'bedrock:InvokeModel', 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-opus-4-1-20250805-v1:0'],
    ['logs of others', 'logs:FilterLogEvents', arn('logs', 'log-group:/bank/ledger')],
    ['tasks of other clusters', 'ecs:ListTasks', '*', { 'ecs:cluster': arn('ecs', 'cluster/bank') }],
    ['a task definition to be tagged later', 'ecs:TagResource', service('shop-dev/cart')],
  ])('do not reach %s', async (_what, action, resource, context) => {
    expect(await decide(action, resource, context)).not.toBe('Allowed');
  });

  it.each<[string, string, Record<string, string>?]>([
    ['ecs:UpdateService', service('kintsugi-dev/kintsugi'), healed],
    ['ecs:StopTask', task('kintsugi-dev/abc'), healed],
    ['ecs:StopServiceDeployment', arn('ecs', 'service-deployment/kintsugi-dev/kintsugi/abc')],
    ['ecs:DeleteService', service('shop-dev/cart'), healed],
    ['ecs:DeleteCluster', arn('ecs', 'cluster/shop-dev')],
    ['ecs:ExecuteCommand', task('shop-dev/abc'), healed],
    ['ecs:RunTask', arn('ecs', 'task-definition/shop-dev-cart:8')],
    ['iam:CreateRole', `arn:aws:iam::${account}:role/kintsugi-dev-other`],
    ['iam:PutRolePolicy', `arn:aws:iam::${account}:role/kintsugi-dev-agent`],
    ['iam:AttachRolePolicy', `arn:aws:iam::${account}:role/kintsugi-dev-agent`],
    ['iam:CreateAccessKey', `arn:aws:iam::${account}:user/somebody`],
    ['s3:DeleteObject', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1-abc'],
    ['s3:BypassGovernanceRetention', 'arn:aws:s3:::kintsugi-dev-audit-111122223333/kintsugi/heads/1-abc'],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:kintsugi/dev/audit-key-AbCdEf')],
    ['logs:Unmask', arn('logs', 'log-group:/ecs/shop-dev/cart')],
  ])('deny %s on %s whatever else is granted', async (action, resource, context) => {
    expect(await decide(action, resource, context)).toBe('ExplicitlyDenied');
  });

  it('are none but reads where no action is on', async () => {
    const quiet = synthesise(checkSettings({ ...dev, agent: { ...dev.agent, settings: { flags: {} } } }));
    const agent = rolesOf(quiet).find(({ name }) => name === 'kintsugi-dev-agent');
    expect(agent?.policies.map(({ name }) => name).sort()).toEqual(['never', 'read']);
    expect(await simulator(quiet, 'kintsugi-dev-agent')('ecs:UpdateService', service('shop-dev/cart'), healed)).toBe('ImplicitlyDenied');
  });
});

describe('what the pages of the agent say it needs', () => {
  const needed = (page: string) => {
    const text = readFileSync(page, 'utf8');
    // What is better denied is named there too.
    return [...text.matchAll(/`([a-z0-9-]+:[A-Z]\w+)`/g)].map(([, action = '']) => action).filter((action) => action !== 'logs:Unmask');
  };
  const allowed = (policies: readonly string[]) =>
    new Set(
      rolesOf(environment)
        .filter(({ name }) => name === 'kintsugi-dev-agent')
        .flatMap((role) => role.policies.filter(({ name }) => policies.includes(name)))
        .flatMap(({ statements }) => statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : []))),
    );

  const actions = readdirSync('agent/action', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, page: `agent/action/${name}/README.md` }))
    .filter(({ page }) => /\*\*Permissions\*\*: `(?!github)[a-z-]+:[A-Z]/.test(readIfThere(page)));

  it('covers every action that changes something on AWS', () => {
    expect(actions.map(({ name }) => name).sort()).toEqual(Object.keys(actionRights).sort());
  });

  it.each(actions)('is granted to $name', ({ name, page }) => {
    const granted = allowed(['read', `act-${name}`]);
    expect(needed(page).filter((action) => !granted.has(action))).toEqual([]);
  });

  it.each(['agent/evidence/ecs', 'agent/evidence/cloudwatch-logs', 'agent/evidence/cloudwatch-metrics', 'agent/audit/s3'])(
    'is granted to what %s reads',
    (folder) => {
      const actionsNeeded = needed(`${folder}/README.md`);
      expect(actionsNeeded.length).toBeGreaterThan(2);
      const granted = allowed(['read']);
      expect(actionsNeeded.filter((action) => !granted.has(action))).toEqual([]);
    },
  );
});

function readIfThere(page: string): string {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '';
  }
}
