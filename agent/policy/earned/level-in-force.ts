/** The level an action has on a service right now: what it earned or an operator set, never above what the policy allows. */
import type { Autonomy } from '../../domain/verdict.ts';
import { own } from '../gate.ts';
import type { PolicySettings } from '../request.ts';
import type { Experience } from './experience.ts';
import { lower, rankOf } from './levels.ts';
import { type EarningSettings, orderWords, type Standing, standingOf } from './replay.ts';

export interface LevelInForce {
  level: Autonomy;
  /** What decided, in words that end a sentence. */
  because: string;
  /** As replayed from the record, whatever the policy allows. */
  standing: Standing;
}

/** What one action may do on one service, by this policy. What only tells somebody changes nothing that could prove it: it earns nothing. */
export function levelOf(
  record: readonly Experience[],
  { action, purpose }: { action: string; purpose: 'mend' | 'tell' },
  { autonomy, earning }: Pick<PolicySettings, 'autonomy' | 'earning'>,
): LevelInForce & { ceiling: Autonomy; isEarned: boolean } {
  const ceiling = own(autonomy.byAction, action) ?? autonomy.default;
  const isEarned = earning.on && purpose === 'mend';
  return { ...levelInForce(record, ceiling, { ...earning, on: isEarned }), ceiling, isEarned };
}

/** `ceiling`: what the policy allows at most. */
export function levelInForce(record: readonly Experience[], ceiling: Autonomy, earning: EarningSettings): LevelInForce {
  const standing = standingOf(record, earning);
  if (!earning.on) {
    const level = lower(ceiling, standing.order?.level ?? ceiling);
    return { level, because: standing.order && level !== ceiling ? orderWords(standing.order) : 'as the policy says', standing };
  }
  const level = lower(ceiling, standing.level);
  if (rankOf(standing.level) > rankOf(ceiling)) return { level, because: 'the policy allows no more', standing };
  if (standing.order?.level === level) return { level, because: orderWords(standing.order), standing };
  const next = level === ceiling ? '' : `; ${standing.row} of ${earning.successes} good experiences in a row lead further`;
  return { level, because: `${standing.because}${next}`, standing };
}
