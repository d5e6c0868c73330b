/** Parts of a service that were ill at the decision: each has to be seen well, whatever the service as a whole looks like. */
import { type Findings, known } from './reading.ts';
import type { ServiceSample, Symptom } from './sample.ts';

/**
 * As ill as before: at least this share of what it was. Between that and well it got better and is not well, which undoes nothing; nor do
 * requests in flight, which hurt nobody by themselves.
 */
const asBefore = 0.5;

export function symptomsIn(seen: ServiceSample | undefined, was: ServiceSample | undefined, { signals, unknown }: Findings): void {
  for (const symptom of was?.symptoms ?? []) {
    const { part, signal, wellUpTo, isNew } = symptom;
    const name = `${was?.service}, ${part}: ${signal}`;
    const value = valueSeen(seen, symptom);
    if (value === null) {
      if (!isNew) unknown.push(`${name} was ${symptom.value?.toFixed(3)}, and there is no data for it any more.`);
    } else if (value > wellUpTo) {
      const isAsBefore = signal !== 'inFlight' && value >= asBefore * (symptom.value ?? 0);
      const reason = `${name} ${value.toFixed(3)}, before ${symptom.value?.toFixed(3)}, at most ${wellUpTo} is good.`;
      (isAsBefore ? signals : unknown).push(reason);
    }
  }
}

/** One of the parts that were ill is seen, and is well. */
export function isCured(seen: ServiceSample | undefined, was: ServiceSample | undefined): boolean {
  return (was?.symptoms ?? []).some((symptom) => {
    const value = valueSeen(seen, symptom);
    return value !== null && value <= symptom.wellUpTo;
  });
}

function valueSeen(seen: ServiceSample | undefined, { part, signal }: Symptom): number | null {
  return known(seen?.symptoms?.find((one) => one.part === part && one.signal === signal)?.value);
}
