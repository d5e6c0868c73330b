/** The levels of autonomy as an order: each may do more than the one before. */
import type { Autonomy } from '../../domain/verdict.ts';

const levels: readonly Autonomy[] = ['observe', 'suggest', 'approve', 'auto'];

export function rankOf(level: Autonomy): number {
  return levels.indexOf(level);
}

export function lower(one: Autonomy, other: Autonomy): Autonomy {
  return rankOf(one) <= rankOf(other) ? one : other;
}

/** The next level up; the highest stays. */
export function above(level: Autonomy): Autonomy {
  return levels[rankOf(level) + 1] ?? level;
}
