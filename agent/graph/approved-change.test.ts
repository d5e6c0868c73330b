import { describe, expect, it } from 'vitest';
import { claimHash } from '../approval/pins.ts';
import type { ApprovalRequest } from '../approval/store.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { ActionRecord } from '../domain/plan.ts';
import { approvalSettingsSchema } from '../policy/approvers.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { newApproval } from '../testing/new-approval.ts';
import { planOf } from '../testing/plan.ts';
import { settingsWith } from '../testing/policy-request.ts';
import { plannedChange, refuseApproved } from './approved-change.ts';
import type { Decision, IncidentState } from './state.ts';

const incidentId = IncidentId.parse('incident-1');
const asked = newApproval(incidentId, { expiresAt: '2026-01-01T00:30:00.000Z' });
const approved: ApprovalRequest = {
  ...asked,
  id: 'approval-1',
  askedAt: '2026-01-01T00:00:00.000Z',
  answer: 'approved',
  answeredBy: 'ann',
  answeredAt: '2026-01-01T00:05:00.000Z',
  narrowedPlan: null,
  usedBy: null,
};
const { plan, hypothesis } = asked;
const narrowed = planOf({ params: { cluster: 'shop', service: 'checkout', tasks: 1 }, summary: 'restart one task of checkout' });
const decided: Decision = { kind: 'ask', reason: '', hypothesis, plan, verdict: null, approvalId: 'approval-1', at: approved.askedAt };
const state: Pick<IncidentState, 'decided' | 'answered'> = { decided, answered: { id: 'approval-1', answer: 'approved', by: 'ann' } };
const intent = { key: ActionKey.parse('the-change'), plan } as ActionRecord;
const policy = settingsWith({ approval: approvalSettingsSchema.parse({ groups: { 'on-call': ['ann'] }, approvers: ['on-call'] }) });

interface Case {
  request?: Partial<ApprovalRequest>;
  state?: Partial<typeof state>;
  intent?: Partial<ActionRecord>;
  now?: string;
}

async function reasonFor(one: Case): Promise<string | null> {
  const clock = createFakeClock(one.now ?? '2026-01-01T00:06:00.000Z');
  const approvals = { get: async (id: string) => (id === 'approval-1' ? { ...approved, ...one.request } : undefined) };
  const deps = { approvals, clock } as unknown as Parameters<typeof refuseApproved>[0];
  return (await refuseApproved(deps, { ...state, ...one.state }, { ...intent, ...one.intent }, policy))?.reason ?? null;
}

describe('a yes', () => {
  it('covers the plan it was given for, as long as it holds, and the change that has used it', async () => {
    expect(await reasonFor({})).toBeNull();
    expect(await reasonFor({ request: { usedBy: intent.key } })).toBeNull();
    expect(await reasonFor({ request: { claimHash: '' } })).toBeNull();
    expect(await reasonFor({ request: { narrowedPlan: narrowed }, intent: { plan: narrowed } })).toBeNull();
    // Given within the last moments of the request, and acted on at once.
    const late = { answeredAt: '2026-01-01T00:29:59.000Z' };
    expect(await reasonFor({ request: late, now: '2026-01-01T00:31:00.000Z' })).toBeNull();
  });

  it.each<[string, Case, string]>([
    ['another plan', { intent: { plan: planOf({ summary: 'another' }) } }, 'not the one that was approved'],
    ['the whole plan when less was agreed to', { request: { narrowedPlan: narrowed } }, 'not the one that was approved'],
    ['less when the whole plan was agreed to', { intent: { plan: narrowed } }, 'not the one that was approved'],
    ['another cause', { state: { decided: { ...decided, hypothesis: { ...hypothesis, cause: 'overload' } } } }, 'another cause'],
    ['another task', { state: { decided: { ...decided, hypothesis: { ...hypothesis, taskId: 'a1' } } } }, 'another cause'],
    ['no claim at all', { state: { decided: { ...decided, hypothesis: null } } }, 'another cause'],
    ['a second change', { request: { usedBy: ActionKey.parse('another-change') } }, 'used for another change'],
    ['a later question', { state: { decided: { ...decided, approvalId: 'approval-2' } } }, 'nobody has approved'],
    ['a decision that asked nobody', { state: { decided: { ...decided, kind: 'change' } } }, 'nobody has approved'],
    ['a run that was not told of it', { state: { answered: null } }, 'nobody has approved'],
    ['what was rejected', { request: { answer: 'rejected' } }, 'nobody has approved'],
    ['what nobody answered', { request: { answer: null, answeredBy: null, answeredAt: null } }, 'nobody has approved'],
    ['anything once it has expired', { now: '2026-01-01T00:30:00.000Z' }, 'expired'],
    ['anything when its approver has left the group', { request: { answeredBy: 'bob' } }, 'in none of the groups'],
    ['anything when its approver asked for it', { request: { requestedBy: ['bob', 'Ann'] } }, 'somebody else has to approve'],
  ])('does not cover %s', async (_name, one, words) => {
    expect(await reasonFor(one)).toContain(words);
  });

  it('is for the narrower plan where one was agreed to', async () => {
    const deps = { approvals: { get: async () => ({ ...approved, narrowedPlan: narrowed }) } } as unknown as Parameters<
      typeof plannedChange
    >[0];
    expect(await plannedChange(deps, state)).toEqual(narrowed);
    expect(await plannedChange(deps, { ...state, decided: { ...decided, approvalId: 'approval-2' } })).toEqual(plan);
  });

  it('is pinned to cause and place, not to the numbers', () => {
    expect(claimHash({ ...hypothesis, confidence: 0.5, because: ['other words'] })).toBe(asked.claimHash);
    expect(canonicalHash(plan)).toBe(asked.planHash);
  });
});
