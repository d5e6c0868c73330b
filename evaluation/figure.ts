/** What the evaluation finds: one figure a row, beside what was published and what is aimed at. */
import type { CaseAnswer } from '../agent/diagnosis/case/case.ts';
import type { Claim } from './scores/calibration.ts';
import type { Share } from './scores/wilson.ts';

export interface Figure {
  suite: string;
  title: string;
  /** A share of cases, or a number on a scale of its own. */
  ours: Share | { value: number; unit: string };
  /** What others were measured at, in words; empty when nothing was published. */
  published: string;
  goal: { compare: 'at least' | 'at most'; value: number } | null;
}

export type Verdict = 'met' | 'MISSED' | '';

export function measuredOf({ ours }: Figure): number {
  return 'of' in ours ? (ours.of === 0 ? Number.NaN : ours.right / ours.of) : ours.value;
}

export function verdictOf(figure: Figure): Verdict {
  const { goal } = figure;
  if (!goal) return '';
  const value = measuredOf(figure);
  return (goal.compare === 'at least' ? value >= goal.value : value <= goal.value) ? 'met' : 'MISSED';
}

/** One case that was not answered as it should be. */
export interface Miss {
  suite: string;
  case: string;
  expected: string;
  got: string;
}

export interface SuiteResult {
  figures: Figure[];
  /** Of answers that claim something, for the calibration table. */
  claims: Claim[];
  misses: Miss[];
  notes: string[];
}

/** Why a suite has no figures at all; loud, for a figure that is missing looks like one that is met. */
export interface NotRun {
  suite: string;
  why: string;
}

/** What an answer says, short enough for a line. */
export function brief({ ranked, cause, change, confidence, abstain, reason }: CaseAnswer): string {
  const nodes = ranked.slice(0, 3).map(({ node }) => node);
  const said = abstain ? `abstains (${cause})` : cause;
  return `${nodes.join(' > ') || 'no node'}; ${said} at ${confidence.toFixed(2)}; change ${change.slice(0, 12)}; ${reason.slice(0, 120)}`;
}
