/** Which operation of AppConfig a REST call is, and its input as the SDK names it, whether it came in the path, the query, a header or the body. */
import { type RestCall, ServiceException } from '../wire/operation.ts';

const application = '/applications/(?<ApplicationId>[^/]+)';
const environment = `${application}/environments/(?<EnvironmentId>[^/]+)`;
const profile = `${application}/configurationprofiles/(?<ConfigurationProfileId>[^/]+)`;
const versions = `${profile}/hostedconfigurationversions`;
const deployment = `${environment}/deployments/(?<DeploymentNumber>\\d+)`;

const routes = (
  [
    ['CreateApplication', 'POST', '/applications'],
    ['ListApplications', 'GET', '/applications'],
    ['CreateEnvironment', 'POST', `${application}/environments`],
    ['ListEnvironments', 'GET', `${application}/environments`],
    ['GetEnvironment', 'GET', environment],
    ['CreateConfigurationProfile', 'POST', `${application}/configurationprofiles`],
    ['ListConfigurationProfiles', 'GET', `${application}/configurationprofiles`],
    ['GetConfigurationProfile', 'GET', profile],
    ['CreateHostedConfigurationVersion', 'POST', versions],
    ['ListHostedConfigurationVersions', 'GET', versions],
    ['GetHostedConfigurationVersion', 'GET', `${versions}/(?<VersionNumber>\\d+)`],
    ['CreateDeploymentStrategy', 'POST', '/deploymentstrategies'],
    ['StartDeployment', 'POST', `${environment}/deployments`],
    ['ListDeployments', 'GET', `${environment}/deployments`],
    ['GetDeployment', 'GET', deployment],
    ['StopDeployment', 'DELETE', deployment],
    // What the AppConfig agent beside a task answers; it has no signature.
    ['GetConfiguration', 'GET', `${application}/environments/(?<EnvironmentId>[^/]+)/configurations/(?<ConfigurationProfileId>[^/]+)`],
  ] as const
).map(([operation, method, path]) => ({ operation, method, path: new RegExp(`^${path}$`) }));

export type AppConfigOperation = (typeof routes)[number]['operation'];

export const agentOperation = 'GetConfiguration' satisfies AppConfigOperation;

export function operationOf(method: string, path: string): AppConfigOperation | undefined {
  return routes.find((route) => route.method === method && route.path.test(path))?.operation;
}

export function readCall(call: RestCall): { operation: string; input: Record<string, unknown> } {
  const route = routes.find(({ method, path }) => method === call.method && path.test(call.path));
  const input: Record<string, unknown> = { ...route?.path.exec(call.path)?.groups };
  switch (route?.operation) {
    case 'CreateHostedConfigurationVersion': {
      const latest = call.headers['latest-version-number'];
      Object.assign(input, { Content: call.body, ContentType: call.headers['content-type'], Description: call.headers.description });
      if (latest !== undefined) input.LatestVersionNumber = Number(latest);
      break;
    }
    case 'StopDeployment':
      input.AllowRevert = call.headers['allow-revert'] === 'true';
      break;
    case 'GetConfiguration':
      input.Flags = call.query.getAll('flag');
      break;
    default:
      Object.assign(input, bodyOf(call));
  }
  for (const number of ['VersionNumber', 'DeploymentNumber']) if (input[number] !== undefined) input[number] = Number(input[number]);
  const token = call.query.get('next_token');
  if (token !== null) input.NextToken = token;
  const most = call.query.get('max_results');
  if (most !== null) input.MaxResults = Number(most);
  return { operation: route?.operation ?? `${call.method} ${call.path}`, input };
}

function bodyOf({ body }: RestCall): object {
  if (body === '') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Answered below like any other body that is not an object.
  }
  throw new ServiceException('BadRequestException', 'the body is not a JSON object');
}
