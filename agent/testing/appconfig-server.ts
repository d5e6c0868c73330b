/**
 * One AppConfig application with one environment and one hosted profile on the wire the SDK speaks (REST, JSON; contents as raw bodies with
 * headers), for tests: GetConfigurationProfile, GetEnvironment, ListDeployments, Create-, Get- and ListHostedConfigurationVersion(s) with
 * their locking token, StartDeployment with its own, StopDeployment with `Allow-Revert`. A deployment stays `DEPLOYING` until a test ends
 * it. Not imitated: signatures, names in the place of ids, validators, KMS, extensions, alarms, the steps of a strategy, the 72 hours.
 */
import type { IncomingMessage } from 'node:http';
import { type AwsAnswer, type AwsCall, type AwsDouble, AwsRefusal, jsonAnswer, jsonRefusal, pageOf } from './aws-double.ts';

export interface HostedVersion {
  number: number;
  description: string;
  contentType: string;
  content: string;
}
export interface AppConfigDeployment {
  number: number;
  profile: string;
  version: string;
  state: string;
  description: string;
}
export interface AppConfigState {
  application: string;
  environment: { id: string; state: string };
  profile: { id: string; type: string; locationUri: string };
  /** Oldest first. */
  versions: HostedVersion[];
  /** Oldest first. */
  deployments: AppConfigDeployment[];
  pageSize: number;
}

const profilePath = '^/applications/(?<ApplicationId>[^/]+)/configurationprofiles/(?<ConfigurationProfileId>[^/]+)';
const environmentPath = '^/applications/(?<ApplicationId>[^/]+)/environments/(?<EnvironmentId>[^/]+)';
const routes: readonly [operation: string, method: string, path: RegExp][] = [
  ['GetConfigurationProfile', 'GET', new RegExp(`${profilePath}$`)],
  ['ListHostedConfigurationVersions', 'GET', new RegExp(`${profilePath}/hostedconfigurationversions$`)],
  ['CreateHostedConfigurationVersion', 'POST', new RegExp(`${profilePath}/hostedconfigurationversions$`)],
  ['GetHostedConfigurationVersion', 'GET', new RegExp(`${profilePath}/hostedconfigurationversions/(?<VersionNumber>[^/]+)$`)],
  ['GetEnvironment', 'GET', new RegExp(`${environmentPath}$`)],
  ['ListDeployments', 'GET', new RegExp(`${environmentPath}/deployments$`)],
  ['StartDeployment', 'POST', new RegExp(`${environmentPath}/deployments$`)],
  ['StopDeployment', 'DELETE', new RegExp(`${environmentPath}/deployments/(?<DeploymentNumber>[^/]+)$`)],
];

export function createAppConfig(state: AppConfigState): AwsDouble {
  const operations: Record<string, (input: Record<string, unknown>) => AwsAnswer> = {
    GetConfigurationProfile: () => jsonAnswer(profileReply(state)),
    ListHostedConfigurationVersions: (input) => listed(state.versions.toReversed().map(versionSummary(state)), state, input),
    CreateHostedConfigurationVersion: (input) => createVersion(state, input),
    GetHostedConfigurationVersion: (input) => {
      const found = state.versions.find(({ number }) => number === Number(input.VersionNumber));
      if (!found) throw notFound(`no hosted configuration version ${String(input.VersionNumber)}`);
      return versionReply(state, found, 200);
    },
    GetEnvironment: () => {
      const { application, environment } = state;
      return jsonAnswer({ ApplicationId: application, Id: environment.id, Name: 'production', State: environment.state, Monitors: [] });
    },
    ListDeployments: (input) => listed(state.deployments.toReversed().map(deploymentSummary), state, input),
    StartDeployment: (input) => startDeployment(state, input),
    StopDeployment: (input) => stopDeployment(state, input),
  };
  return {
    changing: new Set(['CreateHostedConfigurationVersion', 'StartDeployment', 'StopDeployment']),
    read: readCall,
    answer({ operation, input }) {
      const { ApplicationId, ConfigurationProfileId, EnvironmentId } = input;
      if (ApplicationId !== state.application) throw notFound(`no application ${String(ApplicationId)}`);
      if (ConfigurationProfileId !== undefined && ConfigurationProfileId !== state.profile.id) throw notFound('no such profile');
      if (EnvironmentId !== undefined && EnvironmentId !== state.environment.id) throw notFound('no such environment');
      return operations[operation]?.(input) ?? jsonRefusal(notFound(operation));
    },
    refuse: jsonRefusal,
  };
}

function readCall(request: IncomingMessage, body: Buffer): AwsCall | undefined {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://appconfig');
  const [operation, , path] = routes.find(([, method, pattern]) => method === request.method && pattern.test(pathname)) ?? [];
  if (!operation || !path) return undefined;
  const input: Record<string, unknown> = { ...path.exec(pathname)?.groups };
  const { headers } = request;
  if (operation === 'CreateHostedConfigurationVersion') {
    const latest = headers['latest-version-number'];
    Object.assign(input, { Content: body.toString(), ContentType: headers['content-type'], Description: headers.description });
    if (latest !== undefined) input.LatestVersionNumber = Number(latest);
  } else if (operation === 'StopDeployment') {
    Object.assign(input, { DeploymentNumber: Number(input.DeploymentNumber), AllowRevert: headers['allow-revert'] === 'true' });
  } else if (body.length > 0) {
    Object.assign(input, JSON.parse(body.toString()));
  }
  const token = searchParams.get('next_token');
  return { operation, input: token === null ? input : { ...input, NextToken: token } };
}

