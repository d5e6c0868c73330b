import { describe, expect, it } from 'vitest';
import { EvidenceId } from '../domain/ids.ts';
import { grounded } from './words.ts';

const citables = ['one', 'two'].map((id, index) => ({ id: EvidenceId.parse(id), alias: `E${index + 1}`, label: '', text: '' }));
const say = (...statements: [text: string, ...evidence: string[]][]) => ({
  statements: statements.map(([text, ...evidence]) => ({ text, evidence })),
});

describe('the words of a model', () => {
  it('keep the citations that exist, as ids, and lose the others', () => {
    expect(grounded(say(['Checkout fails.', 'E1', 'E7'], ['It began at noon.'], ['Cart is well.', 'E9']), citables)).toEqual({
      statements: [
        { text: 'Checkout fails.', evidence: ['one'] },
        { text: 'It began at noon.', evidence: [] },
        { text: 'Cart is well.', evidence: [] },
      ],
      struck: 2,
    });
  });

  it.each([
    ['cites nothing', say(['Checkout fails.'], ['It began at noon.'])],
    ['cites only what does not exist', say(['Checkout fails.', 'E3', 'one', ''])],
    ['says nothing', say()],
    ['says nothing that can be read', say(['\u202e\n\u0000 ', 'E1'])],
  ])('are thrown away when it %s', (_, words) => {
    expect(grounded(words, citables)).toBeNull();
  });

  it('are lines without control characters, without names of evidence in brackets, cut', () => {
    const kept = grounded(say([`Checkout\n\u001b[31mfails\u202e [E1, E2] (e1) ${'x'.repeat(1_000_000)}`, 'E1']), citables);
    expect(kept?.statements[0]?.text).toMatch(/^Checkout fails {1,2}x+$/);
    expect(kept?.statements[0]?.text.length).toBeLessThanOrEqual(600);
  });

  it('end after eight statements', () => {
    const many = say(...Array.from({ length: 1_000 }, (): [string, string] => ['again', 'E1']));
    expect(grounded(many, citables)?.statements).toHaveLength(8);
  });
});
