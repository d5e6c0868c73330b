import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IncidentId } from '../../domain/ids.ts';
import { newApproval } from '../../testing/new-approval.ts';
import { planOf } from '../../testing/plan.ts';
import type { ApprovalRequest } from '../store.ts';
import { renderMessage } from './message.ts';
import { escaped, verbatim } from './text.ts';

const hostile = 'a <!channel> <@U0ANN> <https://evil.example|your bank> & ```*done*``` \u202e\u0000\n*Approved* by ann';

function requestOf(text: string): ApprovalRequest {
  const plan = planOf({ summary: text, calls: [{ operation: text, input: { [text]: text } }], undo: { kind: 'none', reason: text } });
  const hypothesis = { ...newApproval(IncidentId.parse('i')).hypothesis, because: [text, text] };
  return {
    ...newApproval(IncidentId.parse('incident-1'), { plan, hypothesis, warning: text }),
    id: 'approval-1',
    askedAt: '2026-01-01T00:00:00.000Z',
    answer: null,
    answeredBy: null,
    answeredAt: null,
    narrowedPlan: null,
    usedBy: null,
  };
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'text' in value && typeof value.text === 'string' ? [value.text] : [];
  return [...own, ...Object.values(value).flatMap(textsOf)];
}

describe('text for Slack', () => {
  it('holds no mention, no link and no second line', () => {
    expect(escaped(hostile)).toBe(
      'a &lt;!channel&gt; &lt;@U0ANN&gt; &lt;https://evil.example|your bank&gt; &amp; ```*done*``` *Approved* by ann',
    );
    expect(verbatim([hostile]).slice(3, -3)).not.toContain('`');
  });

  it('is cut by whole characters', () => {
    expect(escaped('😀'.repeat(600))).toBe(`${'😀'.repeat(499)}…`);
  });

  it('never has more in angle brackets than our own dates, and no block Slack would refuse, whatever a plan says', () => {
    const letters = fc.constantFrom('<', '>', '&', '`', '*', '_', '~', '|', '!', '@', '\n', '\u202e', ' ', 'a', '😀');
    const anything = fc.oneof(
      fc.string({ unit: letters, maxLength: 3000 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constant(hostile),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('waiting' as const, 'expired' as const), (text, standing) => {
        const message = renderMessage(requestOf(text), standing);
        for (const one of [message.text, ...textsOf(message.blocks)]) {
          expect(one.replaceAll(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>]*>/g, '')).not.toMatch(/[<>\p{Cf}]/u);
          expect(one.length).toBeLessThanOrEqual(3000);
          // Fences come in pairs, so nothing leaves its block.
          expect(one.split('```').length % 2).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('shows no secret of a plan, its calls or its reasons', () => {
  const said = 'dial postgres://shop:hunter2@db failed';
  const request = requestOf(said);
  const input = { containers: [{ environment: [{ name: 'DB_PASSWORD', value: 'swordfish' }], command: said }] };
  const shown = JSON.stringify(
    renderMessage({ ...request, plan: { ...request.plan, calls: [{ operation: 'register', input }] } }, 'waiting'),
  );
  expect(shown).toContain('dial postgres://***@db failed');
  for (const secret of ['hunter2', 'swordfish']) expect(shown).not.toContain(secret);
});

it('says how many calls of a long plan it does not show', () => {
  const call = { operation: 'ecs:StopTask', input: {} };
  const shown = (calls: number) => {
    const request = requestOf('restart');
    return JSON.stringify(
      renderMessage({ ...request, plan: { ...request.plan, calls: Array.from({ length: calls }, () => call) } }, 'waiting'),
    );
  };
  expect(shown(5)).not.toContain('more: kintsugi approvals');
  expect(shown(12)).toContain('and 7 more: kintsugi approvals shows all');
});

describe('a plan that cannot be shown whole', () => {
  const approve = 'kintsugi-approve';
  const shown = (plan: Partial<ApprovalRequest['plan']>, standing: 'waiting' | 'approved' = 'waiting') => {
    const request = requestOf('restart');
    return JSON.stringify(renderMessage({ ...request, plan: { ...request.plan, ...plan } }, standing));
  };
  const patch = (added: string) => ({
    calls: [{ operation: 'github:CreateBlob', input: { file: 'a.py', line: 1, removed: [], added: [added] } }],
  });

  it('can be approved here while all of it is shown, its blanks as they are', () => {
    const message = shown(patch('        return   `a` < b'));
    expect(message).toContain("        return   'a' &lt; b");
    expect(message).toContain(approve);
    expect(message).not.toContain('Not all of this plan');
  });

  it.each([
    ['a call', patch(`${'x'.repeat(500)} EVIL`)],
    ['a call among short ones', { calls: [...patch('a').calls, ...patch('y'.repeat(600)).calls] }],
    ['calls that are long together', { calls: Array.from({ length: 5 }, () => patch('<'.repeat(300)).calls).flat() }],
    ['a sixth call', { calls: Array.from({ length: 6 }, () => patch('a').calls).flat() }],
    ['a letter nobody sees', patch('if (a\u202e) b')],
    ['the summary', { summary: `restart ${'of everything '.repeat(50)}` }],
    ['the undo', { undo: { kind: 'none' as const, reason: 'x'.repeat(600) } }],
  ])('cannot be approved here, only rejected, for the sake of %s', (_what, plan) => {
    const message = shown(plan);
    expect(message).not.toContain(approve);
    expect(message).toContain('kintsugi-reject');
    expect(message).toContain('Read it with `kintsugi approvals`');
  });

  it('asks nobody to read it any more once it is decided', () => {
    expect(shown(patch('x'.repeat(600)), 'approved')).not.toContain('Read it with');
  });
});
