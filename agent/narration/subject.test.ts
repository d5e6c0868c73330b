import { describe, expect, it } from 'vitest';
import type { AuditEvent, AuditRow } from '../audit/trail.ts';
import { wantOf } from './subject.ts';

function row(event: AuditEvent, detail: Record<string, unknown> = {}, incidentId: string | null = 'incident-1'): AuditRow {
  return { seq: 7, at: '2026-01-01T00:00:00.000Z', incidentId, actor: 'x', event, detail, previousHash: '', hash: '', keyId: '' };
}
const claim = { cause: 'sick-task', service: 'cart', taskId: 'cart-1', confidence: 0.9 };

describe('what is to be put into words', () => {
  it.each([
    ['a claim, however sure', row('diagnosis', { conclusion: 'cause', ranked: [claim] }), 'sick-task in cart task cart-1'],
    ['no claim', row('diagnosis', { conclusion: 'inconclusive', ranked: [] }), 'inconclusive'],
    ['what the auditor left', row('audited', { vetoed: false, ranked: [{ ...claim, taskId: undefined }] }), 'sick-task in cart'],
    ['a veto', row('audited', { vetoed: true, ranked: [] }), 'inconclusive'],
  ])('is %s', (_, entry, subject) => {
    expect(wantOf(entry)).toEqual({ incidentId: 'incident-1', kind: 'explanation', subject, entry: 7 });
  });

  it.each(['incident-closed', 'escalated'] as const)('is the end of an incident: %s', (event) => {
    expect(wantOf(row(event))).toMatchObject({ kind: 'summary' });
  });

  it.each([
    ['an audit that changed nothing', row('audited', { vetoed: false, ranked: [] })],
    ['a row of another shape', row('diagnosis', { ranked: 'none' })],
    ['what is about no incident', row('escalated', {}, null)],
    ['its own entry', row('narrated')],
  ])('is not %s', (_, entry) => {
    expect(wantOf(entry)).toBeUndefined();
  });
});
