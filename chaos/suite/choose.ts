/** Which experiments are played, how often and in which order. Pure. */
import { createRandom } from '../crash/random.ts';
import type { FoundExperiment } from './format/load.ts';

export interface Choice {
  only?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  stage: 'sandbox' | 'compose' | 'aws';
  repeat: number;
  seed: number;
}

export interface Chosen {
  experiment: FoundExperiment;
  /** From 1. */
  repeat: number;
}

/** Throws for a name that no experiment has: a typing error must not look like a suite that is green. */
export function choose(all: readonly FoundExperiment[], { only, tags, stage, repeat, seed }: Choice): Chosen[] {
  const unknown = only?.filter((name) => !all.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`there is no experiment ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  const wanted = all.filter(
    ({ name, experiment, judgement }) =>
      (only === undefined || only.includes(name)) &&
      (tags === undefined || tags.some((tag) => experiment.tags.includes(tag))) &&
      judgement.stages.includes(stage),
  );
  if (wanted.length === 0) throw new Error(`nothing to play on ${stage} with these options`);
  const random = createRandom(seed);
  return Array.from({ length: repeat }, (_, index) => index + 1).flatMap((number) =>
    random.shuffled(wanted).map((experiment) => ({ experiment, repeat: number })),
  );
}
