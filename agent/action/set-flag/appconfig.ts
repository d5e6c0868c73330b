/**
 * A feature flag profile of AppConfig: the hosted version that is deployed, a new version made from it under its locking token, and the
 * deployment of that. A version that was made and never deployed changes nothing; one of ours is gone on with, anybody else's stops us.
 */
import { z } from 'zod';
import type { NotPossible, Outcome } from '../../domain/plan.ts';
import type { Effect } from '../action.ts';
import { arnBeside } from '../aws/arn.ts';
import { sendForReply, sendOnce } from '../aws/call.ts';
import type { AwsClients } from '../aws/clients.ts';
import { type AppConfigReader, createReader, type Deployment, type Version } from './appconfig-reads.ts';
import type { AppConfigPlace } from './schema.ts';
import type { Current, FlagStore } from './store.ts';

/** Begins the description of every version that is ours. */
export const markerPrefix = 'kintsugi ';

const Created = z.object({ VersionNumber: z.int() });

export function createAppConfigStore(place: AppConfigPlace, aws: AwsClients, timeoutMs: number): FlagStore {
  const ids = { ApplicationId: place.application, ConfigurationProfileId: place.profile };
  const environment = { ApplicationId: place.application, EnvironmentId: place.environment };
  const name = `profile ${place.profile} of AppConfig`;
  const readerFor = async (signal: AbortSignal) => createReader((await aws.appconfig()).reader, place, { signal, timeoutMs });

  async function read(signal: AbortSignal): Promise<AppConfigCurrent | NotPossible> {
    const reader = await readerFor(signal);
    const against = (await unfitProfile(reader)) ?? (await unfitEnvironment(reader));
    if (against) return { notPossible: against };
    const deployments = await reader.deployments();
    const deployed = deployments.ofProfile.find(({ State }) => State === 'COMPLETE');
    if (!deployed) return { notPossible: `${name} has no completed deployment to start from` };
    const versions = await reader.versions();
    const stranger = versions.find((version) => version.VersionNumber > deployed.version && !version.Description.startsWith(markerPrefix));
    if (stranger) {
      return {
        notPossible: `version ${stranger.VersionNumber} of ${name} waits to be deployed by somebody else: ${deployed.version} is in force`,
      };
    }
    const { text, contentType } = await reader.content(deployed.version);
    const newest = versions[0];
    const latestVersion = newest?.VersionNumber ?? deployed.version;
    return {
      text,
      pin: { kind: 'appconfig', version: deployed.version, latestVersion, latestDeployment: deployments.latest },
      newest,
      write: (changed, marker, effect) =>
        write({ text: changed, contentType }, { latestVersion, latestDeployment: deployments.latest, newest }, marker, effect),
    };
  }

  async function unfitProfile(reader: AppConfigReader): Promise<string | null> {
    const { Type, LocationUri } = await reader.profile();
    if (Type !== 'AWS.AppConfig.FeatureFlags') return `${name} holds ${Type || 'freeform configuration'}, not feature flags`;
    return LocationUri === 'hosted' ? null : `${name} keeps its versions in ${LocationUri}, not in AppConfig`;
  }

  async function unfitEnvironment(reader: AppConfigReader): Promise<string | null> {
    const state = await reader.environmentState();
    return state === 'DEPLOYING' || state === 'ROLLING_BACK' ? `environment ${place.environment} of AppConfig is ${state}` : null;
  }

  async function write(
    content: { text: string; contentType: string },
    at: { latestVersion: number; latestDeployment: number; newest: Version | undefined },
    marker: string,
    effect: Effect,
  ): Promise<Outcome> {
    const { writer } = await aws.appconfig();
    const { CreateHostedConfigurationVersionCommand, StartDeploymentCommand } = await import('@aws-sdk/client-appconfig');
    const change = { effect, timeoutMs };
    let version = at.newest?.Description === marker ? at.newest.VersionNumber : undefined;
    if (version === undefined) {
      const command = new CreateHostedConfigurationVersionCommand({
        ...ids,
        LatestVersionNumber: at.latestVersion,
        Description: marker,
        ContentType: content.contentType,
        Content: Buffer.from(content.text),
      });
      const { outcome, reply } = await sendForReply(writer, command, Created, change);
      if (!reply) return outcome;
      version = reply.VersionNumber;
    }
    return sendOnce(
      writer,
      new StartDeploymentCommand({
        ...environment,
        ...ids,
        DeploymentStrategyId: place.strategy,
        ConfigurationVersion: String(version),
        LatestDeploymentNumber: at.latestDeployment,
        Description: marker,
      }),
      change,
    );
  }

  return {
    format: 'appconfig',
    read,

    async inForce(signal) {
      const reader = await readerFor(signal);
      const { ofProfile } = await reader.deployments();
      const standing = ofProfile.find(isStanding);
      return standing ? (await reader.content(standing.version)).text : { notPossible: `${name} is not deployed` };
    },

    movedSince(pin, current, marker) {
      const { pin: now, newest } = current as AppConfigCurrent;
      if (pin.kind !== 'appconfig' || now.kind !== 'appconfig') return `${name} is not what the plan was made for`;
      if (now.version !== pin.version) return `version ${now.version} of ${name} is in force, not the ${pin.version} of the plan`;
      if (now.latestDeployment !== pin.latestDeployment) return `somebody deployed to environment ${place.environment} since the plan`;
      const isBegun = now.latestVersion === pin.latestVersion + 1 && newest?.Description === marker;
      return now.latestVersion === pin.latestVersion || isBegun ? null : `version ${now.latestVersion} of ${name} was made since the plan`;
    },

    calls(pin, marker) {
      const { latestVersion, latestDeployment } = pin.kind === 'appconfig' ? pin : { latestVersion: 0, latestDeployment: 0 };
      return [
        {
          operation: 'appconfig:CreateHostedConfigurationVersion',
          input: { ...ids, LatestVersionNumber: latestVersion, Description: marker },
        },
        {
          operation: 'appconfig:StartDeployment',
          input: {
            ...environment,
            ...ids,
            DeploymentStrategyId: place.strategy,
            LatestDeploymentNumber: latestDeployment,
            Description: marker,
          },
        },
      ];
    },

    async takeBack(_flag, { marker }, effect) {
      const reader = await readerFor(effect.signal);
      const [newest] = (await reader.deployments()).ofProfile;
      const made = (await reader.versions()).find(({ VersionNumber }) => VersionNumber === newest?.version);
      if (!newest || made?.Description !== marker) {
        return { applied: 'no', detail: `the newest deployment of ${name} is not the one of this change: somebody deployed since` };
      }
      const { DeploymentNumber, State } = newest;
      if (!isStanding(newest)) return { applied: 'no', detail: `deployment ${DeploymentNumber} is ${State} already` };
      const { writer } = await aws.appconfig();
      const { StopDeploymentCommand } = await import('@aws-sdk/client-appconfig');
      const command = new StopDeploymentCommand({ ...environment, DeploymentNumber, AllowRevert: true });
      return sendOnce(writer, command, { effect, timeoutMs });
    },

    rights(serviceArn) {
      const here = (resource: string) => arnBeside(serviceArn, 'appconfig', resource);
      const profile = here(`application/${place.application}/configurationprofile/${place.profile}`);
      const environmentArn = `application/${place.application}/environment/${place.environment}`;
      return [
        { action: 'appconfig:CreateHostedConfigurationVersion', resource: profile },
        ...[here(environmentArn), profile, here(`deploymentstrategy/${place.strategy}`)].map((resource) => ({
          action: 'appconfig:StartDeployment',
          resource,
        })),
        { action: 'appconfig:StopDeployment', resource: here(`${environmentArn}/deployment/*`) },
      ];
    },
  };
}

interface AppConfigCurrent extends Current {
  newest: Version | undefined;
}

/** In force or coming into force. */
function isStanding({ State }: Deployment): boolean {
  return State !== 'ROLLING_BACK' && State !== 'ROLLED_BACK' && State !== 'REVERTED';
}
