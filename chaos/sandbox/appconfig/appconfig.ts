/**
 * AppConfig of the sandbox: hosted profiles, their versions, and deployments that reach everybody at once and then bake; and, unsigned, what the AppConfig agent
 * beside a task answers. Strategies that spread a deployment over time, validators, alarms, experiments and deletions it does not imitate.
 */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { type ApiModule, type RestAnswer, ServiceException } from '../wire/operation.ts';
import { contentOf, showDeployment, showEnvironment, showNamed, showProfile, showStrategy } from './describe.ts';
import { type AppConfigOperation, agentOperation, operationOf, readCall } from './read-call.ts';
import {
  type Application,
  type Deployment,
  type Environment,
  evaluateFlags,
  faultOfFlags,
  featureFlags,
  type HostedVersion,
  inForce,
  isMoving,
  type Profile,
  type Strategy,
} from './store.ts';

export interface AppConfigOptions {
  /** Bake times are divided by it. */
  pace: number;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const naming = z.looseObject({ Name: z.string().min(1).max(64) });
const newProfile = naming.extend({
  LocationUri: z.literal('hosted'),
  Type: z.enum([featureFlags, 'AWS.Freeform']).default('AWS.Freeform'),
});
const newVersion = z.looseObject({
  Content: z.string(),
  ContentType: z.string().default('application/json'),
  Description: z.string().default(''),
  LatestVersionNumber: z.int().optional(),
});
const newStrategy = naming.extend({
  DeploymentDurationInMinutes: z.literal(0, 'the sandbox deploys to everybody at once: give 0'),
  FinalBakeTimeInMinutes: z.int().min(0).max(1440).default(0),
});
const start = z.looseObject({
  ConfigurationProfileId: z.string(),
  ConfigurationVersion: z.string(),
  DeploymentStrategyId: z.string(),
  Description: z.string().default(''),
  LatestDeploymentNumber: z.int().optional(),
});
const paging = z.looseObject({ NextToken: z.string().regex(/^\d+$/).optional(), MaxResults: z.int().min(1).max(50).default(50) });

export function createAppConfig({ pace, now }: AppConfigOptions): ApiModule & { close(): void } {
  const applications = new Map<string, Application>();
  const allAtOnce: Strategy = { id: 'AppConfig.AllAtOnce', name: 'AppConfig.AllAtOnce', bakeMinutes: 10 };
  const strategies = new Map([[allAtOnce.id, allAtOnce]]);
  const timers = new Set<NodeJS.Timeout>();

  function applicationOf(input: Record<string, unknown>): Application {
    return byIdOrName(applications, input.ApplicationId, 'application');
  }
  function environmentOf(input: Record<string, unknown>): Environment {
    return byIdOrName(applicationOf(input).environments, input.EnvironmentId, 'environment');
  }
  function profileOf(input: Record<string, unknown>): Profile {
    return byIdOrName(applicationOf(input).profiles, input.ConfigurationProfileId, 'configuration profile');
  }
  function deploymentOf(input: Record<string, unknown>): Deployment {
    const found = environmentOf(input).deployments.find(({ number }) => number === input.DeploymentNumber);
    if (found === undefined) throw notFound(`no deployment ${String(input.DeploymentNumber)}`);
    return found;
  }

  function bakeThenComplete(deployment: Deployment): void {
    deployment.state = 'BAKING';
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (deployment.state !== 'BAKING') return;
        deployment.state = 'COMPLETE';
        deployment.completedAt = now();
      },
      (deployment.strategy.bakeMinutes * 60_000) / pace,
    );
    timers.add(timer.unref());
  }

  const operations: Record<AppConfigOperation, (input: Record<string, unknown>) => RestAnswer> = {
    CreateApplication: (input) => {
      const application: Application = { id: newId(), name: parse(naming, input).Name, environments: new Map(), profiles: new Map() };
      applications.set(application.id, application);
      return { status: 201, body: showNamed(application) };
    },
    ListApplications: (input) => listed([...applications.values()].map(showNamed), input),
    CreateEnvironment: (input) => {
      const environment: Environment = { id: newId(), name: parse(naming, input).Name, deployments: [] };
      const application = applicationOf(input);
      application.environments.set(environment.id, environment);
      return { status: 201, body: showEnvironment(application, environment) };
    },
    ListEnvironments: (input) => {
      const application = applicationOf(input);
      return listed(
        [...application.environments.values()].map((one) => showEnvironment(application, one)),
        input,
      );
    },
    GetEnvironment: (input) => ({ status: 200, body: showEnvironment(applicationOf(input), environmentOf(input)) }),
    CreateConfigurationProfile: (input) => {
      const { Name: name, Type: type } = parse(newProfile, input);
      const profile: Profile = { id: newId(), name, type, versions: [] };
      const application = applicationOf(input);
      application.profiles.set(profile.id, profile);
      return { status: 201, body: showProfile(application, profile) };
    },
    ListConfigurationProfiles: (input) => {
      const application = applicationOf(input);
      return listed(
        [...application.profiles.values()].map((one) => showProfile(application, one)),
        input,
      );
    },
    GetConfigurationProfile: (input) => ({ status: 200, body: showProfile(applicationOf(input), profileOf(input)) }),
    CreateHostedConfigurationVersion: (input) => {
      const profile = profileOf(input);
      const { Content: content, ContentType: contentType, Description: description, LatestVersionNumber } = parse(newVersion, input);
      const latest = profile.versions.at(-1)?.number ?? 0;
      if (LatestVersionNumber !== undefined && LatestVersionNumber !== latest) throw conflict(`the latest version is ${latest}`);
      const fault = profile.type === featureFlags ? faultOfFlags(content) : undefined;
      if (fault !== undefined) throw badRequest(fault);
      const version: HostedVersion = { number: latest + 1, description, contentType, content };
      profile.versions.push(version);
      return { ...contentOf(applicationOf(input), profile, version), status: 201 };
    },
    ListHostedConfigurationVersions: (input) => {
      const [application, profile] = [applicationOf(input), profileOf(input)];
      return listed(
        profile.versions.toReversed().map(({ number, description, contentType }) => ({
          ApplicationId: application.id,
          ConfigurationProfileId: profile.id,
          VersionNumber: number,
          Description: description,
          ContentType: contentType,
        })),
        input,
      );
    },
    GetHostedConfigurationVersion: (input) => {
      const profile = profileOf(input);
      const version = profile.versions.find(({ number }) => number === input.VersionNumber);
      if (version === undefined) throw notFound(`no version ${String(input.VersionNumber)}`);
      return contentOf(applicationOf(input), profile, version);
    },
    CreateDeploymentStrategy: (input) => {
      const { Name: name, FinalBakeTimeInMinutes: bakeMinutes } = parse(newStrategy, input);
      const strategy: Strategy = { id: newId(), name, bakeMinutes };
      strategies.set(strategy.id, strategy);
      return { status: 201, body: showStrategy(strategy) };
    },
    StartDeployment: (input) => {
      const environment = environmentOf(input);
      const profile = profileOf(input);
      const { ConfigurationVersion, DeploymentStrategyId, Description: description, LatestDeploymentNumber } = parse(start, input);
      const strategy = strategies.get(DeploymentStrategyId);
      if (strategy === undefined) throw notFound(`no deployment strategy ${DeploymentStrategyId}`);
      const version = profile.versions.find(({ number }) => String(number) === ConfigurationVersion);
      if (version === undefined) throw notFound(`no version ${ConfigurationVersion}`);
      if (environment.deployments.some(isMoving)) throw conflict('a deployment is in progress in this environment');
      const latest = environment.deployments.at(-1)?.number ?? 0;
      if (LatestDeploymentNumber !== undefined && LatestDeploymentNumber !== latest) throw conflict(`the latest deployment is ${latest}`);
      const deployment: Deployment = {
        number: latest + 1,
        profile,
        version: version.number,
        strategy,
        description,
        state: 'DEPLOYING',
        startedAt: now(),
        completedAt: null,
      };
      environment.deployments.push(deployment);
      const answer = { status: 201, body: showDeployment(deployment) };
      bakeThenComplete(deployment);
      return answer;
    },
    ListDeployments: (input) => listed(environmentOf(input).deployments.toReversed().map(showDeployment), input),
    GetDeployment: (input) => ({ status: 200, body: showDeployment(deploymentOf(input)) }),
    StopDeployment: (input) => {
      const deployment = deploymentOf(input);
      const isNewest = environmentOf(input).deployments.at(-1) === deployment;
      if (isMoving(deployment)) deployment.state = 'ROLLED_BACK';
      else if (deployment.state === 'COMPLETE' && isNewest && input.AllowRevert === true) deployment.state = 'REVERTED';
      else throw badRequest(`deployment ${deployment.number} is ${deployment.state}`);
      return { status: 202, body: showDeployment(deployment) };
    },
    GetConfiguration: (input) => {
      const profile = profileOf(input);
      const version = inForce(environmentOf(input), profile);
      if (version === undefined) throw notFound('nothing is deployed');
      const headers = { 'configuration-version': String(version.number), 'content-type': version.contentType };
      const names = Array.isArray(input.Flags) ? input.Flags.map(String) : [];
      const isFlags = profile.type === featureFlags;
      return { status: 200, headers, body: isFlags ? evaluateFlags(version.content, names) : version.content };
    },
  };

  return {
    rest: {
      handles: (method, path) => operationOf(method, path) !== undefined,
      read: readCall,
      isOpen: (method, path) => operationOf(method, path) === agentOperation,
      async handle({ method, path, input }) {
        const operation = operationOf(method, path);
        if (operation === undefined) throw notFound(`${method} ${path}`);
        return operations[operation](input);
      },
    },
    mutating: new Set(Object.keys(operations).filter((name) => /^(?:Create|Start|Stop)/.test(name))),
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Four to seven letters and digits, as AppConfig's. */
function newId(): string {
  return Array.from({ length: 7 }, () => randomInt(36).toString(36)).join('');
}

/** The control plane knows ids; readers may say names. */
function byIdOrName<T extends { id: string; name: string }>(all: ReadonlyMap<string, T>, asked: unknown, what: string): T {
  const found = all.get(String(asked)) ?? [...all.values()].find(({ name }) => name === asked);
  if (found === undefined) throw notFound(`no ${what} ${String(asked)}`);
  return found;
}

function parse<T>(schema: z.ZodType<T>, input: Record<string, unknown>): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badRequest(`${issue?.path.join('.')}: ${issue?.message}`);
}

/** The token is the offset. */
function listed(all: readonly object[], input: Record<string, unknown>): RestAnswer {
  const { NextToken = '0', MaxResults } = parse(paging, input);
  const end = Number(NextToken) + MaxResults;
  return { status: 200, body: { Items: all.slice(Number(NextToken), end), ...(end < all.length && { NextToken: String(end) }) } };
}

function notFound(message: string): ServiceException {
  return new ServiceException('ResourceNotFoundException', message, 404);
}

function conflict(message: string): ServiceException {
  return new ServiceException('ConflictException', message, 409);
}

function badRequest(message: string): ServiceException {
  return new ServiceException('BadRequestException', message);
}
