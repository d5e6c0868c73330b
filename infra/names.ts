/** How things are called: what one stack names, another can name without asking AWS. */
import type { Settings } from './settings/schema.ts';

/** Tags that say what may be done to something; their value is `allowed`. */
export const healTag = 'kintsugi:heal';
export const chaosTag = 'kintsugi:chaos';
/** Tag by which an experiment says that the agent may stop it. */
export const mayStopTag = 'kintsugi:may-stop';
/** Tag by which a service says where its tasks show their metrics. */
export const metricsPortTag = 'kintsugi:metrics-port';
export const allowed = 'allowed';

export type Where = Pick<Settings, 'name' | 'region' | 'accountId'>;

export interface Names {
  /** `kintsugi-dev`: in front of every name that is one in an account. */
  prefix: string;
  stateBucket: string;
  auditBucket: string;
  boundaryArn: string;
  /** The cluster of the agent and of what watches. */
  cluster: string;
  agentService: string;
  /** `('ecs', 'cluster/shop')` */
  arn(service: string, resource: string): string;
  /** Of services whose ARNs carry no Region. */
  globalArn(service: string, resource: string): string;
  bucketArn(bucket: string): string;
  role(name: string): string;
  roleArn(name: string): string;
  /** Name of the SSM parameter by which one stack tells another something. */
  parameter(stack: string, output: string): string;
  /** Name in Secrets Manager. */
  secret(name: string): string;
  logGroup(cluster: string, service: string): string;
}

export function namesOf({ name, region, accountId }: Where): Names {
  const prefix = `kintsugi-${name}`;
  const role = (of: string) => `${prefix}-${of}`;
  const globalArn = (service: string, resource: string) => `arn:aws:${service}::${accountId}:${resource}`;
  return {
    prefix,
    // Bucket names are shared with all accounts of the world.
    stateBucket: `${prefix}-state-${accountId}`,
    auditBucket: `${prefix}-audit-${accountId}`,
    boundaryArn: globalArn('iam', `policy/${prefix}-boundary`),
    cluster: prefix,
    agentService: 'kintsugi',
    arn: (service, resource) => `arn:aws:${service}:${region}:${accountId}:${resource}`,
    globalArn,
    bucketArn: (bucket) => `arn:aws:s3:::${bucket}`,
    role,
    roleArn: (of) => globalArn('iam', `role/${role(of)}`),
    parameter: (stack, output) => `/kintsugi/${name}/${stack}/${output}`,
    secret: (of) => `kintsugi/${name}/${of}`,
    logGroup: (cluster, service) => `/ecs/${cluster}/${service}`,
  };
}
