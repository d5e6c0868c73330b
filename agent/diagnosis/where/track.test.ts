import { expect, it } from 'vitest';
import { delayOf } from './excess.ts';
import { stepOf, toTrack } from './track.ts';

it('a track is in order, without holes, and holds the mean of what was said twice', () => {
  const track = toTrack([
    { t: [3, 1, 2], v: [30, 10, null] },
    { t: [3, 4], v: [50, 60] },
  ]);
  expect(track).toEqual({ t: [1, 3, 4], v: [10, 40, 60] });
});

it('a series that is whole and in order is its own track', () => {
  const series = { t: [1, 2, 3], v: [1, 2, 3] };
  expect(toTrack([series])).toBe(series);
  expect(toTrack([{ t: [1, 1, 3], v: [1, 3, 3] }])).toEqual({ t: [1, 3], v: [2, 3] });
});

it('the step is that between rows of which none is missing', () => {
  expect(stepOf(toTrack([{ t: [0, 60, 180, 240, 480, 540, 600], v: [1, 1, 1, 1, 1, 1, 1] }]))).toBe(60);
  expect(stepOf(toTrack([{ t: [0], v: [1] }]))).toBeNaN();
});

it('a row in which nobody called counts as one without trouble', () => {
  const phases = { recent: 0, calmEnd: 300, onset: 300, end: 700, step: 100 };
  const latency = { t: [0, 100, 200, 300], v: [1, 1, 1, 3] };
  const calls = (...v: number[]) => ({ t: [0, 100, 200, 300, 400, 500, 600], v });
  expect(delayOf(latency, calls(5, 5, 5, 5, 0, 0, 0), phases).amount).toBeCloseTo((5 * 2) / 4, 9);
  expect(delayOf(latency, { t: [300], v: [5] }, phases).amount).toBeCloseTo(5 * 2, 9);
});
