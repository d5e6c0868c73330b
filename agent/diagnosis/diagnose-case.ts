/** Answers one case: joins the parts of the diagnosis. Pure; a missing part of the case is never an error, only less to go by. */
import type { Case, CaseAnswer } from './case.ts';

export function diagnoseCase(kase: Case): CaseAnswer {
  return {
    id: kase.id,
    ranked: [{ node: kase.alert.node, score: 0, evidence: [] }],
    cause: 'inconclusive',
    confidence: 0,
    change: 'none',
    action: 'none',
    abstain: true,
    reason: 'nothing was found',
  };
}
