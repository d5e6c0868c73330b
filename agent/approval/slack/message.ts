/** What a channel shows of an approval: the plan, why, what it could touch, and the buttons as long as they count. Nobody agrees here to what does not fit. */
import type { Hypothesis } from '../../domain/cause.ts';
import { withoutSecretsIn } from '../../domain/secret-text.ts';
import { linesOf } from '../../narration/shown.ts';
import type { Narration } from '../../narration/store.ts';
import type { ApprovalRequest } from '../store.ts';
import { dateOf, escaped, verbatim, verbatimAndWhole } from './text.ts';

/** How an approval stands. `withdrawn`: the incident is closed, nobody needs an answer any more. */
export type Standing = 'waiting' | 'approved' | 'rejected' | 'expired' | 'withdrawn';

export interface Message {
  /** For notifications and for clients that show no blocks. */
  text: string;
  blocks: readonly object[];
}

/** A message has room for so many calls in full. */
const mostCalls = 5;

const notWhole =
  'Not all of this plan can be shown here. Read it with `kintsugi approvals`, and answer with `kintsugi approve` or `kintsugi reject`.';

export const actionIds = { approved: 'kintsugi-approve', rejected: 'kintsugi-reject' } as const;

/** What a button carries: which question, and the plan as the reader saw it. */
export function buttonValue({ id, planHash }: Pick<ApprovalRequest, 'id' | 'planHash'>): string {
  return `${id} ${planHash}`;
}

export function standingOf(request: ApprovalRequest, incidentIsClosed: boolean, now: string): Standing {
  if (request.answer) return request.answer;
  if (incidentIsClosed) return 'withdrawn';
  return request.expiresAt <= now ? 'expired' : 'waiting';
}

export function renderMessage(request: ApprovalRequest, standing: Standing, explanation?: Narration): Message {
  const { plan, hypothesis, warning, narrowedPlan } = request;
  const title = `${escaped(plan.action)} of ${escaped(plan.target.service)} in ${escaped(plan.target.cluster)}`;
  const why = hypothesis ? [claimOf(hypothesis), ...hypothesis.because.slice(0, 5), ...opinionOf(hypothesis)] : [];
  const { services, tasks, shareOfCapacity } = plan.blastRadius;
  const reach = `services ${services}, tasks ${tasks}, at worst ${Math.round(shareOfCapacity * 100)} % of capacity`;
  const undo = plan.undo.kind === 'restore' ? plan.undo.summary : `cannot be undone: ${plan.undo.reason}`;
  const said = plan.calls.slice(0, mostCalls).map(({ operation, input }) => `${operation} ${JSON.stringify(withoutSecretsIn(input))}`);
  const left = plan.calls.length - said.length;
  const calls = verbatimAndWhole(left > 0 ? [...said, `and ${left} more: kintsugi approvals shows all`] : said);
  const does = verbatimAndWhole([plan.summary, `reach: ${reach}`, `undo: ${undo}`]);
  const isWhole = calls.isWhole && does.isWhole && left === 0;
  const blocks: object[] = [
    section(`*${standing === 'waiting' ? 'Approval asked' : `Approval ${standing}`}*: ${title}`),
    section(does.text),
    ...(why.length > 0 ? [section(`*Why*\n${verbatim(why)}`)] : []),
    ...(explanation ? [section(`*In the words of a model, which decides nothing*\n${verbatim(linesOf(explanation))}`)] : []),
    section(`*Calls*\n${calls.text}`),
    ...(warning ? [section(`*Mind*\n${verbatim([warning])}`)] : []),
    ...(narrowedPlan ? [section(`*Agreed to instead*\n${verbatim([narrowedPlan.summary])}`)] : []),
    ...(standing === 'waiting' && !isWhole ? [section(notWhole)] : []),
    standing === 'waiting' ? buttons(request, isWhole) : context(endOf(request, standing)),
    context(`incident ${escaped(request.incidentId)} · approval ${escaped(request.id)} · plan ${escaped(request.planHash.slice(0, 12))}`),
  ];
  return { text: `Approval ${standing === 'waiting' ? 'asked' : standing}: ${title}`, blocks };
}

function claimOf({ cause, confidence, proposedBy }: Hypothesis): string {
  return proposedBy === undefined ? `${cause} (${Math.round(confidence * 100)} %)` : `${cause}, proposed by a model: no rule found a cause`;
}

function opinionOf({ secondOpinion }: Hypothesis): string[] {
  return secondOpinion ? [`a model ${secondOpinion.stance}: ${secondOpinion.reason}`] : [];
}

function endOf({ answeredBy, answeredAt, expiresAt }: ApprovalRequest, standing: Exclude<Standing, 'waiting'>): string {
  switch (standing) {
    case 'approved':
    case 'rejected':
      return `${standing} by ${escaped(answeredBy ?? 'nobody')} ${dateOf(answeredAt ?? expiresAt)}`;
    case 'expired':
      return `nobody answered before ${dateOf(expiresAt)}`;
    case 'withdrawn':
      return 'the incident is closed: no answer is needed any more';
  }
}

function buttons(request: ApprovalRequest, canBeApproved: boolean): object {
  const button = (answer: keyof typeof actionIds, label: string, style: string) => ({
    type: 'button',
    action_id: actionIds[answer],
    text: { type: 'plain_text', text: label },
    style,
    value: buttonValue(request),
  });
  const confirm = {
    title: { type: 'plain_text', text: 'Make this change?' },
    text: { type: 'plain_text', text: 'It is made at once, if nothing has changed meanwhile.' },
    confirm: { type: 'plain_text', text: 'Make it' },
    deny: { type: 'plain_text', text: 'Not yet' },
  };
  const approve = canBeApproved ? [{ ...button('approved', 'Approve', 'primary'), confirm }] : [];
  return { type: 'actions', elements: [...approve, button('rejected', 'Reject', 'danger')] };
}

/** `verbatim`: Slack makes no links and no mentions out of bare text. */
function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

function section(text: string): object {
  return { type: 'section', text: mrkdwn(text) };
}

function context(text: string): object {
  return { type: 'context', elements: [mrkdwn(text)] };
}
