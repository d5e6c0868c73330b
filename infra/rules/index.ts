/** All rules. One line adds a list of them. */
import type { Environment } from '../synthesise.ts';
import { chaosRules } from './chaos.ts';
import { networkRules } from './network.ts';
import { rightsRules } from './rights.ts';
import type { Rule } from './rule.ts';
import { serviceRules } from './services.ts';
import { storageRules } from './storage.ts';

export const rules: readonly Rule[] = [...storageRules, ...networkRules, ...serviceRules, ...rightsRules, ...chaosRules];

/** What breaks any of them, a line each. */
export function brokenRules(environment: Environment): string[] {
  return rules.flatMap(({ id, faults }) => faults(environment).map((fault) => `${id}: ${fault}`));
}
