import { describe, expect, it } from 'vitest';
import { decisionsOf, differencesOf } from './decisions.ts';

const update = (kind: string, gate: string, reason: string) => ({
  decided: {
    kind,
    reason: 'because',
    hypothesis: null,
    plan: null,
    verdict: { decision: gate, gates: [{ gate: 'cooldown', decision: gate, reason }] },
  },
});

describe('two runs of one step', () => {
  it('differ where they decide otherwise, and say what each said', () => {
    const found = differencesOf(
      decisionsOf('decision', update('change', 'pass', 'long ago')),
      decisionsOf('decision', update('escalate', 'deny', 'just now')),
    );
    expect(found).toEqual([
      { about: 'decision', was: { said: 'change', because: 'because' }, would: { said: 'escalate', because: 'because' }, isWording: false },
      { about: 'verdict', was: { said: 'pass', because: '' }, would: { said: 'deny', because: '' }, isWording: false },
      {
        about: 'gate cooldown',
        was: { said: 'pass', because: 'long ago' },
        would: { said: 'deny', because: 'just now' },
        isWording: false,
      },
    ]);
  });

  it('differ in words only where they decide the same', () => {
    const [before, after] = ['12 s old', '13 s old'].map((reason) => decisionsOf('decision', update('change', 'pass', reason)));
    expect(differencesOf(before ?? [], after ?? [])).toMatchObject([{ about: 'gate cooldown', isWording: true }]);
  });

  it('differ where one of them has a gate, a claim or a step that the other has not', () => {
    const was = decisionsOf('analyst', {
      focus: ['cart'],
      diagnosis: { conclusion: 'inconclusive', reason: '', ranked: [], evidence: [] },
    });
    expect(differencesOf(was, [])).toMatchObject([
      { about: 'where it looked', was: { said: 'cart' }, would: null, isWording: false },
      { about: 'conclusion', would: null },
    ]);
  });
});
