/** Approvals as the API shows them: each beside what a model said of its claim, if anything was said by then. */
import type { ApprovalRequest } from '../approval/store.ts';
import { strangersLine } from '../evidence/strangers-text.ts';
import { explanationOf } from '../narration/shown.ts';
import type { NarrationStore } from '../narration/store.ts';

const maxStatementLength = 1_000;

export function createApprovalViews(narrations: Pick<NarrationStore, 'ofIncident'>) {
  async function view(request: ApprovalRequest) {
    const told = explanationOf(await narrations.ofIncident(request.incidentId), request.hypothesis);
    if (!told) return request;
    const statements = told.statements.map(({ text, evidence }) => ({ text: strangersLine(text, maxStatementLength), evidence }));
    return { ...request, explanation: { model: told.model ?? 'a model', statements } };
  }
  return (requests: readonly ApprovalRequest[]) => Promise.all(requests.map(view));
}
