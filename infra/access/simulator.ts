/** What IAM would answer, without IAM: the policies of a role as they were synthesised, within its boundary, asked one request at a time. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { rolesOf } from '../rules/rights.ts';
import { allResources, type Environment } from '../synthesise.ts';

export type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/** Rejects when the request is none IAM knows: an action that does not exist, a resource or a condition the action does not have. */
export type Decide = (action: string, resource: string, context?: Record<string, string>) => Promise<Decision>;

/** What other stacks tell is not known here: keys of this account. */
export function withSamples(text: string, accountId: string): string {
  return text.replaceAll(/\$\{[^}]*\}/g, `arn:aws:kms:eu-central-1:${accountId}:key/00000000-0000-4000-8000-000000000000`);
}

export function simulator(environment: Environment, roleName: string): Decide {
  const { accountId } = environment.settings;
  const role = rolesOf(environment).find(({ name }) => name === roleName);
  if (!role) throw new Error(`there is no role ${roleName}`);
  const known = <Value>(value: Value) => JSON.parse(withSamples(JSON.stringify(value), accountId)) as Value;
  const document = (statements: unknown) => ({ Version: '2012-10-17', Statement: statements });
  const identityPolicies = role.policies.map(({ name, statements }) => ({ name, policy: document(known(statements)) }));
  const [boundary] = allResources(environment, 'aws_iam_policy').map(({ body }) => JSON.parse(String(body.policy)) as unknown);
  const permissionBoundaryPolicies = role.boundary ? [{ name: 'boundary', policy: boundary }] : undefined;

  return async (action, resource, context = {}) => {
    const owner = resource.split(':')[4];
    const simulation = {
      identityPolicies,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(permissionBoundaryPolicies ? { permissionBoundaryPolicies } : {}),
      request: {
        action,
        principal: `arn:aws:iam::${accountId}:role/${roleName}`,
        resource: { resource, accountId: owner || accountId },
        contextVariables: context,
      },
    };
    const answer = await runSimulation(simulation, {});
    const asked = `${action} on ${resource}`;
    if (answer.resultType === 'error') throw new Error(`${asked} cannot be simulated: ${JSON.stringify(answer.errors)}`);
    const ignored = answer.resultType === 'single' ? (answer.result.ignoredContextKeys ?? []) : [];
    if (ignored.length > 0) throw new Error(`${asked} has no condition ${ignored.join(', ')}`);
    return answer.overallResult;
  };
}
