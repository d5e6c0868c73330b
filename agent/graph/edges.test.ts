import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../domain/cause.ts';
import type { Outcome } from '../domain/plan.ts';
import { planOf } from '../testing/plan.ts';
import type { Recovery, RecoveryJudgement } from '../verification/sample.ts';
import { afterApproval, afterAuditor, afterDecision, afterRemediation, afterVerification, maxLooks, maxRounds } from './edges.ts';
import type { Change, Decision, Proposal } from './state.ts';

const hypothesis = { cause: 'bad-deployment', service: 'checkout', confidence: 0.9, evidence: [], because: [], refutedBy: '' } as const;
const restore = { kind: 'restore', summary: 'put it back' } as const;

function decided(kind: Decision['kind']): Decision {
  return { kind, reason: '', hypothesis: null, plan: null, verdict: null, approvalId: null, at: '' };
}
function changed(overrides: Partial<Change> = {}): Change {
  const outcome: Outcome = { applied: 'yes', detail: '' };
  const plan = planOf({ undo: restore });
  return {
    key: 'k',
    step: 'execute',
    plan,
    hypothesis: { ...hypothesis, evidence: [], because: [] },
    outcome,
    undoneAfter: null,
    at: '',
    ...overrides,
  };
}
function judged(result: Recovery): RecoveryJudgement {
  return { result, reasons: [] };
}

describe('afterAuditor', () => {
  const next = (conclusion: Conclusion, looks: number, proposal: Proposal | null | undefined = null) =>
    afterAuditor({ diagnosis: { conclusion, ranked: [], reason: '', evidence: [] }, looks, proposal });

  it('has it investigated when the rules are at a loss and have no look left', () => {
    expect(next('inconclusive', maxLooks)).toBe('investigator');
    expect(next('inconclusive', maxLooks, undefined)).toBe('investigator');
    expect(next('inconclusive', maxLooks - 1)).toBe('decision');
    expect(next('cause', maxLooks)).toBe('decision');
    expect(next('no-fault', maxLooks)).toBe('decision');
    expect(afterAuditor({ diagnosis: null, looks: maxLooks, proposal: null })).toBe('decision');
  });

  it('has what was proposed before looked at again at once', () => {
    const proposal = { hypothesis: { ...hypothesis, evidence: [], because: [] } };
    expect(next('inconclusive', 0, proposal)).toBe('investigator');
    expect(next('cause', 0, proposal)).toBe('decision');
    expect(next('inconclusive', 0, { hypothesis: null })).toBe('decision');
  });
});

describe('afterDecision', () => {
  it.each([
    ['change', 'remediation'],
    ['tell', 'remediation'],
    ['ask', 'approval'],
    ['watch', 'verification'],
    ['look-again', 'analyst'],
    ['escalate', 'escalation'],
  ] as const)('sends %s to %s', (kind, node) => {
    expect(afterDecision({ decided: decided(kind) })).toBe(node);
  });

  it('calls a human when nothing was decided', () => {
    expect(afterDecision({ decided: null })).toBe('escalation');
  });
});

describe('afterApproval', () => {
  it('goes on only when somebody approved', () => {
    expect(afterApproval({ answered: { id: 'a', answer: 'approved', by: 'ann' } })).toBe('remediation');
    expect(afterApproval({ answered: { id: 'a', answer: 'rejected', by: 'ann' } })).toBe('escalation');
    expect(afterApproval({ answered: { id: 'a', answer: 'expired', by: null } })).toBe('escalation');
    expect(afterApproval({ answered: null })).toBe('escalation');
  });
});

describe('afterRemediation', () => {
  const next = (state: { change: Change | null; round: number }, kind: Decision['kind'] = 'change') =>
    afterRemediation({ ...state, decided: decided(kind) });

  it.each(['yes', 'no', 'unknown'] as const)('hands over once somebody was told, or could not be: %s', (applied) => {
    expect(next({ change: changed({ outcome: { applied, detail: '' } }), round: 1 }, 'tell')).toBe('escalation');
  });

  it.each(['yes', 'unknown'] as const)('verifies a change that was applied: %s', (applied) => {
    expect(next({ change: changed({ outcome: { applied, detail: '' } }), round: maxRounds })).toBe('verification');
  });

  it('looks again when the world had moved, and calls a human when the rounds are used up', () => {
    const change = changed({ outcome: { applied: 'no', detail: '' } });
    expect(next({ change, round: maxRounds - 1 })).toBe('analyst');
    expect(next({ change, round: maxRounds })).toBe('escalation');
  });

  it('calls a human when an undo was not made, or nothing is known of the change', () => {
    expect(next({ change: changed({ step: 'undo', outcome: { applied: 'no', detail: '' } }), round: 1 })).toBe('escalation');
    expect(next({ change: changed({ outcome: null }), round: 1 })).toBe('escalation');
    expect(next({ change: null, round: 1 })).toBe('escalation');
  });
});

describe('afterVerification', () => {
  const ends = (result: Recovery | null, change: Change | null, kind: Decision['kind'] = 'change', round = 1) =>
    afterVerification({ recovery: result && judged(result), change, decided: decided(kind), round });

  it('is done when it recovered, whatever was done', () => {
    expect(ends('recovered', null, 'watch')).toBe('done');
    expect(ends('recovered', changed())).toBe('done');
    expect(ends('recovered', changed({ step: 'undo' }), 'change', maxRounds)).toBe('done');
  });

  it.each(['not-recovered', 'harmed'] as const)('undoes a change that ended %s, also in the last round', (result) => {
    expect(ends(result, changed())).toBe('remediation');
    expect(ends(result, changed(), 'ask')).toBe('remediation');
    expect(ends(result, changed(), 'change', maxRounds)).toBe('remediation');
  });

  it('leaves a change in place that nobody can judge', () => {
    expect(ends('unproven', changed())).toBe('escalation');
  });

  it('looks again after a change that has no undo and did not help, and calls a human after harm', () => {
    const change = changed({ plan: planOf() });
    expect(ends('not-recovered', change)).toBe('analyst');
    expect(ends('not-recovered', change, 'change', maxRounds)).toBe('escalation');
    expect(ends('harmed', change)).toBe('escalation');
  });

  it.each(['not-recovered', 'harmed'] as const)('undoes what ended %s once, then looks again', (after) => {
    expect(ends('not-recovered', changed({ step: 'undo', undoneAfter: judged(after) }))).toBe('analyst');
    expect(ends('not-recovered', changed({ step: 'undo', undoneAfter: judged(after) }), 'change', maxRounds)).toBe('escalation');
  });

  it('calls a human when harm outlasts the undo, or nobody can tell', () => {
    expect(ends('harmed', changed({ step: 'undo', undoneAfter: judged('harmed') }))).toBe('escalation');
    expect(ends('unproven', changed({ step: 'undo', undoneAfter: judged('not-recovered') }))).toBe('escalation');
  });

  it('looks again when what it watched did not come back by itself', () => {
    expect(ends('not-recovered', null, 'watch')).toBe('analyst');
    expect(ends('not-recovered', null, 'watch', maxRounds)).toBe('escalation');
    expect(ends('unproven', null, 'watch')).toBe('escalation');
  });

  it('never ends quietly without a judgement', () => {
    expect(ends(null, changed())).toBe('escalation');
    expect(ends('pending', changed())).toBe('escalation');
  });
});
