import { describe, expect, it } from 'vitest';
import { createWatch, type Turn } from './stuck.ts';

const limits = { maxTokens: 1_000, maxTurns: 6 };
const turn = (more: Partial<Turn>): Turn => ({ text: '', orders: [], refused: 0, tokens: 10, ...more });

function watched(turns: readonly Partial<Turn>[]): (string | undefined)[] {
  const watch = createWatch(limits);
  return turns.map((each) => watch.turn(turn(each)));
}

describe('createWatch', () => {
  it('lets a model go on that looks at one thing after the other', () => {
    expect(watched(['a', 'b', 'c', 'd'].map((order) => ({ orders: [order] })))).toEqual(Array(4).fill(undefined));
  });

  it('forgives one look that was ordered before', () => {
    expect(watched([{ orders: ['a'] }, { orders: ['a'] }, { orders: ['b'] }]).at(-1)).toBeUndefined();
  });

  it('stops at the second repeat, also within one turn and in turns of two', () => {
    expect(watched([{ orders: ['a', 'a', 'a'] }])).toEqual(['it orders the same looks again and again']);
    expect(watched([{ orders: ['a'] }, { orders: ['b'] }, { orders: ['a'] }, { orders: ['b'] }]).at(-1)).toContain('same looks');
  });

  it('stops when it says nearly the same three times in a row', () => {
    const says = (last: string) => ({ text: `I will look at the logs of the service checkout for ${last}`, orders: [last] });
    expect(watched(['errors', 'warnings', 'panics'].map(says))).toEqual([undefined, undefined, 'it says the same again and again']);
  });

  it('lets it speak of other things in between', () => {
    const same = 'I will look at the logs of the service checkout for errors';
    const other = 'The pool of the database seems to be full since nine';
    expect(watched([same, same, other, same].map((text, index) => ({ text, orders: [String(index)] }))).at(-1)).toBeUndefined();
  });

  it('stops after too many tokens, and after too many turns', () => {
    expect(watched([{ tokens: 500 }, { tokens: 501 }]).at(-1)).toBe('it took 1001 tokens without a conclusion');
    expect(watched(Array.from({ length: 6 }, (_, index) => ({ orders: [String(index)] }))).at(-1)).toBe(
      'it came to no conclusion in 6 turns',
    );
  });
});
