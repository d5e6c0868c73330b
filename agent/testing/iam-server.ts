/**
 * IAM and STS on the wire (AWS Query, XML), for tests: GetCallerIdentity, GetRole, and SimulatePrincipalPolicy over a list of permissions. Not
 * imitated: policies, conditions, boundaries, organisations and every other call.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface IamServer {
  url: string;
  /** As GetCallerIdentity tells it. */
  caller: string;
  /** The role's own ARN, with its path; null when GetRole is not permitted. */
  role: string | null;
  /** `ecs:UpdateService arn:…`: everything that is allowed. */
  allowed: Set<string>;
  /** Context keys that a decision other than "allowed" depends on. */
  missingContext: string[];
  /** Entries of one page. */
  pageSize: number;
  /** Answered to SimulatePrincipalPolicy in place of a result. */
  failure: { status: number; code: string } | null;
  /** Parameters of each SimulatePrincipalPolicy. */
  simulated: { source: string; actions: string[]; resources: string[] }[];
  close(): Promise<void>;
}

export async function startIam(): Promise<IamServer> {
  function simulate(form: URLSearchParams): string {
    const list = (name: string) => [...form.entries()].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
    const [actions, resources] = [list('ActionNames'), list('ResourceArns')];
    iam.simulated.push({ source: form.get('PolicySourceArn') ?? '', actions, resources });
    const pairs = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
    const from = Number(form.get('Marker') ?? 0);
    const members = pairs.slice(from, from + iam.pageSize).map(({ action, resource }) => {
      const isAllowed = iam.allowed.has(`${action} ${resource}`);
      const missing = isAllowed ? '' : iam.missingContext.map((key) => `<member>${key}</member>`).join('');
      return `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${resource}</EvalResourceName>
        <EvalDecision>${isAllowed ? 'allowed' : 'implicitDeny'}</EvalDecision><MatchedStatements/>
        <MissingContextValues>${missing}</MissingContextValues></member>`;
    });
    const isTruncated = from + iam.pageSize < pairs.length;
    const marker = isTruncated ? `<Marker>${from + iam.pageSize}</Marker>` : '';
    return `<EvaluationResults>${members.join('')}</EvaluationResults><IsTruncated>${isTruncated}</IsTruncated>${marker}`;
  }

  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const action = form.get('Action') ?? '';
    const fail = (status: number, code: string) => {
      const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    };
    const results: Record<string, () => string | null> = {
      GetCallerIdentity: () => `<Arn>${iam.caller}</Arn><UserId>AROA:session</UserId><Account>123456789012</Account>`,
      GetRole: () => iam.role && `<Role><Arn>${iam.role}</Arn><RoleName>${form.get('RoleName')}</RoleName></Role>`,
      SimulatePrincipalPolicy: () => (iam.failure ? null : simulate(form)),
    };
    const result = results[action]?.() ?? null;
    if (result === null) return fail(iam.failure?.status ?? 403, iam.failure?.code ?? 'AccessDenied');
    const body = `<${action}Response><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;
    response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const iam: IamServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caller: 'arn:aws:sts::123456789012:assumed-role/kintsugi/task-1',
    role: 'arn:aws:iam::123456789012:role/agents/kintsugi',
    allowed: new Set(),
    missingContext: [],
    pageSize: 100,
    failure: null,
    simulated: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return iam;
}
