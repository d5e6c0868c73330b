/** Is nothing wrong any more? Only known, good readings can say so; whatever is missing keeps the question open. */
import type { EvidenceId } from '../../domain/ids.ts';
import { percent, seconds } from '../facts/outlier.ts';
import { isRolloutFailing } from '../facts/rollout.ts';
import { before, cite, now, type Signals } from '../facts/view.ts';
import type { Scene } from './rule.ts';

/** A signal has come back when it is under its threshold, and either under half of it or near its own baseline. */
const clearShare = 0.5;
const nearBaseline = 1.5;
/** Fewer waiting requests than this are no jam, whatever the baseline was. */
const fewWaiting = 5;
const waitingRise = 3;

export function noFault(scene: Scene): { reason: string; evidence: EvidenceId[] } | undefined {
  return isMeasured(scene) ? allClear(scene) : undefined;
}

/** Can these signals refute the alert at all? */
export function isMeasured({ view }: Scene): boolean {
  return view.settings.measuredAlerts.includes(view.alert.name);
}

/** Error ratio, latency, queue, capacity and reporting of the scene's service are known and good. */
export function allClear({ view, service, signals }: Scene): { reason: string; evidence: EvidenceId[] } | undefined {
  const state = view.states.get(service);
  const reporting = view.reporting.get(service);
  if (!state || state.desired <= 0 || state.running < state.desired || isRolloutFailing(view, service)) return undefined;
  if (!reporting || reporting.up <= 0 || reporting.down > 0) return undefined;
  if (!isClear(signals, 'error-ratio', view.settings.errorRatio)) return undefined;
  if (!isClear(signals, 'latency-p95', view.settings.latencyP95Seconds)) return undefined;
  if (!isQueueClear(signals, view.alert.name)) return undefined;
  if ((now(signals, 'request-rate') ?? 0) <= 0) return undefined;
  return {
    reason:
      `${service} is fine now: error ratio ${percent(now(signals, 'error-ratio'))}, p95 ${seconds(now(signals, 'latency-p95'))}, ` +
      `${state.running} of ${state.desired} tasks run and ${reporting.up} report`,
    evidence: cite(signals.values(), state, reporting),
  };
}

function isClear(signals: Signals, name: 'error-ratio' | 'latency-p95', threshold: number): boolean {
  const value = now(signals, name);
  if (value === null || value > threshold) return false;
  const baseline = before(signals, name);
  return value <= clearShare * threshold || (baseline !== null && value <= nearBaseline * baseline);
}

/** Waiting requests need to be known only where the alert was about them. */
function isQueueClear(signals: Signals, alert: string): boolean {
  const waiting = now(signals, 'in-flight');
  if (waiting === null) return alert !== 'RequestsPilingUp';
  return waiting <= Math.max(fewWaiting, waitingRise * (before(signals, 'in-flight') ?? 0));
}
