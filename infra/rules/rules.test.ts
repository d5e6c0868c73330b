import { beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../settings/dev.ts';
import { prod } from '../settings/prod.ts';
import { checkSettings } from '../settings/settings.ts';
import { type Body, type Environment, resourcesOf, synthesise } from '../synthesise.ts';
import { brokenRules, rules } from './index.ts';

let environments: { dev: Environment; prod: Environment };
beforeAll(() => {
  environments = { dev: synthesise(checkSettings(dev)), prod: synthesise(checkSettings(prod)) };
});

type Spoil = (body: Body) => void;

/** A copy in which the first resource of a type that fits is another. */
function spoiled(environment: Environment, type: string, spoil: Spoil, fits: (body: Body) => boolean = () => true): Environment {
  const copy = structuredClone(environment);
  const found = copy.stacks.flatMap((stack) => resourcesOf(stack, type)).find(({ body }) => fits(body));
  if (!found) throw new Error(`no ${type} to spoil`);
  spoil(found.body);
  return copy;
}

/** … or in which a stack has one more. */
function with1More(environment: Environment, stack: string, type: string, body: Body): Environment {
  const copy = structuredClone(environment);
  const json = copy.stacks.find(({ name }) => name === stack)?.json as { resource: Record<string, Record<string, Body>> };
  json.resource[type] = { ...json.resource[type], planted: body };
  return copy;
}

const containers =
  (change: (container: Body) => void): Spoil =>
  (body) => {
    const list = JSON.parse(String(body.container_definitions)) as Body[];
    if (list[0]) change(list[0]);
    body.container_definitions = JSON.stringify(list);
  };

const statements =
  (key: 'policy' | 'assume_role_policy', change: (statement: Body) => void): Spoil =>
  (body) => {
    const document = JSON.parse(String(body[key])) as { Statement: Body[] };
    if (document.Statement[0]) change(document.Statement[0]);
    body[key] = JSON.stringify(document);
  };

const named = (name: string) => (body: Body) => body.name === name;
const family = (name: string) => (body: Body) => body.family === name;

/** One fault for each rule: the rule's id → an environment in which only that is wrong. */
const planted: Record<string, () => Environment> = {
  'buckets-are-private': () => spoiled(environments.prod, 'aws_s3_bucket_public_access_block', (body) => (body.block_public_acls = false)),
  'audit-is-locked': () => spoiled(environments.prod, 'aws_s3_bucket_object_lock_configuration', (body) => delete body.rule),
  'databases-are-private': () => spoiled(environments.prod, 'aws_db_instance', (body) => (body.publicly_accessible = true)),
  'stores-are-encrypted': () => spoiled(environments.prod, 'aws_sns_topic', (body) => delete body.kms_master_key_id),
  'images-stay': () => spoiled(environments.prod, 'aws_ecr_repository', (body) => (body.image_tag_mutability = 'MUTABLE')),
  'logs-end': () => spoiled(environments.prod, 'aws_cloudwatch_log_group', (body) => delete body.retention_in_days),
  'state-is-locked': () => {
    const copy = structuredClone(environments.prod);
    const network = copy.stacks.find(({ name }) => name === 'network')?.json as { terraform: { backend: { s3: Body } } };
    delete network.terraform.backend.s3.use_lockfile;
    return copy;
  },
  'budget-speaks': () => spoiled(environments.prod, 'aws_budgets_budget', (body) => (body.notification = [])),
  'only-the-door-is-open': () =>
    with1More(environments.prod, 'data', 'aws_vpc_security_group_ingress_rule', {
      security_group_id: 'sg-1',
      cidr_ipv4: '0.0.0.0/0',
      ip_protocol: 'tcp',
      from_port: 5432,
      to_port: 5432,
    }),
  'the-door-is-guarded': () =>
    spoiled(
      environments.prod,
      'aws_lb_listener',
      (body) => (body.ssl_policy = 'ELBSecurityPolicy-2016-08'),
      (body) => body.protocol === 'HTTPS',
    ),
  'flows-are-recorded': () => spoiled(environments.prod, 'aws_flow_log', (body) => (body.vpc_id = 'vpc-1')),
  'subnets-give-no-addresses': () => spoiled(environments.prod, 'aws_subnet', (body) => (body.map_public_ip_on_launch = true)),
  'services-roll-back': () =>
    spoiled(environments.prod, 'aws_ecs_service', (body) => (body.deployment_circuit_breaker = { enable: true, rollback: false })),
  'counts-are-not-terraforms': () => spoiled(environments.prod, 'aws_ecs_service', (body) => delete body.lifecycle),
  'tasks-are-closed': () => spoiled(environments.prod, 'aws_ecs_service', (body) => (body.enable_execute_command = true)),
  'tags-reach-tasks': () => spoiled(environments.prod, 'aws_ecs_service', (body) => delete body.propagate_tags),
  'images-are-named': () =>
    spoiled(
      environments.prod,
      'aws_ecs_task_definition',
      containers((one) => (one.image = 'registry.example.com/agent:1.0.0')),
      family('kintsugi-prod-kintsugi'),
    ),
  'containers-keep-no-secrets': () =>
    spoiled(
      environments.prod,
      'aws_ecs_task_definition',
      containers((one) => (one.environment = [{ name: 'KINTSUGI_API_TOKEN', value: 'x' }])),
    ),
  'containers-are-hardened': () =>
    spoiled(
      environments.prod,
      'aws_ecs_task_definition',
      containers((one) => (one.readonlyRootFilesystem = false)),
    ),
  'containers-write-logs': () =>
    spoiled(
      environments.prod,
      'aws_ecs_task_definition',
      containers((one) => delete one.logConfiguration),
    ),
  'everything-is-tagged': () => {
    const copy = structuredClone(environments.prod);
    const json = copy.stacks[0]?.json as { provider: { aws: Body[] } };
    json.provider.aws = json.provider.aws.map(({ default_tags: _tags, ...rest }) => rest);
    return copy;
  },
  'told-before-asked': () => ({ ...environments.prod, stacks: [...environments.prod.stacks].reverse() }),
  'actions-are-written-out': () =>
    spoiled(
      environments.prod,
      'aws_iam_role_policy',
      statements('policy', (one) => (one.Action = ['ecs:*'])),
    ),
  'pass-role-is-narrow': () =>
    spoiled(
      environments.prod,
      'aws_iam_role_policy',
      statements('policy', (one) => Object.assign(one, { Action: ['iam:PassRole'], Resource: ['*'] })),
    ),
  'roles-are-bounded': () =>
    spoiled(environments.prod, 'aws_iam_role', (body) => delete body.permissions_boundary, named('kintsugi-prod-agent')),
  'github-is-pinned': () =>
    spoiled(
      environments.prod,
      'aws_iam_role',
      statements('assume_role_policy', (one) => {
        one.Condition = {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': ['repo:example/kintsugi:ref:refs/heads/main'],
          },
        };
      }),
      named('kintsugi-prod-apply'),
    ),
  'services-act-for-us': () =>
    spoiled(
      environments.prod,
      'aws_iam_role',
      statements('assume_role_policy', (one) => delete one.Condition),
      named('kintsugi-prod-agent'),
    ),
  'nobody-has-a-key': () => with1More(environments.prod, 'bootstrap', 'aws_iam_user', { name: 'robot' }),
  'prod-is-not-broken': () => with1More(environments.prod, 'agent', 'aws_fis_experiment_template', {}),
  'experiments-are-fenced': () =>
    spoiled(environments.dev, 'aws_fis_experiment_template', (body) => (body.stop_condition = [{ source: 'none' }])),
  'experiments-are-possible': () =>
    spoiled(environments.dev, 'aws_ecs_task_definition', (body) => delete body.pid_mode, family('shop-dev-checkout')),
};

describe('the rules', () => {
  it.each(['dev', 'prod'] as const)('hold in %s', (name) => {
    expect(brokenRules(environments[name])).toEqual([]);
  });

  it.each(rules.map(({ id, says }) => [id, says]))('%s: a planted fault is found (%s)', (id) => {
    const environment = planted[id]?.();
    expect(environment && brokenRules(environment).map((fault) => fault.split(': ')[0])).toContain(id);
  });

  it('have a planted fault each', () => {
    expect(Object.keys(planted).sort()).toEqual(rules.map(({ id }) => id).sort());
  });

  it('ask for one experiment of every action FIS has for tasks on Fargate, in dev', () => {
    const actions = resourcesOf(
      environments.dev.stacks.find(({ name }) => name === 'chaos') ?? { name: '', json: {} },
      'aws_fis_experiment_template',
    );
    expect(new Set(actions.map(({ body }) => (body.tags as Body)['kintsugi:action']))).toHaveProperty('size', 7);
  });
});
