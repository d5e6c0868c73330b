import { describe, expect, it } from 'vitest';
import { type Asked, approvalSettingsSchema, nobodyMayApprove, personalTokens, personOfSlack, refuseApprover } from './approvers.ts';

const asked: Asked = { action: 'roll-back-deployment', target: { cluster: 'shop', service: 'checkout' }, requestedBy: [] };
const settings = approvalSettingsSchema.parse({
  people: { ann: { slack: 'U0ANN', tokenSha256: 'a'.repeat(64) }, bob: {} },
  groups: { 'on-call': ['ann', 'bob'], developers: ['bob', 'eve'], payments: ['eve'] },
  approvers: ['on-call'],
  byAction: { 'revert-commit': ['developers'] },
  byService: { payment: ['payments'], 'shop/cart': ['anyone'] },
});
const of = (action: string, service: string): Asked => ({ ...asked, action, target: { cluster: 'shop', service } });
const refused = (one: Asked, by: string, answer: 'approved' | 'rejected' = 'approved') => refuseApprover(settings, one, answer, by);

describe('who may answer an approval', () => {
  it('is a member of one of the groups of the policy', () => {
    expect(refused(asked, 'ann')).toBeNull();
    expect(refused(asked, 'eve')).toContain('in none of the groups that may answer for roll-back-deployment of checkout: on-call');
    expect(refused(asked, 'eve', 'rejected')).toContain('in none of the groups');
  });

  it('is a member of the groups of the action, or of the service, in place of the general ones', () => {
    expect(refused(of('revert-commit', 'checkout'), 'eve')).toBeNull();
    expect(refused(of('revert-commit', 'checkout'), 'ann')).toContain('developers');
    expect(refused(of('stop-task', 'payment'), 'ann')).toContain('payments');
    expect(refused(of('stop-task', 'cart'), 'whoever')).toBeNull();
    expect(refused({ ...of('stop-task', 'cart'), target: { cluster: 'other', service: 'cart' } }, 'whoever')).toContain('on-call');
  });

  it('is in the groups of both when action and service name some', () => {
    expect(refused(of('revert-commit', 'payment'), 'eve')).toBeNull();
    expect(refused(of('revert-commit', 'payment'), 'bob')).toContain('payments');
  });

  it('is never who asked for it, however the name is spelt; they may take it back', () => {
    const own = { ...asked, requestedBy: ['carl', 'Ann'] };
    for (const by of ['ann', 'Ann', 'ANN', 'ann ']) expect(refused(own, by)).toContain('somebody else has to approve');
    expect(refused(own, 'ann', 'rejected')).toBeNull();
    expect(refused(own, 'bob')).toBeNull();
  });

  it.each(['аnn', 'ann\n', '', ' ann', '<!channel>', 'a'.repeat(101)])('has a plain name: %j is refused', (by) => {
    expect(refused(of('stop-task', 'cart'), by)).toContain('The name of an approver');
  });

  it('is nobody unless the policy says so', () => {
    const silent = approvalSettingsSchema.parse({});
    expect(refuseApprover(silent, asked, 'approved', 'ann')).toContain('No group may approve');
    expect(nobodyMayApprove(silent, asked)).toContain('No group may approve');
    expect(refused({ ...asked, action: 'constructor', target: { cluster: 'shop', service: 'toString' } }, 'eve')).toContain('on-call');
  });

  it('is nobody when the only member asked for it', () => {
    expect(nobodyMayApprove(settings, { ...of('stop-task', 'payment'), requestedBy: ['eve'] })).toContain('other than who asked for it');
    expect(nobodyMayApprove(settings, of('stop-task', 'payment'))).toBeNull();
    expect(nobodyMayApprove(settings, of('stop-task', 'cart'))).toBeNull();
    // In developers and in payments is eve alone.
    expect(nobodyMayApprove(settings, { ...of('revert-commit', 'payment'), requestedBy: ['eve'] })).not.toBeNull();
  });

  it('is found by Slack id or token', () => {
    expect(personOfSlack(settings, 'U0ANN')).toBe('ann');
    expect(personOfSlack(settings, 'U0EVE')).toBeUndefined();
    expect(personalTokens(settings)).toEqual([{ name: 'ann', tokenSha256: 'a'.repeat(64) }]);
  });
});

describe('the settings of approvers', () => {
  it.each([
    ['a group nobody wrote down', { approvers: ['on-cal'] }, 'is no group'],
    ['a group named anyone', { groups: { anyone: ['ann'] } }, 'is no name for a group'],
    ['two people with one Slack id', { people: { ann: { slack: 'U0A' }, bob: { slack: 'U0A' } } }, 'must name one person'],
    ['two names that look alike', { people: { ann: {}, Ann: {} } }, 'cannot be told apart'],
    ['an empty group', { groups: { 'on-call': [] } }, 'Too small'],
    ['no group for an action', { byAction: { 'stop-task': [] } }, 'Too small'],
    ['a token in place of its hash', { people: { ann: { tokenSha256: 'secret' } } }, 'SHA-256'],
    ['a Slack name in place of the id', { people: { ann: { slack: '@ann' } } }, 'member id'],
  ])('refuse %s', (_name, given, words) => {
    const parsed = approvalSettingsSchema.safeParse(given);
    expect(JSON.stringify(parsed.error?.issues)).toContain(words);
  });
});
