/**
 * Composition root of `kintsugi replay`, beside app.ts: joins a bundle, the real catalogue and, where one is given, another policy. Needs no
 * settings, no store and no network; what would reach for one fails loudly.
 */
import { readFile } from 'node:fs/promises';
import { actionPlugins, createCatalog } from './action/index.ts';
import type { ActionDeps } from './action/plugin.ts';
import { faultLine } from './config/policy-file/parse.ts';
import { readPolicyFile } from './config/policy-file/read.ts';
import { ConfigError, InvariantError, UpstreamError } from './domain/errors.ts';
import type { PolicySettings } from './policy/request.ts';
import { mostBundleBytes, readBundle } from './replay/bundle.ts';
import { replayLines } from './replay/in-words.ts';
import { type CatalogOf, type Replay, replay } from './replay/replay.ts';

export interface Replayed {
  replay: Replay;
  /** For people. */
  lines: string[];
}

/** `InputError` for what is no bundle that can be played, `ConfigError` for a policy that is none, `UpstreamError` for files that cannot be read. */
export async function replayFile(file: string, policyFile?: string): Promise<Replayed> {
  const bundle = readBundle(await textOf(file));
  const played = await replay(bundle, { catalogOf: offlineCatalog, ...(policyFile === undefined ? {} : { policy: policyIn(policyFile) }) });
  return { replay: played, lines: replayLines(played) };
}

/** The catalogue as it was set up, with nobody to ask: what is not recorded cannot be answered. */
export const offlineCatalog: CatalogOf = ({ action, github }) => {
  const settings = actionPlugins.map(({ id, config }) => {
    const read = config.safeParse(action[id] ?? {});
    return [id, read.success ? read.data : action[id]];
  });
  const nobody = {
    aws: offline('AWS'),
    ...(github ? { github: offline('GitHub') } : {}),
    adviser: offline('a model'),
    drafts: offline('the drafts of patches'),
    clock: offline('the clock'),
  } as unknown as ActionDeps;
  return createCatalog(Object.fromEntries(settings), nobody);
};

/** Stands where a client stands, and answers nobody. */
function offline(what: string): object {
  const asked = () => {
    throw new InvariantError(`a replay reached for ${what}`);
  };
  const stand: object = new Proxy(asked, { get: (_, name) => (name === 'then' ? undefined : stand) });
  return stand;
}

function policyIn(file: string): PolicySettings {
  const read = readPolicyFile(file);
  if ('policy' in read) return read.policy;
  throw new ConfigError(
    read.faults.map((fault) => faultLine(file, fault)),
    { hint: 'kintsugi policy check FILE tells what is wrong with it' },
  );
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length <= mostBundleBytes) return bytes.toString();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UpstreamError('files', 'client', `${file} cannot be read: ${why}`, { cause: error });
  }
  throw new UpstreamError('files', 'client', `${file} is larger than a bundle ever is`);
}
