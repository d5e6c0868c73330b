/** Switches a feature flag in the document of AppConfig that the services of a cluster read, as its owner would: a new version, deployed at once. */
import {
  type AppConfigClient,
  CreateHostedConfigurationVersionCommand,
  GetHostedConfigurationVersionCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { z } from 'zod';
import type { FlagsDocument, StageCluster } from '../../stage/stage.ts';
import { action, type ProviderModule } from './provider.ts';

const SetFlag = z.strictObject({ flag: z.string().min(1), value: z.boolean() });
type SetFlag = z.infer<typeof SetFlag>;

/** Of a profile of type AWS.AppConfig.FeatureFlags. */
const Document = z.looseObject({ values: z.record(z.string(), z.looseObject({ enabled: z.boolean().optional() })) });

const set = action({
  arguments: SetFlag,
  strikes: () => [],
  scope: 'each-cluster',
  async run({ flag, value }: SetFlag, { cluster }) {
    const before = await bringTo(cluster, flag, value);
    return async () => {
      await bringTo(cluster, flag, before);
    };
  },
});

export const flags: ProviderModule = { name: 'flags', actions: { set }, probes: {} };

/** Answers what the flag was; where it is so already nothing is deployed. */
async function bringTo({ control, flags: place }: StageCluster, flag: string, value: boolean): Promise<boolean> {
  if (!place) throw new Error('this stage has no document of flags');
  const { appConfig } = control.clients;
  const { text, contentType, version } = await newest(appConfig, place);
  const document = Document.parse(JSON.parse(text));
  const known = document.values[flag];
  if (!known) throw new Error(`the document of flags has no ${flag}`);
  const before = known.enabled ?? false;
  if (before === value) return before;
  const changed = { ...document, values: { ...document.values, [flag]: { ...known, enabled: value } } };
  const { VersionNumber: next } = await appConfig.send(
    new CreateHostedConfigurationVersionCommand({
      ApplicationId: place.application,
      ConfigurationProfileId: place.profile,
      LatestVersionNumber: version,
      ContentType: contentType,
      Content: Buffer.from(JSON.stringify(changed)),
    }),
  );
  await appConfig.send(
    new StartDeploymentCommand({
      ApplicationId: place.application,
      EnvironmentId: place.environment,
      ConfigurationProfileId: place.profile,
      ConfigurationVersion: String(next),
      DeploymentStrategyId: place.strategy,
    }),
  );
  return before;
}

async function newest(appConfig: AppConfigClient, { application, profile }: FlagsDocument) {
  const ids = { ApplicationId: application, ConfigurationProfileId: profile };
  const { Items = [] } = await appConfig.send(new ListHostedConfigurationVersionsCommand(ids));
  const version = Math.max(...Items.map(({ VersionNumber = 0 }) => VersionNumber));
  const { Content, ContentType } = await appConfig.send(new GetHostedConfigurationVersionCommand({ ...ids, VersionNumber: version }));
  return { text: Buffer.from(Content ?? []).toString('utf8'), contentType: ContentType ?? 'application/json', version };
}
