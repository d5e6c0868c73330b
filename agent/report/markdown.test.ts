import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../audit/trail.ts';
import { EvidenceId, IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { CostLine } from '../llm/budget/call-store.ts';
import type { Narration } from '../narration/store.ts';
import { hostileTexts, shapeOfMarkdown } from '../testing/hostile-words.ts';
import { markdownOf } from './markdown.ts';
import { reportOf } from './report.ts';

const id = IncidentId.parse('4b3c1f0e-5a5c-4f7e-9a1e-0d2f3a4b5c6d');
const at = '2026-01-01T00:00:00.000Z';
const incident: Incident = {
  id,
  alertName: 'HighErrorRatio',
  resource: { cluster: 'shop', service: 'checkout' },
  severity: 'critical',
  status: 'closed',
  outcome: 'escalated',
  outcomeReason: 'nobody answered',
  startedAt: at,
  openedAt: at,
  closedAt: at,
  firings: 1,
  resolvedAt: null,
  graphVersion: '1',
};

function reportWith(entries: readonly AuditEntry[], narrations: readonly Narration[] = [], costs: readonly CostLine[] = []): string {
  const told = { incident, alerts: [], entries, changes: [], approvals: [], shadows: [], narrations, costs };
  return markdownOf(reportOf(told, { region: 'eu-west-1' }));
}

function entry(event: AuditEntry['event'], detail: Record<string, unknown>): AuditEntry {
  return { at, incidentId: id, actor: 'analyst', event, detail };
}

it('keeps the beginning and the end of a long story, and counts what is between', () => {
  const entries = Array.from({ length: 399 }, (_, index) => entry('run-failed', { reason: `failure number ${index}` }));
  const report = reportWith([...entries, entry('escalated', { reason: 'the last word' })]);
  expect(report).toContain('failure number 0 |');
  expect(report).toContain('handed to a person: the last word');
  expect(report).not.toContain('failure number 200 |');
  // The beginning of the alert is an entry too.
  expect(report).toContain('101 more are in the audit trail');
});

it('says what models cost, by role and model and in all, and nothing when none was asked', () => {
  const line = { calls: 2, estimated: 1, unpriced: 0, inputTokens: 9000, outputTokens: 500, costNano: 3_200_000 };
  const report = reportWith(
    [],
    [],
    [
      { key: 'analysis by openai:gpt-5-mini', ...line },
      { key: 'audit by compatible:a|b', ...line, estimated: 0, costNano: 800_000 },
    ],
  );
  expect(report).toContain('| 2 | 9000 | 500 | $0.0032 |');
  expect(report).toContain('| all | 4 | 18000 | 1000 | $0.0040 |');
  expect(report).toContain('1 of the calls count with the most they can cost');
  expect(report).toContain('audit by compatible');
  expect(report).not.toContain('a|b');
  expect(reportWith([])).not.toContain('models cost');
});

it('tells two sick tasks of one service apart', () => {
  const claim = { cause: 'sick-task', service: 'checkout', because: [], evidence: [], refutedBy: '' };
  const [first, second] = [
    { ...claim, taskId: 'a1', confidence: 0.9 },
    { ...claim, taskId: 'b2', confidence: 0.6 },
  ];
  const found = { round: 1, conclusion: 'cause', reason: 'two tasks fail', path: [], where: '', ranked: [first, second] };
  const audited = { vetoed: false, notes: [], ranked: [second, { ...first, confidence: 0.5 }] };
  const report = reportWith([entry('diagnosis', found), entry('audited', audited)]);
  expect(report).toMatch(
    /1\. sick-task in checkout, task b2 \(confidence 0\.60 of 1\)\n2\. sick-task in checkout, task a1 \(confidence 0\.50/,
  );
});

describe('the words of a model', () => {
  const narration: Narration = {
    seq: 1,
    incidentId: id,
    kind: 'explanation',
    subject: 'overload in checkout',
    state: 'told',
    statements: [
      { text: 'Requests rose threefold.', evidence: [EvidenceId.parse('evidence-1')] },
      { text: 'It began at noon.', evidence: [] },
    ],
    struck: 2,
    model: 'test:words',
    reason: '',
    wantedAt: at,
    toldAt: at,
  };
  const saying = (text: string): Narration => ({ ...narration, statements: [{ text, evidence: [] }] });

  it('stand apart, with what each sentence cites, and with what was taken out', () => {
    const report = reportWith([], [narration]);
    expect(report).toContain('## In the words of a model');
    expect(report).toContain('Nothing was decided by it.');
    expect(report).toContain('What was found, by test:words: 2 citations of evidence that does not exist are taken out.');
    expect(report).toContain('- Requests rose threefold. *(evidence: evidence-1)*');
    expect(report).toContain('- It began at noon. *(cites nothing)*');
  });

  it('leave no trace while there are none, and their reason when there will be none', () => {
    expect(reportWith([], [{ ...narration, state: 'wanted', statements: [] }])).toBe(reportWith([]));
    expect(reportWith([], [{ ...narration, kind: 'summary', state: 'given-up', statements: [], reason: 'nobody answered' }])).toContain(
      'How it went: nothing. nobody answered',
    );
  });

  it('are never anything but words, whatever they say', () => {
    const shapeOf = (text: string) =>
      shapeOfMarkdown(reportWith([], [saying(`a ${text} word`)])).filter((kind) => kind !== 'text' && kind !== 'escape');
    const shape = shapeOf('harmless');
    expect(shape).toContain('list_item');
    fc.assert(
      fc.property(hostileTexts, (text) => {
        expect(shapeOf(text)).toEqual(shape);
      }),
      { numRuns: 200 },
    );
  });
});
