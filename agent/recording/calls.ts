/** Which calls of a run are recorded, and what tells two of the same name apart: the one table that recorder and playback share. */
import type { Intent } from '../action/action-store.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import { type Resource, resourceKey } from '../domain/alert.ts';
import type { EvidenceQuestion } from '../domain/evidence.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';

/** Makes the key of a call of its arguments. */
type KeyOf = (...args: never[]) => string;
export type CallTable = Readonly<Record<string, KeyOf>>;

const alone = () => '';
const first = (word: string) => word;
const firstTwo = (one: string, two: string) => `${one} ${two}`;
const purpose = (question: { purpose: string }) => question.purpose;

/** By port. What a port only writes is not recorded: nothing of a run depends on it. */
export const calls = {
  inventory: { services: first },
  killSwitch: { isOn: alone },
  incidents: {
    get: first,
    labelled: firstTwo,
    troubledServices: first,
    alarmsSince: (cluster: string, services: readonly string[]) => [cluster, ...services].join(' '),
    openAbout: (resource: Resource) => resourceKey(resource),
  },
  records: { of: firstTwo },
  narrations: { ofIncident: first },
  actions: { intend: ({ key }: Intent) => key, get: first, ofIncident: first, changesSince: alone },
  approvals: { ask: alone, get: first, ofIncident: first, pending: alone, use: first },
  adviser: { isOn: first, ask: purpose, investigate: purpose },
} as const satisfies Record<string, CallTable>;

/** Of each action; the rest of an action is pure. */
export const actionCalls = {
  isOffered: alone,
  plan: (params: Record<string, unknown>) => canonicalHash(withoutSecretsIn(params)).slice(0, 16),
  look: alone,
  execute: alone,
  undo: alone,
  lookUndone: alone,
} as const satisfies CallTable;

export function questionKey({ purpose = 'diagnosis', focus }: EvidenceQuestion): string {
  return [purpose, ...focus].join(' ');
}

/** A recording never stands in the way: what has no key has an empty one. */
export function keyOf(table: CallTable, method: string, args: readonly unknown[]): string {
  try {
    return (table[method] as ((...args: readonly unknown[]) => string) | undefined)?.(...args) ?? '';
  } catch {
    return '';
  }
}
