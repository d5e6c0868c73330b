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
/** As the role of an action. */
const decideAs = (id: string): typeof decide => simulator(environment, `kintsugi-dev-agent-${id}`);
beforeAll(() => {
  environment = synthesise(everything);
  decide = simulator(environment, 'kintsugi-dev-agent');
});

const service = (name: string) => arn('ecs', `service/${name}`);
const task = (name: string) => arn('ecs', `task/${name}`);
const taskRole = `arn:aws:iam::${account}:role/kintsugi-dev-shop-task`;
const appConfig = (resource: string) => arn('appconfig', `application/abc1234${resource}`);

type Change = [id: string, action: string, resource: string, context?: Record<string, string>];

/** Each call an action makes to change something. */
const changes: Change[] = [
  ['stop-task', 'ecs:StopTask', task('shop-dev/abc'), healed],
  ['restart-tasks', 'ecs:StopTask', task('shop-dev/abc'), healed],
  ...['force-new-deployment', 'scale-service', 'roll-back-deployment', 'raise-task-memory'].map(
    (id): Change => [id, 'ecs:UpdateService', service('shop-dev/cart'), healed],
  ),
  ...['force-new-deployment', 'roll-back-deployment', 'raise-task-memory'].map((id): Change => [id, 'iam:PassRole', taskRole, toTasks]),
  ...['roll-back-deployment', 'stop-deployment'].map(
    (id): Change => [id, 'ecs:StopServiceDeployment', arn('ecs', 'service-deployment/shop-dev/cart/abc')],
  ),
  ['raise-task-memory', 'ecs:RegisterTaskDefinition', arn('ecs', 'task-definition/shop-dev-cart:8')],
  ['stop-experiment', 'fis:StopExperiment', arn('fis', 'experiment/EXP1'), { 'aws:ResourceTag/kintsugi:may-stop': 'true' }],
  ['set-flag', 'appconfig:CreateHostedConfigurationVersion', appConfig('/configurationprofile/ghi1234')],
  ['set-flag', 'appconfig:StartDeployment', appConfig('/environment/def1234')],
  ['set-flag', 'appconfig:StopDeployment', appConfig('/environment/def1234/deployment/7')],
  ['set-flag', 's3:PutObject', 'arn:aws:s3:::shop-flags/flagd/shop.json'],
  ['run-runbook', 'ssm:StartAutomationExecution', arn('ssm', 'automation-definition/Shop-FlushCache:3')],
  ['run-runbook', 'iam:PassRole', `arn:aws:iam::${account}:role/shop-flush`, { 'iam:PassedToService': 'ssm.amazonaws.com' }],
];

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
    ['sts:AssumeRole', `arn:aws:iam::${account}:role/kintsugi-dev-agent-stop-task`],
    ['fis:ListExperiments', '*'],
    ['fis:GetExperiment', arn('fis', 'experiment/EXP1')],
    ['appconfig:GetConfigurationProfile', appConfig('/configurationprofile/ghi1234')],
    ['s3:GetObject', 'arn:aws:s3:::shop-flags/flagd/shop.json'],
    ['ssm:DescribeDocument', arn('ssm', 'document/Shop-FlushCache')],
  ])('allow %s on %s', async (action, resource, context) => {
    expect(await decide(action, resource, context)).toBe('Allowed');
  });

  it.each<Change>(changes)('let %s make its change: %s on %s', async (id, action, resource, context) => {
    expect(await decideAs(id)(action, resource, context)).toBe('Allowed');
  });

  it('let no action make the change of another, and the task itself make none', async () => {
    const allowed: string[] = [];
    for (const [, action, resource, context] of changes) {
      if ((await decide(action, resource, context)) === 'Allowed') allowed.push(`agent: ${action} ${resource}`);
      for (const id of Object.keys(actionRights)) {
        const isOwn = changes.some(([of, what, where]) => of === id && what === action && where === resource);
        if (!isOwn && (await decideAs(id)(action, resource, context)) === 'Allowed') allowed.push(`${id}: ${action} ${resource}`);
      }
    }
    expect(allowed).toEqual([]);
  });

  it.each<[string, string, string, string, Record<string, string>?]>([
    ['a service without the tag', 'scale-service', 'ecs:UpdateService', service('shop-dev/cart')],
    ['a service of another cluster', 'scale-service', 'ecs:UpdateService', service('bank/ledger'), healed],
    [
      'a service of another account',
      'scale-service',
      'ecs:UpdateService',
      service('shop-dev/cart').replace(account, '999988887777'),
      healed,
    ],
    ['a task without the tag', 'stop-task', 'ecs:StopTask', task('shop-dev/abc')],
    ['a task of another cluster', 'restart-tasks', 'ecs:StopTask', task('bank/abc'), healed],
    ['a deployment of another cluster', 'stop-deployment', 'ecs:StopServiceDeployment', arn('ecs', 'service-deployment/bank/ledger/abc')],
    ['a role of another', 'force-new-deployment', 'iam:PassRole', `arn:aws:iam::${account}:role/admin`, toTasks],
    ['a role for another service', 'force-new-deployment', 'iam:PassRole', taskRole, { 'iam:PassedToService': 'ec2.amazonaws.com' }],
    ["the agent's own role", 'force-new-deployment', 'iam:PassRole', `arn:aws:iam::${account}:role/kintsugi-dev-agent`, toTasks],
    ['an experiment nobody gave it', 'stop-experiment', 'fis:StopExperiment', arn('fis', 'experiment/EXP1')],
    ['an experiment to start', 'stop-experiment', 'fis:StartExperiment', arn('fis', 'experiment-template/EXT1')],
    ['a flag document of another', 'set-flag', 's3:PutObject', 'arn:aws:s3:::bank-flags/flagd/bank.json'],
    ['another runbook', 'run-runbook', 'ssm:StartAutomationExecution', arn('ssm', 'automation-definition/AWS-DeleteStack:1')],
    ['tags of what is there already', 'raise-task-memory', 'ecs:TagResource', service('shop-dev/cart')],
  ])('do not reach %s by %s', async (_what, id, action, resource, context) => {
    expect(await decideAs(id)(action, resource, context)).not.toBe('Allowed');
  });

  it.each<[string, string, string, Record<string, string>?]>([
    ['a model nobody named', 'bedrock:InvokeModel', 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-opus-4-1-20250805-v1:0'],
    ['logs of others', 'logs:FilterLogEvents', arn('logs', 'log-group:/bank/ledger')],
    ['tasks of other clusters', 'ecs:ListTasks', '*', { 'ecs:cluster': arn('ecs', 'cluster/bank') }],
    ['a role that is no action', 'sts:AssumeRole', `arn:aws:iam::${account}:role/kintsugi-dev-apply`],
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
    for (const one of [decide, ...Object.keys(actionRights).map(decideAs)])
      expect(await one(action, resource, context)).toBe('ExplicitlyDenied');
  });

  it('are none but reads where no action is on', () => {
    const quiet = synthesise(checkSettings({ ...dev, agent: { ...dev.agent, settings: { flags: {} } } }));
    const agent = rolesOf(quiet).find(({ name }) => name === 'kintsugi-dev-agent');
    expect(agent?.policies.map(({ name }) => name).sort()).toEqual(['never', 'read']);
    expect(rolesOf(quiet).filter(({ name }) => /^kintsugi-dev-agent-(?!start$)/.test(name))).toEqual([]);
  });
});

describe('what the pages of the agent say it needs', () => {
  const needed = (page: string) => {
    const text = readFileSync(page, 'utf8');
    // What is better denied is named there too.
    return [...text.matchAll(/`([a-z0-9-]+:[A-Z]\w+)`/g)].map(([, action = '']) => action).filter((action) => action !== 'logs:Unmask');
  };
  const allowed = (id = '') =>
    new Set(
      rolesOf(environment)
        .flatMap(({ name: role, policies }) => policies.map(({ name, statements }) => ({ of: `${role}/${name}`, statements })))
        .filter(({ of }) => ['agent/read', `agent/look-${id}`, `agent-${id}/change`].includes(of.replace('kintsugi-dev-', '')))
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
    const granted = allowed(name);
    expect(needed(page).filter((action) => !granted.has(action))).toEqual([]);
  });

  it.each(['agent/evidence/ecs', 'agent/evidence/cloudwatch-logs', 'agent/evidence/cloudwatch-metrics', 'agent/audit/s3'])(
    'is granted to what %s reads',
    (folder) => {
      const actionsNeeded = needed(`${folder}/README.md`);
      expect(actionsNeeded.length).toBeGreaterThan(2);
      const granted = allowed();
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
