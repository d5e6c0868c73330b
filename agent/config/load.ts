/** Reads the agent's environment; beside it only `api-access.ts` reads any. All faults are reported at once, by the variable's name. */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../domain/errors.ts';
import { tellingIn } from '../llm/chain/tracing.ts';
import { describeSettings, envName, parseSetting, type SettingDescription } from './describe.ts';
import { faultLine } from './policy-file/parse.ts';
import { readPolicyFile } from './policy-file/read.ts';
import { type Settings, settingsSchema } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `KINTSUGI_*`; a secret may also be given as a file by `…_FILE`. Beside those only `DATABASE_URL`, the name most platforms give to
 * it, and what ECS tells a task of itself; and refuses what would have LangChain tell others of the runs. Raises a ConfigError that lists every fault.
 */
export function loadSettings(given: Environment = process.env): Settings {
  const known = describeSettings(settingsSchema);
  const faults: string[] = [];
  const environment = withDatabaseUrl(withOwnTask(given), faults);
  const tree: Record<string, unknown> = {};
  for (const setting of known) {
    const text = readSetting(setting, environment, faults);
    if (text !== undefined && text !== '') place(tree, setting.path, parseSetting(setting.schema, text));
  }
  placePolicyFile(tree, known, environment, faults);
  const names = new Set(known.flatMap((setting) => (setting.secret ? [setting.env, `${setting.env}_FILE`] : [setting.env])));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('KINTSUGI_') && !names.has(name)) faults.push(`${name} is not a setting; see docs/configuration.md for the list`);
  }
  for (const name of tellingIn(given)) {
    faults.push(
      `${name} would have LangChain pass on the state of every run, unmasked, to somebody no setting names, or print it; unset it`,
    );
  }
  const parsed = settingsSchema.safeParse(tree);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(faultOf(issue, known, environment));
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults, { hint: 'docs/configuration.md lists every setting' });
  return parsed.data;
}

/** With a policy file the policy is in that file alone: what stood elsewhere would not follow an edit. */
function placePolicyFile(
  tree: Record<string, unknown>,
  known: readonly SettingDescription[],
  environment: Environment,
  faults: string[],
): void {
  const { KINTSUGI_POLICY_FILE: file } = environment;
  if (!file) return;
  for (const { path, env } of known) {
    const isOfTheFile = (path[0] === 'policy' || path[0] === 'flags') && env !== 'KINTSUGI_POLICY_FILE';
    if (isOfTheFile && environment[env]) faults.push(`${env} and KINTSUGI_POLICY_FILE are both set; write it into ${file}`);
  }
  try {
    const parsed = readPolicyFile(file);
    if ('faults' in parsed) faults.push(...parsed.faults.map((fault) => faultLine(file, fault)));
    else {
      const { flags, ...policy } = parsed.policy;
      tree.policy = { ...policy, file };
      tree.flags = flags;
    }
  } catch (error) {
    faults.push(`KINTSUGI_POLICY_FILE=${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** ECS says it to each of its tasks; an operator may say it elsewhere. */
function withOwnTask(environment: Environment): Environment {
  const { ECS_CONTAINER_METADATA_URI_V4: url } = environment;
  return url === undefined ? environment : { KINTSUGI_SELF_METADATA_URL: url, ...environment };
}

function withDatabaseUrl(environment: Environment, faults: string[]): Environment {
  const { DATABASE_URL: url, ...rest } = environment;
  if (url === undefined || url === '') return environment;
  const own = ['KINTSUGI_STORE_URL', 'KINTSUGI_STORE_URL_FILE'].find((name) => environment[name] !== undefined);
  if (own) faults.push(`DATABASE_URL and ${own} are both set; keep one`);
  return own ? rest : { ...rest, KINTSUGI_STORE_URL: url };
}

function readSetting(setting: SettingDescription, environment: Environment, faults: string[]): string | undefined {
  const direct = environment[setting.env];
  const file = setting.secret ? environment[`${setting.env}_FILE`] : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) {
    faults.push(`${setting.env} and ${setting.env}_FILE are both set; keep one`);
    return direct;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    faults.push(`${setting.env}_FILE=${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function place(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let branch = tree;
  for (const key of path.slice(0, -1)) {
    branch[key] ??= {};
    branch = branch[key] as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) branch[last] = value;
}

/** Short, and nothing of a value with an @ in it: it may be a URL with a password. */
function shown(value: string): string {
  return value.includes('@') ? '***' : value.slice(0, 100);
}

interface Issue {
  path: PropertyKey[];
  message: string;
  code: string;
  expected?: string;
}

/** What every variable is at first is text: the types zod speaks of are not the reader's. */
const wanted: Readonly<Record<string, string>> = {
  number: 'expected a number',
  boolean: 'expected true or false',
  record: 'expected a JSON object',
  object: 'expected a JSON object',
  array: 'expected a list',
};

function messageOf({ message, code, expected = '' }: Issue): string {
  return code === 'invalid_type' ? (wanted[expected] ?? message) : message;
}

function faultOf(issue: Issue, known: readonly SettingDescription[], environment: Environment): string {
  const path = issue.path.map(String);
  const setting = known.find((one) => one.path.every((key, i) => key === path[i]));
  if (!setting) {
    const missing = known.filter((one) => path.every((key, i) => key === one.path[i]) && one.default === undefined).map((one) => one.env);
    return `${missing.length > 0 ? missing.join(', ') : envName(path)} must be set`;
  }
  const value = environment[setting.env];
  if (value === undefined || value === '') return `${setting.env} is not set: ${setting.description}`;
  return `${setting.env}=${setting.secret ? '***' : JSON.stringify(shown(value))}: ${messageOf(issue)} (${setting.description})`;
}
