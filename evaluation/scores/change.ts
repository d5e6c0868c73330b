/** Which change is blamed, and what else of the incident is told. */
import type { CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import type { ChangeTruth } from '../datasets/root-cause-bench.ts';

export interface ChangeScore {
  pass: boolean;
  /** The worst error: an innocent change would be rolled back. */
  decoy: boolean;
  service: boolean;
  remediation: boolean;
  /** 0..1; at most 0.5 without the pass, 0 with a decoy. */
  graded: number;
}

export function scoreChange(answer: Pick<CaseAnswer, 'ranked' | 'change' | 'action'>, truth: ChangeTruth): ChangeScore {
  const pass = isSame(answer.change, truth.commit);
  const decoy = !pass && truth.decoys.some((sha) => isSame(answer.change, sha));
  const [first, ...others] = answer.ranked.map(({ node }) => node);
  const service = first === truth.service;
  const remediation = remedyOf(answer.action) === truth.remediation;
  const partly = 0.5 * Number(service) + 0.3 * jaccard(others, truth.blastRadius) + 0.2 * Number(remediation);
  return { pass, decoy, service, remediation, graded: pass ? 1 : decoy ? 0 : Math.min(0.5, partly) };
}

/** `none` is an answer of its own; else a prefix of 7 or more hex digits names the commit. */
function isSame(given: string, sha: string): boolean {
  if (given === sha) return true;
  return /^[0-9a-f]{7,}$/i.test(given) && sha !== 'none' && sha.toLowerCase().startsWith(given.toLowerCase());
}

/** The catalogue's words as the benchmark says them. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^(roll-?back|revert)/, 'rollback'],
  [/^(roll-?forward|propose-patch)/, 'roll-forward'],
  [/^(rotate|renew)-cert/, 'rotate-cert'],
  [/^scale/, 'scale'],
];

export function remedyOf(action: string): string {
  return remedies.find(([words]) => words.test(action))?.[1] ?? action;
}

export function jaccard(one: readonly string[], other: readonly string[]): number {
  const [left, right] = [new Set(one), new Set(other)];
  const both = [...left].filter((member) => right.has(member)).length;
  const all = left.size + right.size - both;
  return all === 0 ? 1 : both / all;
}
