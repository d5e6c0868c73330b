/** What counts as failing, slow, risen or fine. Every judgement here treats a missing number as unknown, never as good. */
import type { DiagnosisSettings } from '../input.ts';
import { before, callersOf, callsFrom, countsForP95, now, recentRequests, type Signals, serviceSignals, type View } from './view.ts';

/** A value this many times its baseline has risen; smaller moves are the noise of short windows. */
export const riseFactor = 2;
/** Below this share of a threshold a rise is of no interest. */
const noticeShare = 0.4;
/** Smallest number of waiting requests that can mean a jam. */
const jam = 2;

export type Health = 'bad' | 'strained' | 'fine' | 'unknown';

const thresholds = {
  'error-ratio': (settings: DiagnosisSettings) => settings.errorRatio,
  'latency-p95': (settings: DiagnosisSettings) => settings.latencyP95Seconds,
} as const;
export type Threshold = keyof typeof thresholds;

/** How far the value is above its baseline, when it is worth noticing; 0 when it is not, null when it is unknown. */
export function excess(signals: Signals, name: Threshold, settings: DiagnosisSettings): number | null {
  const value = now(signals, name);
  if (value === null) return null;
  const baseline = before(signals, name) ?? 0;
  return value >= noticeShare * thresholds[name](settings) && value >= riseFactor * baseline ? value - baseline : 0;
}

export function isAbove(signals: Signals, name: Threshold, settings: DiagnosisSettings): boolean {
  const value = now(signals, name);
  return value !== null && value > thresholds[name](settings);
}

export function isFailingOrSlow(signals: Signals, settings: DiagnosisSettings): boolean {
  return isAbove(signals, 'error-ratio', settings) || isAbove(signals, 'latency-p95', settings);
}

/** What is above its threshold now, with enough requests behind it to be more than chance; an unknown count does not excuse anybody. */
export function clearTrouble(view: View, signals: Signals): Threshold[] {
  const trouble: Threshold[] = [];
  const failed = recentRequests(view, signals)?.failed ?? view.settings.minFailures;
  if (isAbove(signals, 'error-ratio', view.settings) && failed >= view.settings.minFailures) trouble.push('error-ratio');
  if (isAbove(signals, 'latency-p95', view.settings) && countsForP95(view, signals)) trouble.push('latency-p95');
  return trouble;
}

export function isClearlyFailingOrSlow(view: View, signals: Signals): boolean {
  return clearTrouble(view, signals).length > 0;
}

/**
 * risen: every one of these signals is worse than its own baseline · old: at least one is as it was · unknown: a baseline is missing ·
 * none: there is no signal to compare
 */
export function sinceBaseline(
  signals: Signals,
  trouble: readonly Threshold[],
  settings: DiagnosisSettings,
): 'risen' | 'old' | 'unknown' | 'none' {
  if (trouble.length === 0) return 'none';
  const known = trouble.filter((name) => before(signals, name) !== null);
  if (known.some((name) => (excess(signals, name, settings) ?? 0) <= 0)) return 'old';
  return known.length < trouble.length ? 'unknown' : 'risen';
}

/** Requests pile up while none, or none we know of, is finished. */
export function isJammed(signals: Signals): boolean {
  const waiting = now(signals, 'in-flight');
  if (waiting === null || waiting < jam) return false;
  const rate = now(signals, 'request-rate');
  return (rate === null || rate === 0) && waiting >= riseFactor * (before(signals, 'in-flight') ?? 0);
}

/**
 * bad: above a threshold, or jammed · strained: below it, but clearly risen · fine: error ratio and latency both known and normal ·
 * unknown: anything else
 */
export function healthOf(signals: Signals, settings: DiagnosisSettings): Health {
  if (isFailingOrSlow(signals, settings) || isJammed(signals)) return 'bad';
  const errors = excess(signals, 'error-ratio', settings);
  const latency = excess(signals, 'latency-p95', settings);
  if ((errors ?? 0) > 0 || (latency ?? 0) > 0) return 'strained';
  return errors === null || latency === null ? 'unknown' : 'fine';
}

/** How a callee looks from inside: its own signals, its targets and its capacity. */
export function ownHealth(view: View, service: string): Health {
  const reporting = view.reporting.get(service);
  const state = view.states.get(service);
  if (reporting && (reporting.up === 0 || reporting.down > 0)) return 'bad';
  if (state && state.running < state.desired) return 'bad';
  return healthOf(serviceSignals(view, service), view.settings);
}

/** A call's trouble as its caller sees it; a call nobody made says nothing. */
export function callHealth(signals: Signals, settings: DiagnosisSettings): Health {
  const errors = excess(signals, 'error-ratio', settings);
  const latency = excess(signals, 'latency-p95', settings);
  if ((errors ?? 0) > 0 || (latency ?? 0) > 0) return 'bad';
  return errors === null || latency === null ? 'unknown' : 'fine';
}

/** What all callers but one say of a callee. One who is served well outweighs nobody; two who disagree leave it open. */
export function otherCallers(view: View, callee: string, caller: string): Health {
  const seen = callersOf(view, callee)
    .filter((other) => other.caller !== caller)
    .map(({ signals }) => callHealth(signals, view.settings));
  const isBad = seen.includes('bad');
  const isFine = seen.includes('fine');
  if (isBad === isFine) return 'unknown';
  return isBad ? 'bad' : 'fine';
}

/** Do the callee's own finished requests fall short of what its callers sent? Then the calls were lost on the way or swallowed. */
export function callsGoMissing(view: View, callee: string): boolean {
  const served = now(serviceSignals(view, callee), 'request-rate');
  if (served === null) return true;
  let sent = 0;
  for (const { signals } of callersOf(view, callee)) sent += now(signals, 'request-rate') ?? 0;
  return sent > 0 && served < 0.8 * sent;
}

/**
 * Is the callee itself in trouble, as far as can be told? `fine` needs a known good reading: the call as this caller sees it, or the
 * callee's own signals, and nobody who contradicts it.
 */
export function calleeHealth(view: View, caller: string, callee: string): 'bad' | 'fine' | 'unknown' {
  const call = callHealth(callsFrom(view, caller).get(callee) ?? new Map(), view.settings);
  const own = ownHealth(view, callee);
  const others = otherCallers(view, callee, caller);
  if (own === 'bad' || own === 'strained' || others === 'bad') return 'bad';
  if (call === 'fine') return 'fine';
  if (own === 'fine' && (call === 'unknown' || others === 'fine')) return 'fine';
  if (call === 'bad') return own === 'fine' || others === 'fine' ? 'unknown' : 'bad';
  return 'unknown';
}
