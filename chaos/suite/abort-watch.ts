/** Whether an experiment is to be broken off: a probe that was outside its tolerance at every look for so long. Pure but for the clock it is told. */
import type { BoundProbe } from './format/bind.ts';

export interface AbortWatch {
  /** `readings` in the order of the probes; null, no data, counts as outside. Answers why to break off, or null. */
  look(readings: readonly (boolean | null)[], at: number): string | null;
}

export function createAbortWatch(probes: readonly Pick<BoundProbe, 'name'>[], patienceMs: number): AbortWatch {
  const outsideSince: (number | null)[] = probes.map(() => null);
  return {
    look(readings, at) {
      for (const [index, { name }] of probes.entries()) {
        const since = readings[index] === true ? null : (outsideSince[index] ?? at);
        outsideSince[index] = since;
        if (since !== null && at - since >= patienceMs)
          return `"${name}" was outside its tolerance for ${Math.round((at - since) / 1000)} s`;
      }
      return null;
    },
  };
}
