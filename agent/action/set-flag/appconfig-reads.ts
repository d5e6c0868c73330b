/** One feature flag profile and one environment of AppConfig; reads only. */
import type { AppConfigClient } from '@aws-sdk/client-appconfig';
import { z } from 'zod';
import { type CallContext, readOnce } from '../aws/call.ts';
import type { AppConfigPlace } from './schema.ts';

const Profile = z.object({ Type: z.string().default(''), LocationUri: z.string().default('') });
const Environment = z.object({ State: z.string() });
const Deployment = z
  .object({
    DeploymentNumber: z.int(),
    ConfigurationProfileId: z.string().optional(),
    ConfigurationVersion: z.string(),
    State: z.string(),
  })
  .transform((deployment) => ({ ...deployment, version: Number(deployment.ConfigurationVersion) }));
export type Deployment = z.infer<typeof Deployment>;
const DeploymentPage = z.object({ Items: z.array(Deployment).default([]), NextToken: z.string().optional() });
const Version = z.object({ VersionNumber: z.int(), Description: z.string().default('') });
export type Version = z.infer<typeof Version>;
const VersionPage = z.object({ Items: z.array(Version).default([]), NextToken: z.string().optional() });
const Content = z.object({ Content: z.instanceof(Uint8Array), ContentType: z.string().default('application/json') });

export interface AppConfigReader {
  profile(): Promise<z.infer<typeof Profile>>;
  environmentState(): Promise<string>;
  /** Newest first; `latest` is the number of the newest of any profile, 0 when there is none. */
  deployments(): Promise<{ ofProfile: Deployment[]; latest: number }>;
  /** Newest first. */
  versions(): Promise<Version[]>;
  content(version: number): Promise<{ text: string; contentType: string }>;
}

export function createReader(client: AppConfigClient, place: AppConfigPlace, context: CallContext): AppConfigReader {
  const ids = { ApplicationId: place.application, ConfigurationProfileId: place.profile };
  const environment = { ApplicationId: place.application, EnvironmentId: place.environment };
  const sdk = () => import('@aws-sdk/client-appconfig');

  return {
    async profile() {
      const { GetConfigurationProfileCommand } = await sdk();
      return readOnce('appconfig:GetConfigurationProfile', Profile, context, (options) =>
        client.send(new GetConfigurationProfileCommand(ids), options),
      );
    },

    async environmentState() {
      const { GetEnvironmentCommand } = await sdk();
      const { State } = await readOnce('appconfig:GetEnvironment', Environment, context, (options) =>
        client.send(new GetEnvironmentCommand(environment), options),
      );
      return State;
    },

    async deployments() {
      const { ListDeploymentsCommand } = await sdk();
      const all = await allOf((NextToken) =>
        readOnce('appconfig:ListDeployments', DeploymentPage, context, (options) =>
          client.send(new ListDeploymentsCommand({ ...environment, NextToken }), options),
        ),
      );
      all.sort((a, b) => b.DeploymentNumber - a.DeploymentNumber);
      return {
        ofProfile: all.filter(({ ConfigurationProfileId }) => ConfigurationProfileId === place.profile),
        latest: all[0]?.DeploymentNumber ?? 0,
      };
    },

    async versions() {
      const { ListHostedConfigurationVersionsCommand } = await sdk();
      const all = await allOf((NextToken) =>
        readOnce('appconfig:ListHostedConfigurationVersions', VersionPage, context, (options) =>
          client.send(new ListHostedConfigurationVersionsCommand({ ...ids, NextToken }), options),
        ),
      );
      return all.sort((a, b) => b.VersionNumber - a.VersionNumber);
    },

    async content(VersionNumber) {
      const { GetHostedConfigurationVersionCommand } = await sdk();
      const reply = await readOnce('appconfig:GetHostedConfigurationVersion', Content, context, (options) =>
        client.send(new GetHostedConfigurationVersionCommand({ ...ids, VersionNumber }), options),
      );
      return { text: Buffer.from(reply.Content).toString('utf8'), contentType: reply.ContentType };
    },
  };
}

async function allOf<Entry>(
  page: (token: string | undefined) => Promise<{ Items: Entry[]; NextToken?: string | undefined }>,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let token: string | undefined;
  do {
    const { Items, NextToken } = await page(token);
    all.push(...Items);
    token = NextToken;
  } while (token);
  return all;
}
