/** What waits for a person's yes, and the answers to it, over the agent's API. */
import { ApprovalList, type ApprovalView } from '../api/contract.ts';
import { InputError } from '../domain/errors.ts';
import type { ApiClient } from './api-client.ts';
import { plain } from './plain.ts';

export interface GivenAnswer {
  /** The beginning of an id is enough as long as it names one approval. */
  id: string;
  answer: 'approved' | 'rejected';
  /** Left out with a personal token. */
  by: string | undefined;
  params: Record<string, unknown> | undefined;
}

export async function pendingApprovals(api: ApiClient): Promise<ApprovalView[]> {
  return (await api.get('/approvals', ApprovalList)).approvals;
}

/** Repeats the hash of the plan it was shown: an answer to another plan is refused. */
export async function answerApproval(api: ApiClient, { id, answer, by, params }: GivenAnswer): Promise<ApprovalView> {
  const { id: whole, planHash } = onlyOne(await pendingApprovals(api), id);
  const order = { answer, planHash, ...(by === undefined ? {} : { by }), ...(params === undefined ? {} : { params }) };
  const { approvals } = await api.send('POST', `/approvals/${encodeURIComponent(whole)}`, order, ApprovalList);
  return onlyOne(approvals, whole);
}

/** A few lines for each: what would be done, why, what it could touch, until when. */
export function approvalLines(approval: ApprovalView): string {
  const { id, incidentId, plan, hypothesis, warning, expiresAt, answer, answeredBy, narrowedPlan, explanation } = approval;
  const because = Array.isArray(hypothesis?.because) ? hypothesis.because : [];
  const shown = {
    plan: narrowedPlan?.summary ?? plan.summary,
    parameters: narrowedPlan?.params ?? plan.params,
    calls: narrowedPlan?.calls ?? plan.calls,
    reach: plan.blastRadius,
    undo: plan.undo,
    cause: hypothesis && `${hypothesis.cause} in ${hypothesis.service}, confidence ${hypothesis.confidence}`,
    'proposed by': hypothesis?.proposedBy === 'model' ? 'a model; no rule found a cause' : null,
    because: because.join('; ') || null,
    'second opinion': secondOpinionIn(hypothesis),
    mind: warning,
    [`in the words of ${explanation?.model}, which decides nothing`]: explanation?.statements.map(({ text }) => text).join(' '),
    incident: incidentId,
    [answer ?? 'expires']: answer === null ? expiresAt : `by ${answeredBy}`,
  };
  const lines = Object.entries(shown).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`  ${plain(name)}: ${plain(value)}`],
  );
  return [`${plain(id)}  ${plain(plan.action)}`, ...lines].join('\n');
}

function secondOpinionIn(hypothesis: ApprovalView['hypothesis']): string | null {
  const opinion = hypothesis?.secondOpinion;
  if (typeof opinion !== 'object' || opinion === null || !('stance' in opinion && 'reason' in opinion)) return null;
  return `a model ${String(opinion.stance)}: ${String(opinion.reason)}`;
}

function onlyOne(approvals: readonly ApprovalView[], id: string): ApprovalView {
  const found = approvals.filter((one) => one.id.startsWith(id));
  const [first] = found;
  if (first && found.length === 1) return first;
  const why = found.length === 0 ? `no approval that waits begins with ${JSON.stringify(id)}` : `${found.length} approvals begin with it`;
  throw new InputError('NOT_FOUND', why, { hint: 'kintsugi approvals lists those that wait' });
}
