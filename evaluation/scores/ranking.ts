/** Is the guilty node first, and among the first three? */
import type { CaseAnswer } from '../../agent/diagnosis/case/case.ts';

/** 1 is first; Infinity when the answer does not name the node. */
export function rankOf(node: string, { ranked }: Pick<CaseAnswer, 'ranked'>): number {
  const at = ranked.findIndex((one) => one.node === node);
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}
