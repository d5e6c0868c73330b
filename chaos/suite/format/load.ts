/** Reads folders of experiments. Either all of them fit, or nothing is played and every fault is named. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { ProviderModule } from '../providers/provider.ts';
import { type BoundExperiment, bindExperiment } from './bind.ts';
import { Experiment } from './schema.ts';

/** What is wrong with the experiments, one line each. */
export class ExperimentsRefused extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the experiments were refused:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

export interface FoundExperiment extends BoundExperiment {
  /** Where its file lies. */
  folder: string;
}

const file = 'experiment.yaml';
const neutralName = /^[a-z][a-z0-9-]*$/;

/** Every folder in `folders` that holds an `experiment.yaml`, by name; or of these one alone. */
export async function loadExperiments(
  folders: readonly string[],
  modules: readonly ProviderModule[],
  only?: string,
): Promise<FoundExperiment[]> {
  const faults: string[] = [];
  const found: FoundExperiment[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => existsSync(join(folder, name, file)));
    const wanted = only === undefined ? names : names.filter((name) => name === only);
    if (wanted.length === 0) faults.push(`${folder}: holds no folder with an ${file}`);
    for (const name of wanted.toSorted()) {
      if (found.some((one) => one.name === name)) faults.push(`${join(folder, name)}: there is another experiment ${name}`);
      const experiment = await readOne(join(folder, name), name, modules, faults);
      if (experiment) found.push(experiment);
    }
  }
  if (faults.length > 0) throw new ExperimentsRefused(faults);
  return found;
}

async function readOne(
  folder: string,
  name: string,
  modules: readonly ProviderModule[],
  faults: string[],
): Promise<FoundExperiment | undefined> {
  const path = join(folder, file);
  const refuse = (reason: string) => faults.push(`${path}: ${reason}`);
  if (!neutralName.test(name)) refuse('its folder is to be called by lower-case words joined by hyphens');
  const document = parseDocument(await readFile(path, 'utf8'));
  const [error] = document.errors;
  if (error) {
    refuse(error.message);
    return undefined;
  }
  const checked = Experiment.safeParse(document.toJS());
  if (!checked.success) {
    for (const { path: where, message } of checked.error.issues) refuse(`${where.join('.')}: ${message}`);
    return undefined;
  }
  const unfit: string[] = [];
  const bound = bindExperiment(name, checked.data, modules, unfit);
  for (const reason of unfit) refuse(reason);
  return { ...bound, folder };
}
