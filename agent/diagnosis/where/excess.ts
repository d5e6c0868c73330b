/** How much trouble a series shows beyond its usual, per second of the incident: seconds of delay, or failed requests. */
import { median } from '../statistics/robust.ts';
import { levelOf } from './level.ts';
import { chanceOf, spreadOf, type Waver } from './noise.ts';
import type { Phases } from './phases.ts';
import { between, firstAtOrAfter, type Track, valueAt } from './track.ts';

export interface Excess {
  /** Per second; negative when things went better than usual. */
  amount: number;
  /** Standard deviation of `amount` when nothing is wrong. */
  noise: number;
  /** Value of one request, usually and in the mean of the incident. */
  usual: number;
  now: number;
  /** Requests per second; NaN when nobody counts them. */
  traffic: number;
}

export const noExcess: Excess = { amount: 0, noise: 0, usual: Number.NaN, now: Number.NaN, traffic: Number.NaN };

/** In standard deviations. */
export function deviation({ amount, noise }: Excess): number {
  return noise > 0 ? amount / noise : 0;
}

/** Seconds of waiting per second. */
export function delayOf(latency: Track, requests: Track, phases: Phases, assumed = 1): Excess {
  return excessOf(latency, requests, phases, { waverOf: (sum) => spreadOf(sum * phases.step), unit: 1, assumed });
}

/** Failed requests per second. */
export function failuresOf(availability: Track, requests: Track, phases: Phases, assumed = 1): Excess {
  return excessOf(availability, requests, phases, { waverOf: (sum) => chanceOf(sum * phases.step), unit: -0.01, assumed });
}

interface Kind {
  /** From the requests per second, summed over the rows of the incident. */
  waverOf: (requests: number) => Waver;
  /** Turns a difference of values into trouble; its sign says which way is worse. */
  unit: number;
  /** Requests per second where nobody counts them. */
  assumed: number;
}

function excessOf(track: Track, requests: Track, phases: Phases, { waverOf, unit, assumed }: Kind): Excess {
  const first = firstAtOrAfter(track, phases.onset);
  const last = firstAtOrAfter(track, phases.end);
  if (first === last) return noExcess;
  let total = 0;
  let sum = 0;
  for (let at = first; at < last; at += 1) {
    const weight = valueAt(requests, track.t[at] ?? 0) ?? trafficOf(requests, assumed);
    total += weight;
    sum += weight * (track.v[at] ?? 0);
  }
  const level = levelOf(track, phases, waverOf(total));
  if (total === 0 || Number.isNaN(level.usual)) return noExcess;
  // A row without traffic has no value: it is a row without trouble.
  const rows = last - first + between(requests, phases.onset, phases.end).filter((value) => value === 0).length;
  const now = sum / total;
  const served = total / rows;
  return {
    amount: served * (now - level.usual) * unit,
    noise: served * level.noise * Math.abs(unit),
    usual: level.usual,
    now,
    traffic: requests.t.length > 0 ? served : Number.NaN,
  };
}

function trafficOf(requests: Track, assumed: number): number {
  const usual = median(requests.v.filter((value) => value > 0));
  return usual > 0 ? usual : assumed;
}
