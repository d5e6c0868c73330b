/** Routes and tasks that are ill at the decision, and what has become of them since: what alarmed may be too small to show in its service. */
import type { Evidence, SignalName, SignalReading } from '../domain/evidence.ts';
import type { ServiceSample, Symptom } from '../verification/sample.ts';

interface Limits {
  errorRatio: number;
  latencyP95Seconds: number;
  /** The window that "now" stands for. */
  recentSeconds: number;
}

/** A share of fewer requests says nothing, and after it was mended there may be none at all for a while. */
const fewestRequests = 20;
/** So many requests in flight, and this many times what there were, are ill; twice what there were, or a handful, are well again. */
const piledUp = { least: 10, times: 4, wellUpTo: 5, wellTimes: 2 };
/** The state of a run is kept small. */
const mostSymptoms = 10;
const longestName = 200;

const tasks = 'tasks';

interface Part {
  name: string;
  readings: Partial<Record<SignalName, SignalReading>>;
}

/** With what is ill in them; of all tasks the one that does worst. */
export function withSymptoms(samples: readonly ServiceSample[], evidence: readonly Evidence[], limits: Limits): ServiceSample[] {
  return samples.map((sample) => {
    const worst = new Map<string, Symptom>();
    for (const symptom of partsOf(evidence, sample.service).flatMap((part) => illIn(part, limits))) {
      const key = `${symptom.part} ${symptom.signal}`;
      if ((symptom.value ?? 0) > (worst.get(key)?.value ?? 0)) worst.set(key, symptom);
    }
    return worst.size === 0 ? sample : { ...sample, symptoms: [...worst.values()].slice(0, mostSymptoms) };
  });
}

/** With what has become of the parts that were ill `before`. */
export function withSymptomsSeen(
  samples: readonly ServiceSample[],
  evidence: readonly Evidence[],
  before: readonly ServiceSample[],
): ServiceSample[] {
  return samples.map((sample) => {
    const was = before.find(({ service }) => service === sample.service)?.symptoms ?? [];
    if (was.length === 0) return sample;
    const parts = partsOf(evidence, sample.service);
    return { ...sample, symptoms: was.map((symptom) => ({ ...symptom, value: worstNow(parts, symptom) })) };
  });
}

const signalNames = { errorRatio: 'error-ratio', latencyP95: 'latency-p95', inFlight: 'in-flight' } as const;

function worstNow(parts: readonly Part[], { part, signal }: Symptom): number | null {
  const values = parts.filter(({ name }) => name === part).flatMap(({ readings }) => readings[signalNames[signal]]?.now ?? []);
  return values.length === 0 ? null : Math.max(...values);
}

function illIn({ name: part, readings }: Part, limits: Limits): Symptom[] {
  const found: Symptom[] = [];
  const rate = readings['request-rate'];
  const isNew = part !== tasks && (rate?.before ?? 0) <= 0 ? ({ isNew: true } as const) : {};
  const add = (signal: Symptom['signal'], value: number, wellUpTo: number) => found.push({ part, signal, value, wellUpTo, ...isNew });
  const [errors, latency, inFlight] = [readings['error-ratio'], readings['latency-p95'], readings['in-flight']];
  if ((rate?.now ?? 0) * limits.recentSeconds >= fewestRequests) {
    const [failing, slow] = [errors?.now ?? 0, latency?.now ?? 0];
    // What failed or was slow before the trouble as well is how it is.
    if (failing > limits.errorRatio && failing > 2 * (errors?.before ?? 0)) add('errorRatio', failing, limits.errorRatio);
    if (slow > limits.latencyP95Seconds && (latency?.before ?? 0) <= limits.latencyP95Seconds) {
      add('latencyP95', slow, limits.latencyP95Seconds);
    }
  }
  // Without a past nobody knows how many are usual.
  const usual = inFlight?.before ?? null;
  if (part === tasks && usual !== null && (inFlight?.now ?? 0) >= Math.max(piledUp.least, piledUp.times * usual)) {
    add('inFlight', inFlight?.now ?? 0, Math.max(piledUp.wellUpTo, piledUp.wellTimes * usual));
  }
  return found;
}

/** One a route, and one a task under a name they share. */
function partsOf(evidence: readonly Evidence[], service: string): Part[] {
  const parts = new Map<string, Part>();
  for (const fact of evidence.flatMap((answer) => answer.facts)) {
    if ((fact.kind !== 'route-signal' && fact.kind !== 'task-signal') || fact.service !== service) continue;
    const isRoute = fact.kind === 'route-signal';
    const key = isRoute ? `route ${fact.method} ${fact.route}` : `task ${fact.taskId}`;
    const part = parts.get(key) ?? { name: isRoute ? key.slice(0, longestName) : tasks, readings: {} };
    part.readings[fact.signal] = fact;
    parts.set(key, part);
  }
  return [...parts.values()];
}
