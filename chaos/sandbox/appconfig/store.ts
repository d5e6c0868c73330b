/** What AppConfig holds, in memory, and how one deployment of an environment goes; it knows neither the wire nor its errors' spelling. */

export interface Application {
  id: string;
  name: string;
  environments: Map<string, Environment>;
  profiles: Map<string, Profile>;
}

export interface Profile {
  id: string;
  name: string;
  type: string;
  /** Oldest first; numbers begin with 1. */
  versions: HostedVersion[];
}

export interface HostedVersion {
  number: number;
  description: string;
  contentType: string;
  content: string;
}

export interface Strategy {
  id: string;
  name: string;
  bakeMinutes: number;
}

export type DeploymentState = 'DEPLOYING' | 'BAKING' | 'COMPLETE' | 'ROLLED_BACK' | 'REVERTED';

export interface Deployment {
  number: number;
  profile: Profile;
  version: number;
  strategy: Strategy;
  description: string;
  state: DeploymentState;
  /** Milliseconds since the epoch. */
  startedAt: number;
  completedAt: number | null;
}

export interface Environment {
  id: string;
  name: string;
  /** Oldest first; numbers begin with 1. */
  deployments: Deployment[];
}

export const featureFlags = 'AWS.AppConfig.FeatureFlags';

export function isMoving({ state }: Deployment): boolean {
  return state === 'DEPLOYING' || state === 'BAKING';
}

/** As GetEnvironment tells it. */
export function environmentState({ deployments }: Environment): string {
  const last = deployments.at(-1);
  if (last === undefined || last.state === 'COMPLETE') return 'READY_FOR_DEPLOYMENT';
  return isMoving(last) ? 'DEPLOYING' : last.state;
}

/** The version whoever reads the profile in this environment gets; every strategy here reaches everybody at once. */
export function inForce({ deployments }: Environment, profile: Profile): HostedVersion | undefined {
  const standing = deployments.findLast((one) => one.profile === profile && (isMoving(one) || one.state === 'COMPLETE'));
  return profile.versions.find(({ number }) => number === standing?.version);
}

interface FlagDocument {
  version: string;
  flags: Record<string, unknown>;
  values?: Record<string, { enabled?: boolean; [attribute: string]: unknown }>;
}

/** What is wrong with a document of feature flags, or nothing. */
export function faultOfFlags(content: string): string | undefined {
  let document: Partial<FlagDocument> | null;
  try {
    document = JSON.parse(content);
  } catch {
    return 'the content is not JSON';
  }
  if (document?.version !== '1' || typeof document.flags !== 'object') return 'the content has no flags of version 1';
  const unknown = Object.keys(document.values ?? {}).find((name) => !Object.hasOwn(document.flags ?? {}, name));
  return unknown === undefined ? undefined : `values name the flag ${unknown}, which is not among the flags`;
}

/** As a reader gets them: one entry a flag, with its attributes while it is enabled. No names: all flags. */
export function evaluateFlags(content: string, names: readonly string[]): Record<string, object> {
  const { flags, values = {} } = JSON.parse(content) as FlagDocument;
  const asked = names.length > 0 ? names : Object.keys(flags);
  return Object.fromEntries(
    asked
      .filter((name) => Object.hasOwn(flags, name))
      .map((name) => {
        const { enabled = false, _createdAt, _updatedAt, ...attributes } = values[name] ?? {};
        return [name, enabled ? { enabled, ...attributes } : { enabled }];
      }),
  );
}
