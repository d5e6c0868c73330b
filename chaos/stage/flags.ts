/** The document in AppConfig from which the services of one cluster read their flags, as a team would have set it up. */
import {
  type AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import type { FlagsDocument } from './stage.ts';

const application = 'shop';
const profileOf = (cluster: string) => `features-${cluster}`;

/** Where AppConfig's agent, a container beside each task, hands the document out. */
export function flagsUrlOf(cluster: string): string {
  return `http://localhost:2772/applications/${application}/environments/${cluster}/configurations/${profileOf(cluster)}`;
}

/** Puts the document in force. One application for all clusters, with an environment and a profile each. */
export async function createFlags(
  client: AppConfigClient,
  clusters: readonly string[],
  document: string,
): Promise<Map<string, FlagsDocument>> {
  const made = await client.send(new CreateApplicationCommand({ Name: application }));
  const ApplicationId = idOf(made.Id);
  const atOnce = await client.send(
    new CreateDeploymentStrategyCommand({
      Name: 'at-once',
      DeploymentDurationInMinutes: 0,
      FinalBakeTimeInMinutes: 0,
      GrowthFactor: 100,
      ReplicateTo: 'NONE',
    }),
  );
  const documents = new Map<string, FlagsDocument>();
  for (const cluster of clusters) {
    const environment = await client.send(new CreateEnvironmentCommand({ ApplicationId, Name: cluster }));
    const own = await client.send(
      new CreateConfigurationProfileCommand({
        ApplicationId,
        Name: profileOf(cluster),
        LocationUri: 'hosted',
        Type: 'AWS.AppConfig.FeatureFlags',
      }),
    );
    const ConfigurationProfileId = idOf(own.Id);
    const { VersionNumber } = await client.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId,
        ConfigurationProfileId,
        ContentType: 'application/json',
        Content: new TextEncoder().encode(document),
      }),
    );
    await client.send(
      new StartDeploymentCommand({
        ApplicationId,
        EnvironmentId: idOf(environment.Id),
        ConfigurationProfileId,
        ConfigurationVersion: String(VersionNumber),
        DeploymentStrategyId: idOf(atOnce.Id),
      }),
    );
    documents.set(cluster, {
      application: ApplicationId,
      environment: idOf(environment.Id),
      profile: ConfigurationProfileId,
      strategy: idOf(atOnce.Id),
    });
  }
  return documents;
}

function idOf(id: string | undefined): string {
  if (id === undefined) throw new Error('AppConfig made something without an id');
  return id;
}
