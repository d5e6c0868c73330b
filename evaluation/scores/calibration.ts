/** Is an answer as often right as it says? Cases with an answer are put into bands of confidence. */
import type { Share } from './wilson.ts';

export interface Claim {
  confidence: number;
  isRight: boolean;
}

export interface Band extends Share {
  from: number;
  to: number;
  /** Mean of what the answers of the band claim. */
  claimed: number;
}

const edges = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;

/** Bands without an answer are left out. */
export function calibrate(claims: readonly Claim[]): Band[] {
  return edges.slice(1).flatMap((to, at): Band[] => {
    const from = edges[at] ?? 0;
    const inBand = claims.filter(({ confidence }) => confidence >= from && (confidence < to || (to === 1 && confidence === 1)));
    if (inBand.length === 0) return [];
    const claimed = inBand.reduce((total, { confidence }) => total + confidence, 0) / inBand.length;
    return [{ from, to, claimed, right: inBand.filter(({ isRight }) => isRight).length, of: inBand.length }];
  });
}

/** Mean squared distance between what was claimed and what came true; 0 is perfect, 0.25 is a coin that says 0.5. */
export function brier(claims: readonly Claim[]): number {
  const total = claims.reduce((sum, { confidence, isRight }) => sum + (confidence - Number(isRight)) ** 2, 0);
  return claims.length === 0 ? Number.NaN : total / claims.length;
}
