/**
 * The AWS clients of the actions, a pair for each service: the reader may retry, the writer never does, since few of these calls take an
 * idempotency token and a retried change is a second change. All but ECS are loaded when first asked for: most installations use few.
 */
import type { AppConfigClient } from '@aws-sdk/client-appconfig';
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { FisClient } from '@aws-sdk/client-fis';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { Effect } from '../action.ts';
import { type RoleArns, type Session, takeChangeRole } from './change-role.ts';

export interface ClientPair<Client> {
  /** Reads only; the SDK may try twice. */
  reader: Client;
  /** Changes things, one attempt a call. */
  writer: Client;
}

export interface AwsClients {
  ecs: ClientPair<ECSClient>;
  appconfig(): Promise<ClientPair<AppConfigClient>>;
  ecr(): Promise<ClientPair<ECRClient>>;
  fis(): Promise<ClientPair<FisClient>>;
  iam(): Promise<ClientPair<IAMClient>>;
  s3(): Promise<ClientPair<S3Client>>;
  scaling(): Promise<ClientPair<ApplicationAutoScalingClient>>;
  ssm(): Promise<ClientPair<SSMClient>>;
  sts(): Promise<ClientPair<STSClient>>;
  destroy(): void;
}

/** Takes the role of a change, narrowed to it. Rejects when it cannot. */
type TakeRole = (effect: Effect) => Promise<Session>;

/** What is left out comes from where the SDK looks for it: environment, shared configuration, role of the task. */
export interface AwsPlace {
  endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

type Settings = AwsPlace & { maxAttempts: number };
type Destroyable = { destroy(): void };

/** `roles`: empty when changes are made under the agent's own role. */
export function createAwsClients(place: AwsPlace = {}, roles: RoleArns = {}): AwsClients {
  const made: Destroyable[] = [];
  const sts = later(async () => {
    const { STSClient } = await import('@aws-sdk/client-sts');
    return (settings) => new STSClient(settings);
  });
  const takeRole: TakeRole | undefined =
    Object.keys(roles).length === 0 ? undefined : async (effect) => takeChangeRole((await sts()).reader, roles, effect);

  function pairOf<Client extends Destroyable>(make: (settings: Settings) => Client): ClientPair<Client> {
    const pair = { reader: make({ ...place, maxAttempts: 2 }), writer: make({ ...place, maxAttempts: 1 }) };
    if (takeRole) {
      const forChange = async (effect: Effect) => make({ ...place, maxAttempts: 1, credentials: await takeRole(effect) });
      Object.assign(pair.writer, { forChange });
    }
    made.push(pair.reader, pair.writer);
    return pair;
  }

  function later<Client extends Destroyable>(load: () => Promise<(settings: Settings) => Client>): () => Promise<ClientPair<Client>> {
    let pair: Promise<ClientPair<Client>> | undefined;
    return () => {
      pair ??= load().then(pairOf);
      return pair;
    };
  }

  return {
    ecs: pairOf((settings) => new ECSClient(settings)),
    appconfig: later(async () => {
      const { AppConfigClient } = await import('@aws-sdk/client-appconfig');
      return (settings) => new AppConfigClient(settings);
    }),
    ecr: later(async () => {
      const { ECRClient } = await import('@aws-sdk/client-ecr');
      return (settings) => new ECRClient(settings);
    }),
    fis: later(async () => {
      const { FisClient } = await import('@aws-sdk/client-fis');
      return (settings) => new FisClient(settings);
    }),
    iam: later(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam');
      return (settings) => new IAMClient(settings);
    }),
    s3: later(async () => {
      const { S3Client } = await import('@aws-sdk/client-s3');
      // A bucket in the host's name resolves on AWS only.
      return (settings) => new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });
    }),
    scaling: later(async () => {
      const { ApplicationAutoScalingClient } = await import('@aws-sdk/client-application-auto-scaling');
      return (settings) => new ApplicationAutoScalingClient(settings);
    }),
    ssm: later(async () => {
      const { SSMClient } = await import('@aws-sdk/client-ssm');
      return (settings) => new SSMClient(settings);
    }),
    sts,
    destroy() {
      for (const client of made) client.destroy();
    },
  };
}
