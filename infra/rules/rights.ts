/** Rules about who may do what, as far as they can be read off the policies; what they come to is simulated in the tests of `access/`. */
import type { Statement } from '../access/statement.ts';
import { namesOf } from '../names.ts';
import { allResources, type Environment, resourcesOf } from '../synthesise.ts';
import { place, type Rule, refersTo } from './rule.ts';

export interface RolePolicies {
  where: string;
  name: string;
  trust: readonly Record<string, unknown>[];
  boundary: unknown;
  policies: readonly { name: string; statements: readonly Statement[] }[];
}

/** Every role with the policies that stand in our code. */
export function rolesOf({ stacks }: Environment): RolePolicies[] {
  return stacks.flatMap((stack) =>
    resourcesOf(stack, 'aws_iam_role').map((role) => ({
      where: place({ ...role, stack: stack.name }),
      name: String(role.body.name),
      trust: statementsOf(role.body.assume_role_policy) as unknown as Record<string, unknown>[],
      boundary: role.body.permissions_boundary,
      policies: resourcesOf(stack, 'aws_iam_role_policy')
        .filter(({ body }) => refersTo(body.role, role))
        .map(({ body }) => ({ name: String(body.name), statements: statementsOf(body.policy) })),
    })),
  );
}

function statementsOf(policy: unknown): Statement[] {
  return (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;
}

function allowsOf(environment: Environment): { where: string; statement: Statement }[] {
  return rolesOf(environment).flatMap(({ where, policies }) =>
    policies.flatMap(({ name, statements }) =>
      statements.filter(({ Effect }) => Effect === 'Allow').map((statement) => ({ where: `${where} ${name}/${statement.Sid}`, statement })),
    ),
  );
}

/** Which subjects each workflow's role may be taken from; anything else is a fault. */
const fromEnvironmentOnly = ['apply', 'chaos', 'deploy', 'image', 'schedule'];

export const rightsRules: readonly Rule[] = [
  {
    id: 'actions-are-written-out',
    says: 'What is allowed is written out, action by action',
    faults: (environment) =>
      allowsOf(environment).flatMap(({ where, statement }) => {
        const open = statement.Action.filter((action) => action.includes('*'));
        return open.length > 0 || statement.NotResource ? [`${where} allows ${open.join(', ') || 'all but something'}`] : [];
      }),
  },
  {
    id: 'pass-role-is-narrow',
    says: 'A role is handed on by name, and only to the services that act under it',
    faults: (environment) =>
      allowsOf(environment)
        .filter(({ statement }) => statement.Action.includes('iam:PassRole'))
        .filter(
          ({ statement }) => !statement.Condition?.StringEquals?.['iam:PassedToService'] || statement.Resource?.includes('*') !== false,
        )
        .map(({ where }) => `${where} hands on roles too freely`),
  },
  {
    id: 'roles-are-bounded',
    says: 'Every role has the boundary but the one that makes roles, and that one makes only bounded ones',
    faults: (environment) => {
      const { boundaryArn } = namesOf(environment.settings);
      return rolesOf(environment).flatMap(({ where, name, boundary, policies }) => {
        if (name !== namesOf(environment.settings).role('apply')) return boundary === boundaryArn ? [] : [`${where} has no boundary`];
        const making = policies
          .flatMap(({ statements }) => statements)
          .filter(
            ({ Effect, Action }) => Effect === 'Allow' && Action.some((action) => ['iam:CreateRole', 'iam:PutRolePolicy'].includes(action)),
          );
        const isFenced = making.every(({ Condition }) => Condition?.StringEquals?.['iam:PermissionsBoundary'] === boundaryArn);
        return making.length > 0 && isFenced ? [] : [`${where} makes roles without the boundary`];
      });
    },
  },
  {
    id: 'github-is-pinned',
    says: 'A workflow gets in only from this repository, and to change something only from its environment',
    faults: (environment) => {
      const { repository, name: env } = environment.settings;
      return rolesOf(environment).flatMap(({ where, name, trust }) =>
        trust
          .filter(({ Principal }) => typeof Principal === 'object' && Principal !== null && 'Federated' in Principal)
          .flatMap(({ Condition }) => {
            const equal = ((Condition ?? {}) as Record<string, Record<string, unknown>>).StringEquals ?? {};
            const subjects = [equal['token.actions.githubusercontent.com:sub'] ?? []].flat().map(String);
            const isChange = fromEnvironmentOnly.some((role) => name.endsWith(`-${role}`));
            const wrong = [
              equal['token.actions.githubusercontent.com:aud'] !== 'sts.amazonaws.com' && 'takes tokens made for others',
              (subjects.length === 0 || subjects.some((subject) => !subject.startsWith(`repo:${repository}:`) || subject.includes('*'))) &&
                'lets other repositories in',
              isChange &&
                subjects.some((subject) => subject !== `repo:${repository}:environment:${env}`) &&
                'lets in what nobody has reviewed',
            ];
            return wrong.flatMap((fault) => (fault ? [`${where} ${fault}`] : []));
          }),
      );
    },
  },
  {
    id: 'services-act-for-us',
    says: 'A service of AWS takes a role only for things of this account',
    faults: (environment) =>
      rolesOf(environment).flatMap(({ where, trust }) =>
        trust
          .filter(({ Principal }) => typeof Principal === 'object' && Principal !== null && 'Service' in Principal)
          .filter(({ Condition }) => {
            const equal = ((Condition ?? {}) as Record<string, Record<string, unknown>>).StringEquals ?? {};
            return equal['aws:SourceAccount'] !== environment.settings.accountId;
          })
          .map(() => `${where} can be taken on behalf of other accounts`),
      ),
  },
  {
    id: 'nobody-has-a-key',
    says: 'There are no users and no access keys',
    faults: (environment) =>
      ['aws_iam_user', 'aws_iam_access_key'].flatMap((type) =>
        allResources(environment, type).map((one) => `${place(one)} is a key that stays`),
      ),
  },
];
