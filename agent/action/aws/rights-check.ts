/**
 * Asks IAM whether the role a change is made under has the permissions of a change (SimulatePrincipalPolicy). It reads only. Where IAM may not be
 * asked, or a condition depends on what only the real call carries, the answer is that it is not known.
 */
import { z } from 'zod';
import type { Right } from '../action.ts';
import type { RightsAnswer, RightsCheck } from '../rights.ts';
import { readOnce } from './call.ts';
import type { RoleArns } from './change-role.ts';
import type { AwsClients } from './clients.ts';

const deadlineMs = 8_000;
const callMs = 4_000;
const maxPages = 10;

const CallerReply = z.object({ Arn: z.string() });
const RoleReply = z.object({ Role: z.object({ Arn: z.string() }) });
const SimulationReply = z.object({
  EvaluationResults: z
    .array(
      z.object({
        EvalActionName: z.string(),
        EvalDecision: z.enum(['allowed', 'explicitDeny', 'implicitDeny']),
        MissingContextValues: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  IsTruncated: z.boolean().optional(),
  Marker: z.string().optional(),
});
type Evaluation = z.infer<typeof SimulationReply>['EvaluationResults'][number];

type Aws = Pick<AwsClients, 'iam' | 'sts'>;

/** Rights of other systems, `github:push` and the like, are passed over: their own actions ask for them when they plan. */
const elsewhere = /^github:/;

/** `roles`: those changes are made under, by action; empty when it is the agent's own. */
export function createRightsCheck(aws: Aws, roles: RoleArns = {}): RightsCheck {
  let own: string | undefined;
  return async (rights, signal, action = '') => {
    const asked = rights.filter(({ action }) => !elsewhere.test(action));
    if (asked.length === 0) return { kind: 'granted' };
    const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const role = roles[action];
      if (role !== undefined) return await simulate(aws, role, asked, limited);
      if (Object.keys(roles).length > 0) return { kind: 'missing', reason: `No role is set up for ${action}, so it can change nothing.` };
      own ??= await principalArn(aws, limited);
      return await simulate(aws, own, asked, limited);
    } catch (error) {
      signal.throwIfAborted();
      return notKnown(error instanceof Error ? error.message : String(error));
    }
  };
}

async function simulate(aws: Aws, principal: string, rights: readonly Right[], signal: AbortSignal): Promise<RightsAnswer> {
  const missing: string[] = [];
  const open: string[] = [];
  for (const [resource, actions] of byResource(rights)) {
    const evaluations = await evaluate(aws, principal, actions, resource, signal);
    for (const action of actions) {
      const found = evaluations.find(({ EvalActionName }) => EvalActionName.toLowerCase() === action.toLowerCase());
      if (found?.EvalDecision === 'allowed') continue;
      const conditions = found?.MissingContextValues ?? [];
      const isOpen = !found || (found.EvalDecision === 'implicitDeny' && conditions.length > 0);
      (isOpen ? open : missing).push(`${action} on ${resource}${conditions.length > 0 ? ` (depends on ${conditions.join(', ')})` : ''}`);
    }
  }
  if (missing.length > 0) return { kind: 'missing', reason: `${principal} lacks ${missing.join('; ')}.` };
  return open.length > 0 ? notKnown(`IAM cannot tell for ${open.join('; ')}`) : { kind: 'granted' };
}

async function evaluate(
  aws: Aws,
  principal: string,
  actions: readonly string[],
  resource: string,
  signal: AbortSignal,
): Promise<Evaluation[]> {
  const { SimulatePrincipalPolicyCommand } = await import('@aws-sdk/client-iam');
  const { reader } = await aws.iam();
  const found: Evaluation[] = [];
  let marker: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const input = { PolicySourceArn: principal, ActionNames: [...actions], ResourceArns: [resource], Marker: marker };
    const reply = await readOnce('iam:SimulatePrincipalPolicy', SimulationReply, { signal, timeoutMs: callMs }, (options) =>
      reader.send(new SimulatePrincipalPolicyCommand(input), options),
    );
    found.push(...reply.EvaluationResults);
    if (!reply.IsTruncated || !reply.Marker) break;
    marker = reply.Marker;
  }
  return found;
}

/** The role behind the session, with its path where it can be read: the session's ARN leaves the path out. */
async function principalArn(aws: Aws, signal: AbortSignal): Promise<string> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const { reader: sts } = await aws.sts();
  const { Arn } = await readOnce('sts:GetCallerIdentity', CallerReply, { signal, timeoutMs: callMs }, (options) =>
    sts.send(new GetCallerIdentityCommand({}), options),
  );
  const [, partition, account, name = ''] = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(Arn) ?? [];
  if (!name) {
    if (/:iam::\d{12}:user\//.test(Arn)) return Arn;
    throw new Error(`IAM does not simulate the policies of ${Arn}`);
  }
  const { GetRoleCommand } = await import('@aws-sdk/client-iam');
  const { reader: iam } = await aws.iam();
  try {
    const { Role } = await readOnce('iam:GetRole', RoleReply, { signal, timeoutMs: callMs }, (options) =>
      iam.send(new GetRoleCommand({ RoleName: name }), options),
    );
    return Role.Arn;
  } catch {
    signal.throwIfAborted();
    return `arn:${partition}:iam::${account}:role/${name}`;
  }
}

function byResource(rights: readonly Right[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { action, resource } of rights) {
    const actions = found.get(resource) ?? [];
    if (!actions.includes(action)) actions.push(action);
    found.set(resource, actions);
  }
  return found;
}

function notKnown(why: string): RightsAnswer {
  return { kind: 'unknown', reason: `It is not known whether the agent has the permissions this needs: ${why}.` };
}
