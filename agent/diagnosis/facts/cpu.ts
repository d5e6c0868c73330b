/** How busy a task may be before it is busy: by what its own task definition reserves, where that is known. */
import { now, type Signals, type View } from './view.ts';

/** Of what is reserved. */
const busyShare = 0.85;
const unitsPerCore = 1024;

/** Cores. What every container reserves for itself goes before what the task may use in all; without either the setting stands. */
export function busyCores(view: View, service: string): number {
  const running = view.states.get(service)?.taskDefinition;
  const revision = view.taskDefinitions.find((definition) => definition.service === service && definition.taskDefinition === running);
  const ofContainers = revision?.containers.map(({ cpu }) => cpu ?? 0) ?? [];
  const units = ofContainers.length > 0 && !ofContainers.includes(0) ? sum(ofContainers) : (revision?.cpu ?? 0);
  return units > 0 ? (busyShare * units) / unitsPerCore : view.settings.cpuHighCores;
}

/** Does a task of the service use what it has? Unknown is no. */
export function isBusy(view: View, service: string, signals: Signals): boolean {
  return (now(signals, 'cpu') ?? 0) >= busyCores(view, service);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
