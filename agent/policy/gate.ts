/** What a gate is, and the words it answers with. A gate is pure; what it cannot read, it denies. */
import { resourceKey } from '../domain/alert.ts';
import type { GateName, GateResult } from '../domain/verdict.ts';
import type { PastChange, PolicyRequest, PolicySettings } from './request.ts';

export type GateAnswer = Omit<GateResult, 'gate'>;

export interface Gate {
  name: GateName;
  /** It guards the service against a change; who only tells somebody passes it. */
  onlyMends?: true;
  judge(request: PolicyRequest, settings: PolicySettings): GateAnswer;
}

export function pass(reason: string): GateAnswer {
  return { decision: 'pass', reason };
}
export function ask(reason: string): GateAnswer {
  return { decision: 'ask', reason };
}
export function deny(reason: string): GateAnswer {
  return { decision: 'deny', reason };
}

/** Seconds from `at` to `now`; null when either is no time. */
export function ageSeconds(at: string, now: string): number | null {
  const age = (Date.parse(now) - Date.parse(at)) / 1000;
  return Number.isFinite(age) ? age : null;
}

/** Changes that count within a sliding window; one whose time cannot be read counts, for it may be recent. */
export function within(changes: readonly PastChange[], now: string, perSeconds: number): PastChange[] {
  return changes.filter((change) => {
    const age = ageSeconds(change.at, now);
    return age === null || age < perSeconds;
  });
}

export function targetOf(request: PolicyRequest): string {
  return resourceKey(request.plan.target);
}

/** Only a name somebody wrote down counts, never one that every object inherits. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
