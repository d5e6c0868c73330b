/** Findings as sentences: which series, what it was, what it is. */
import type { Blame } from './blame.ts';
import type { Excess } from './excess.ts';
import type { Departure } from './resources.ts';

export function delaySentence(delay: Excess, blame: Blame): string {
  return `latency is ${seconds(delay.now)}, usually ${seconds(delay.usual)}${traffic(delay)}${explained(blame, 'delay')}`;
}

export function failureSentence(failures: Excess, blame: Blame): string {
  return `availability is ${percent(failures.now)}, usually ${percent(failures.usual)}${traffic(failures)}${explained(blame, 'failures')}`;
}

export function departureSentence({ metric, usual, now }: Departure): string {
  return `${metric} is ${digits(now)}, usually ${digits(usual)}`;
}

export function silentSentence(): string {
  return 'reports nothing since the onset, though it always had';
}

function traffic({ traffic: perSecond }: Excess): string {
  return perSecond > 0 ? ` at ${digits(perSecond)} requests/s` : '';
}

function explained({ explained, own, by }: Blame, what: string): string {
  if (by.length === 0 || explained <= 0) return own > 0 ? `; no callee explains the ${what}` : '';
  const share = explained >= own + explained ? 'all' : percent((100 * explained) / (own + explained));
  return `; ${by.slice(0, 3).join(', ')} ${by.length === 1 ? 'explains' : 'explain'} ${share} of the ${what}`;
}

/** With the unit, where the metric tells it. */
export function reading(metric: string, value: number): string {
  if (metric === 'latency') return seconds(value);
  return metric === 'availability' ? percent(value) : digits(value);
}

function seconds(value: number): string {
  return `${digits(value)} s`;
}

function percent(value: number): string {
  return `${digits(value)} %`;
}

export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
