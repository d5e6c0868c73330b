import { describe, expect, it } from 'vitest';
import { duration, type ProgressState, progressLine, remainingMs } from './progress.ts';

const state: ProgressState = {
  total: 40,
  done: 10,
  good: 9,
  doing: ['raku: striking', 'shino: watching'],
  elapsedMs: 300_000,
  guessMs: 60_000,
  lanes: 2,
};

describe('progressLine', () => {
  it('shows a bar, what came out, what is played and how long it will take', () => {
    expect(progressLine(state)).toBe(
      `${'█'.repeat(5)}${'░'.repeat(15)} 10 of 40 · 9 good, 1 not · about 13 min left · raku: striking · shino: watching`,
    );
  });

  it('guesses until something is done, and has nothing left at the end', () => {
    expect(remainingMs({ ...state, done: 0, doing: [], elapsedMs: 0 })).toBe((40 * 60_000) / 2);
    expect(remainingMs({ ...state, done: 40, doing: [] })).toBe(0);
  });

  it('says seconds as long as they mean something', () => {
    expect([duration(4_400), duration(89_000), duration(91_000)]).toEqual(['4 s', '89 s', '2 min']);
  });
});
