import { describe, expect, it } from 'vitest';
import { logShapes } from './log-shapes.ts';
import { beganAt, risenAround } from './risen.ts';

const at = 1_000_000;
const minute = 60;

/** Node, message, and the minutes relative to the alert at which it was said. */
function lines(node: string, msg: string, ...minutes: number[]) {
  return minutes.map((m) => ({ t: at + m * minute, node, level: 'WARN', msg }));
}

function risen(...logs: ReturnType<typeof lines>[]): string[] {
  const shapes = logShapes(logs.flat());
  const hasRisen = risenAround(shapes, at);
  return shapes.filter(hasRisen).map(({ node, example }) => `${node}: ${example}`);
}

describe('which lines belong to the trouble', () => {
  it('are those never said before', () => {
    expect(risen(lines('a', 'started', -90), lines('a', 'pool is empty', -2))).toEqual(['a: pool is empty']);
  });

  it('are not rare ones that a node happens to say once while others said them all the time', () => {
    const others = ['b', 'c', 'd'].map((node) => lines(node, 'client is slow', -80, -60, -40, -30));
    expect(risen(...others, lines('a', 'client is slow', -3))).toEqual([]);
  });

  it('are not rare ones of the node itself that come once more', () => {
    expect(risen(lines('a', 'started', -90), lines('a', 'client is slow', -80, -3))).toEqual([]);
  });

  it('are those said far more often than before', () => {
    const often = Array.from({ length: 12 }, (_, i) => -5 + i / 4);
    expect(risen(lines('a', 'started', -90), lines('a', 'client is slow', -80, -40, ...often))).toEqual(['a: client is slow']);
  });
});

describe('when an outburst began', () => {
  const began = (...minutes: number[]): number => {
    const [shape] = logShapes(lines('a', 'client is slow', ...minutes));
    return shape ? (beganAt(shape, at) - at) / minute : Number.NaN;
  };

  it('is no earlier than it, though the same was said now and then before', () => {
    expect(began(-80, -50, -5, -4, -3, -2, -1)).toBe(-5);
  });

  it('may be before the time that counts as around the alert', () => {
    expect(began(-80, -18, -17, -16, -15, -14, -10, -5)).toBe(-18);
  });

  it('is the first line where all are of one time', () => {
    expect(began(-3, -2)).toBe(-3);
  });
});
