import { describe, expect, it } from 'vitest';
import { isOver, type Seen } from './ending.ts';
import type { Look } from './played.ts';

const looks = (...steady: boolean[]): Look[] =>
  steady.map((isSteady, index) => ({ at: 1_000 * index, isSteady, users: null, services: {} }));
const well = looks(false, true, true, true, true);
const ill = looks(true, true, true, false);

function seen(more: Partial<Seen>): Seen {
  return {
    kind: 'curable',
    elapsedMs: 20_000,
    timeLimitMs: 90_000,
    isMethodDone: true,
    incidents: [{ status: 'closed' }],
    quietMs: 2_000,
    looks: well,
    restarterLooks: undefined,
    secondMs: 1_000,
    ...more,
  };
}

describe('isOver', () => {
  it.each<[string, boolean, Partial<Seen>]>([
    ['a curable one, mended and closed', true, {}],
    ['one whose incident is still open', false, { incidents: [{ status: 'closed' }, { status: 'investigating' }] }],
    ['one no alert has come about', false, { incidents: [] }],
    ['one whose method goes on', false, { isMethodDone: false }],
    ['one at its time limit, whatever is open', true, { elapsedMs: 90_000, incidents: [{ status: 'open' }], isMethodDone: false }],
    ['one without an agent before its time limit', false, { incidents: null }],
    ['a curable one that is given up, right away', false, { looks: ill, quietMs: 8_000 }],
    ['a curable one that is given up for long', true, { looks: ill, quietMs: 15_000 }],
    ['an incurable one right after people were called', false, { kind: 'incurable', looks: ill }],
    ['an incurable one some seconds later', true, { kind: 'incurable', looks: ill, quietMs: 6_000 }],
    ['a control that is quiet and well', true, { kind: 'control', quietMs: 6_000 }],
    ['a control that is felt', false, { kind: 'control', quietMs: 6_000, looks: ill }],
  ])('%s: %s', (_, over, more) => {
    expect(isOver(seen(more))).toBe(over);
  });

  it('gives a restart twice the time the agent took, unless it helps earlier', () => {
    // Well again since the second look, three seconds before the newest: at 17 s of the 20.
    expect(isOver(seen({ restarterLooks: ill }))).toBe(false);
    expect(isOver(seen({ restarterLooks: well }))).toBe(true);
    const later = looks(false, ...Array.from({ length: 18 }, () => true));
    expect(isOver(seen({ elapsedMs: 34_000, looks: later, restarterLooks: ill }))).toBe(true);
  });
});
