/** Joins what an experiment says with the functions it names, and finds what does not fit before anything is started. */
import type { ActionFunction, ProbeFunction, ProviderModule } from '../providers/provider.ts';
import type { Action, Experiment, Judgement, Probe, Provider } from './schema.ts';

export interface BoundAction {
  name: string;
  function: ActionFunction;
  given: unknown;
  isBackground: boolean;
  /** Seconds as written. */
  before: number;
  after: number;
}

export interface BoundProbe {
  name: string;
  function: ProbeFunction;
  given: unknown;
  range: readonly [number, number];
}

export interface BoundExperiment {
  /** Its folder's. */
  name: string;
  experiment: Experiment;
  judgement: Judgement;
  steadyState: readonly BoundProbe[];
  abort: readonly BoundProbe[];
  method: readonly BoundAction[];
  rollbacks: readonly BoundAction[];
  /** Modules it uses. */
  modules: ReadonlySet<string>;
}

/** Modules whose actions can be done on a stage that is not all ours. */
const modulesOf: Readonly<Record<'compose' | 'aws', readonly string[]>> = {
  compose: ['alertmanager', 'ecs', 'fis', 'load'],
  aws: ['ecs', 'fis'],
};

/** Adds to `faults` what does not fit; the answer is only good when there are none. */
export function bindExperiment(
  name: string,
  experiment: Experiment,
  modules: readonly ProviderModule[],
  faults: string[],
): BoundExperiment {
  const [judgement] = experiment.extensions;
  const used = new Set<string>();
  const find = <Function extends ActionFunction | ProbeFunction>(
    what: string,
    { module: wanted, func, arguments: given }: Provider,
    functionsOf: (module: ProviderModule) => Readonly<Record<string, Function>>,
  ): { function: Function; given: unknown } | undefined => {
    used.add(wanted);
    const module = modules.find((one) => one.name === wanted);
    if (!module) return refuse(`${what}: there is no module ${wanted}, only ${modules.map((one) => one.name).join(', ')}`);
    const functions = functionsOf(module);
    const found = Object.hasOwn(functions, func) ? functions[func] : undefined;
    if (!found) return refuse(`${what}: ${wanted} has no ${func}, only ${Object.keys(functions).join(', ')}`);
    const checked = found.arguments.safeParse(given);
    if (checked.success) return { function: found, given: checked.data };
    return refuse(...checked.error.issues.map(({ path, message }) => `${what}: ${['arguments', ...path].join('.')}: ${message}`));
  };
  const refuse = (...reasons: string[]): undefined => {
    faults.push(...reasons);
  };
  const probes = (list: readonly Probe[]): BoundProbe[] =>
    list.flatMap(({ name: title, provider, tolerance }) => {
      const found = find(`probe "${title}"`, provider, (module) => module.probes);
      return found ? [{ name: title, ...found, range: tolerance.range }] : [];
    });
  const actions = (list: readonly Action[]): BoundAction[] =>
    list.flatMap(({ name: title, provider, pauses, background }) => {
      const found = find(`action "${title}"`, provider, (module) => module.actions);
      if (!found) return [];
      const outside = found.function.strikes(found.given).filter((service) => !judgement.blast.services.includes(service));
      for (const stage of judgement.stages) {
        if (stage !== 'sandbox' && !modulesOf[stage].includes(provider.module))
          refuse(`action "${title}": ${provider.module} cannot be done on ${stage}`);
      }
      if (outside.length > 0) refuse(`action "${title}": strikes ${outside.join(', ')}, which the blast does not name`);
      return [{ name: title, ...found, isBackground: background, before: pauses?.before ?? 0, after: pauses?.after ?? 0 }];
    });
  return {
    name,
    experiment,
    judgement,
    steadyState: probes(experiment['steady-state-hypothesis'].probes),
    abort: probes(judgement.abort.probes),
    method: actions(experiment.method),
    rollbacks: actions(experiment.rollbacks),
    modules: used,
  };
}
