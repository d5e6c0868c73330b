/** Holds a plan that was not carried out against what happened without it. Pure. */
import type { Outcome } from '../domain/plan.ts';
import type { ShadowResult } from '../policy/earned/experience.ts';
import type { RecoveryJudgement } from '../verification/sample.ts';

export interface Seen {
  /** Whether the plan's effect is there, as the action itself reads the world. */
  effect: Outcome;
  /** The service since the plan was made. */
  recovery: RecoveryJudgement;
  /** The agent changed the service itself since then: what came of that tells nothing about people. */
  changedByUs: boolean;
  /** It has been followed as long as it is followed. */
  isOver: boolean;
}

/** Null while it is too early to tell. */
export function compare({ effect, recovery, changedByUs, isOver }: Seen): { result: ShadowResult; detail: string } | null {
  const why = `${effect.detail}; ${recovery.result}: ${recovery.reasons.join(' ')}`;
  if (changedByUs) return { result: 'not-known', detail: `the agent changed the service itself since then; ${why}` };
  if (recovery.result === 'recovered') {
    if (effect.applied === 'yes') return { result: 'agreed', detail: `its effect is there and the service came back: ${why}` };
    if (effect.applied === 'no') return { result: 'not-needed', detail: `the service came back without it: ${why}` };
  }
  if (!isOver) return null;
  if (effect.applied === 'yes' && recovery.result === 'not-recovered') {
    return { result: 'no-help', detail: `its effect is there and the service did not come back: ${why}` };
  }
  return { result: 'not-known', detail: `nobody can tell: ${why}` };
}
