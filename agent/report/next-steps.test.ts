import { describe, expect, it } from 'vitest';
import { actionKey, undoKey } from '../action/ledger.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { ActionRecord } from '../domain/plan.ts';
import { planOf } from '../testing/plan.ts';
import { type NextStepsInput, nextSteps } from './next-steps.ts';

const incidentId = IncidentId.parse('4b3c1f0e-5a5c-4f7e-9a1e-0d2f3a4b5c6d');
const plan = planOf();

/** One change of the round, done. */
function changed(round: number): ActionRecord {
  const key = actionKey(incidentId, round, 'execute', plan);
  const at = '2026-01-01T00:00:00.000Z';
  return { seq: round, key, incidentId, step: 'execute', plan, status: 'done', detail: '', intendedAt: at, finishedAt: at, verified: null };
}

function undone(change: ActionRecord, key: ActionKey = undoKey(change.key)): ActionRecord {
  return { ...change, key, step: 'undo' };
}

const escalated: NextStepsInput = {
  outcome: 'escalated',
  conclusion: null,
  claim: null,
  sources: [],
  gates: [],
  changes: [],
  lastVerification: null,
};

describe('what a person should look at next', () => {
  it('names a change that stays, although an equal one of an earlier round was undone', () => {
    const [first, second] = [changed(1), changed(2)];
    const steps = nextSteps({ ...escalated, changes: [first, undone(first), second] });
    expect(steps.filter((step) => step.startsWith('Our change is in place'))).toHaveLength(1);
  });

  it('does not name a change that was put back later', () => {
    const change = changed(1);
    const later = ActionKey.parse(`${undoKey(change.key)}/put-back-1`);
    expect(nextSteps({ ...escalated, changes: [change, undone(change, later)] })).toEqual([]);
  });

  it('says of a change nobody could confirm that it is perhaps in place', () => {
    const [step] = nextSteps({ ...escalated, changes: [{ ...changed(1), status: 'unknown' }] });
    expect(step).toMatch(/^Our change is perhaps in place/);
  });
});