function listed(all: readonly object[], { pageSize }: AppConfigState, { NextToken }: Record<string, unknown>): AwsAnswer {
  const { entries, next } = pageOf(all, pageSize, NextToken);
  return jsonAnswer({ Items: entries, NextToken: next });
}

function profileReply({ application, profile }: AppConfigState): object {
  return {
    ApplicationId: application,
    Id: profile.id,
    Name: 'flags',
    LocationUri: profile.locationUri,
    Type: profile.type,
    Validators: [],
  };
}

function versionSummary({ application, profile }: AppConfigState) {
  return ({ number, description, contentType }: HostedVersion) => ({
    ApplicationId: application,
    ConfigurationProfileId: profile.id,
    VersionNumber: number,
    Description: description,
    ContentType: contentType,
  });
}

function versionReply({ application, profile }: AppConfigState, version: HostedVersion, status: number): AwsAnswer {
  const headers: Record<string, string> = {
    'application-id': application,
    'configuration-profile-id': profile.id,
    'version-number': String(version.number),
    'content-type': version.contentType,
  };
  if (version.description !== '') headers.description = version.description;
  return { status, headers, body: version.content };
}

function deploymentSummary({ number, profile, version, state }: AppConfigDeployment): object {
  return {
    DeploymentNumber: number,
    ConfigurationProfileId: profile,
    ConfigurationName: 'flags',
    ConfigurationVersion: version,
    State: state,
    DeploymentDurationInMinutes: 0,
    FinalBakeTimeInMinutes: 10,
    GrowthFactor: 100,
    GrowthType: 'LINEAR',
    PercentageComplete: state === 'COMPLETE' ? 100 : 0,
    StartedAt: '2026-01-01T00:07:00Z',
  };
}

function createVersion(state: AppConfigState, input: Record<string, unknown>): AwsAnswer {
  const latest = state.versions.at(-1)?.number ?? 0;
  if (input.LatestVersionNumber !== undefined && input.LatestVersionNumber !== latest) {
    throw new AwsRefusal(409, 'ConflictException', `the latest version is ${latest}`);
  }
  const version: HostedVersion = {
    number: latest + 1,
    description: String(input.Description ?? ''),
    contentType: String(input.ContentType),
    content: String(input.Content),
  };
  state.versions.push(version);
  return versionReply(state, version, 201);
}

function startDeployment(state: AppConfigState, input: Record<string, unknown>): AwsAnswer {
  const { ConfigurationProfileId, ConfigurationVersion, DeploymentStrategyId, LatestDeploymentNumber, Description = '' } = input;
  if (typeof DeploymentStrategyId !== 'string') throw new AwsRefusal(400, 'BadRequestException', 'DeploymentStrategyId is required');
  if (state.environment.state === 'DEPLOYING') throw new AwsRefusal(409, 'ConflictException', 'a deployment is in progress');
  const latest = state.deployments.at(-1)?.number ?? 0;
  if (LatestDeploymentNumber !== undefined && LatestDeploymentNumber !== latest) {
    throw new AwsRefusal(409, 'ConflictException', `the latest deployment is ${latest}`);
  }
  if (!state.versions.some(({ number }) => String(number) === ConfigurationVersion)) throw notFound(`no version ${ConfigurationVersion}`);
  const deployment: AppConfigDeployment = {
    number: latest + 1,
    profile: String(ConfigurationProfileId),
    version: String(ConfigurationVersion),
    state: 'DEPLOYING',
    description: String(Description),
  };
  state.deployments.push(deployment);
  state.environment.state = 'DEPLOYING';
  return jsonAnswer(deploymentSummary(deployment), 201);
}

function stopDeployment(state: AppConfigState, { DeploymentNumber, AllowRevert }: Record<string, unknown>): AwsAnswer {
  const deployment = state.deployments.find(({ number }) => number === DeploymentNumber);
  if (!deployment) throw notFound(`no deployment ${String(DeploymentNumber)}`);
  const isMoving = ['DEPLOYING', 'BAKING', 'VALIDATING'].includes(deployment.state);
  if (!isMoving && !(deployment.state === 'COMPLETE' && AllowRevert === true)) {
    throw new AwsRefusal(400, 'BadRequestException', `deployment ${deployment.number} is ${deployment.state}`);
  }
  deployment.state = isMoving ? 'ROLLED_BACK' : 'REVERTED';
  state.environment.state = deployment.state;
  return jsonAnswer(deploymentSummary(deployment), 202);
}

function notFound(message: string): AwsRefusal {
  return new AwsRefusal(404, 'ResourceNotFoundException', message);
}
