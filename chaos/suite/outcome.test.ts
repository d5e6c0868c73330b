import { expect, it } from 'vitest';
import type { RunRecord } from '../scorecard/record.ts';
import { shortOutcome } from './outcome.ts';

it.each<[Partial<RunRecord>, ReturnType<typeof shortOutcome>]>([
  [
    { outcome: 'fixed', recoverSeconds: 14.2 },
    { isPlayed: true, isGood: true, text: 'fixed, well again after 14 s' },
  ],
  [
    { outcome: 'missed', why: ['nobody was called'] },
    { isPlayed: true, isGood: false, text: 'MISSED: nobody was called' },
  ],
  [
    { outcome: 'left-alone', kind: 'control', recoverSeconds: 0 },
    { isPlayed: true, isGood: true, text: 'left-alone' },
  ],
  [
    { outcome: 'left-alone', kind: 'curable' },
    { isPlayed: true, isGood: false, text: 'LEFT-ALONE: ' },
  ],
  [
    { outcome: 'broken', why: ['not steady'] },
    { isPlayed: false, isGood: false, text: 'BROKEN: not steady' },
  ],
  [{ outcome: 'unwatched' }, { isPlayed: true, isGood: true, text: 'unwatched' }],
])('tells %j in a line', (more, short) => {
  expect(shortOutcome({ outcome: 'fixed', kind: 'curable', why: [], recoverSeconds: null, ...more })).toEqual(short);
});
