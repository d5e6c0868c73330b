/** The environment of the agent's task, rendered from its settings tree and tried on the agent's own loader: what it would refuse is not deployed. */
import { describeSettings, type SettingDescription } from '../../agent/config/describe.ts';
import { loadSettings } from '../../agent/config/load.ts';
import { settingsSchema } from '../../agent/config/settings.ts';
import { mayStopTag, namesOf } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import { actionRights, actionRole } from './agent-actions.ts';

type Tree = Readonly<Record<string, unknown>>;

/** Settings that hold secrets, by the name of the secret in Secrets Manager. They never stand in the environment of a task definition. */
export const agentSecrets = {
  KINTSUGI_WEBHOOK_TOKEN: 'webhook-token',
  KINTSUGI_API_TOKEN: 'api-token',
  KINTSUGI_AUDIT_KEY: 'audit-key',
  KINTSUGI_STORE_URL: 'store-url',
} as const;

export const agentPort = 8080;
/** Names by which the tasks of the agent's cluster find each other. */
export const prometheusUrl = 'http://prometheus.internal:9090';
export const alertmanagerUrl = 'http://alertmanager.internal:9093';

/** Name → value, without secrets. */
export function agentEnvironment(settings: Settings): Record<string, string> {
  const { environment } = render(treeOf(settings));
  return { AWS_REGION: settings.region, ...environment };
}

/** What the agent would refuse of it at its start, a line each. */
export function agentEnvironmentFaults(settings: Settings): string[] {
  const { environment, faults } = render(treeOf(settings));
  if (faults.length > 0) return faults;
  // Any that are long enough: the true ones are not known here.
  const secrets = Object.fromEntries(
    Object.keys(agentSecrets).map((name) => [name, name.endsWith('_URL') ? 'postgres://kintsugi@database/kintsugi' : 'x'.repeat(64)]),
  );
  try {
    loadSettings({ ...environment, ...secrets });
    return [];
  } catch (error) {
    const lines = error instanceof Error && 'faults' in error && Array.isArray(error.faults) ? error.faults : [String(error)];
    return lines.map((line) => `agent.settings: ${line}`);
  }
}

/** What the stacks know themselves, and over it what the environment says. */
function treeOf(settings: Settings): Tree {
  const names = namesOf(settings);
  const { flags = {} } = settings.agent.settings as { flags?: Record<string, unknown> };
  const changing = Object.keys(actionRights).filter((id) => flags[id] === true);
  const { lockMode, retainDays } = settings.audit;
  const known = {
    clusters: settings.watched.clusters,
    server: { host: '0.0.0.0', port: agentPort },
    audit: { s3: { bucket: names.auditBucket, lockMode, retainDays } },
    aws: { roles: Object.fromEntries(changing.map((id) => [id, names.roleArn(actionRole(id))])) },
    reconciler: { alertmanagerUrl },
    evidence: { prometheus: { url: prometheusUrl }, ecs: { targetHealth: true, deploymentDetails: true } },
    action: { 'stop-experiment': settings.chaos ? { tagKey: mayStopTag } : {} },
  };
  return merge(known, settings.agent.settings);
}

function render(tree: Tree): { environment: Record<string, string>; faults: string[] } {
  const known = describeSettings(settingsSchema);
  const environment: Record<string, string> = {};
  const faults: string[] = [];
  const walk = (branch: Tree, path: readonly string[]) => {
    for (const [key, value] of Object.entries(branch)) {
      const here = [...path, key];
      const setting = known.find((one) => one.path.join('.') === here.join('.'));
      if (setting?.secret) faults.push(`agent.settings.${here.join('.')}: is a secret and has no place in a task definition`);
      else if (setting) environment[setting.env] = textOf(setting, value);
      else if (isTree(value) && known.some(({ path: of }) => of.slice(0, here.length).join('.') === here.join('.'))) walk(value, here);
      else faults.push(`agent.settings.${here.join('.')}: is no setting of the agent; see docs/configuration.md`);
    }
  };
  walk(tree, []);
  return { environment, faults };
}

function textOf({ schema }: SettingDescription, value: unknown): string {
  if (typeof value === 'string') return value;
  const isWords = Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(','));
  return isWords && schema.type === 'array' ? value.join(',') : JSON.stringify(value);
}

function merge(under: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
