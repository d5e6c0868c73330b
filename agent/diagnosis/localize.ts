/** Where is it: from the alerting service downstream to the deepest service whose own trouble explains its caller's. */

import { outlierTask } from './facts/outlier.ts';
import { callHealth, callsGoMissing, excess, isAbove, otherCallers, ownHealth } from './facts/symptoms.ts';
import { before, buildView, callsFrom, now, type Signals, serviceSignals, type View } from './facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from './input.ts';

export interface Place {
  service: string;
  /** From the alerting service to `service`, both included. */
  path: string[];
  reason: string;
}

/** Callees must account for at least this share of a service's trouble before it counts as theirs. */
const explainedShare = 0.5;
/** A callee that accounts for less is noise beside the others. */
const partShare = 0.2;
/** One of several callees is the place only when it weighs this many times more than the next. */
const clearLead = 1.5;

interface Blamed {
  callee: string;
  /** Failed calls per second plus seconds of delay per second. */
  weight: number;
  /** Share of the caller's own trouble it explains, 0..1. */
  share: number;
}

export function localize(input: DiagnosisInput, settings: DiagnosisSettings): Place {
  return localizeIn(buildView(input, settings));
}

export function localizeIn(view: View): Place {
  const path = [view.alert.resource.service];
  for (;;) {
    const service = path.at(-1) ?? view.alert.resource.service;
    const step = next(view, service, path);
    if ('stop' in step) return { service, path, reason: step.stop };
    path.push(...step.through);
  }
}

function next(view: View, service: string, path: readonly string[]): { stop: string } | { through: string[] } {
  const outlier = outlierTask(view, service);
  if (outlier) return { stop: `task ${outlier.taskId} of ${service} is in trouble and its siblings are not` };
  const candidates = blamedCallees(view, service).filter(({ callee }) => !path.includes(callee));
  const explained = candidates.reduce((sum, candidate) => sum + candidate.share, 0);
  if (explained < explainedShare) {
    return {
      stop:
        candidates.length === 0
          ? `no callee of ${service} explains its trouble`
          : `callees explain too little of the trouble of ${service}`,
    };
  }
  const parts = candidates.filter(({ share }) => share >= partShare);
  const chosen = deepest(view, parts) ?? heaviest(parts);
  if (chosen) return { through: [chosen] };
  const ground = sharedGround(view, parts, path);
  return ground ? { through: [ground] } : { stop: `several callees of ${service} are in trouble and none stands out` };
}

/** The one candidate that all the others call and blame as well. */
function deepest(view: View, candidates: readonly Blamed[]): string | undefined {
  const common = candidates.filter(({ callee }) =>
    candidates.every((other) => other.callee === callee || blamedCallees(view, other.callee).some((blamed) => blamed.callee === callee)),
  );
  return common.length === 1 ? common[0]?.callee : undefined;
}

/** Below several candidates of which none stands out: the one callee that each of them blames. */
function sharedGround(view: View, candidates: readonly Blamed[], path: readonly string[]): string | undefined {
  const [first = [], ...others] = candidates.map(({ callee }) => blamedCallees(view, callee).map((blamed) => blamed.callee));
  const shared = first.filter((callee) => others.every((theirs) => theirs.includes(callee)));
  const [ground] = shared;
  return candidates.length < 2 || shared.length > 1 || ground === undefined || path.includes(ground) ? undefined : ground;
}

function heaviest(candidates: readonly Blamed[]): string | undefined {
  const [first, second] = [...candidates].sort((a, b) => b.weight - a.weight);
  if (!first) return undefined;
  return !second || first.weight >= clearLead * second.weight ? first.callee : undefined;
}

/** Callees whose calls go badly and who are not cleared by their own signals or by their other callers. */
function blamedCallees(view: View, caller: string): Blamed[] {
  const { settings } = view;
  const own = serviceSignals(view, caller);
  const blamed: Blamed[] = [];
  for (const [callee, call] of callsFrom(view, caller)) {
    if (callee === caller || callHealth(call, settings) !== 'bad' || !isCalleesOwn(view, caller, callee)) continue;
    const rate = now(call, 'request-rate') ?? before(call, 'request-rate') ?? 0;
    const failing = rate * (excess(call, 'error-ratio', settings) ?? 0);
    const delay = rate * (excess(call, 'latency-p95', settings) ?? 0);
    blamed.push({ callee, weight: failing + delay, share: shareExplained(own, call, failing, settings) });
  }
  return blamed;
}

function isCalleesOwn(view: View, caller: string, callee: string): boolean {
  const others = otherCallers(view, callee, caller);
  switch (ownHealth(view, callee)) {
    case 'bad':
    case 'strained':
      return true;
    case 'unknown':
      return others !== 'fine';
    case 'fine':
      return others === 'bad' || (others === 'unknown' && callsGoMissing(view, callee));
  }
}

function shareExplained(own: Signals, call: Signals, failingCalls: number, settings: DiagnosisSettings): number {
  const ownErrors = excess(own, 'error-ratio', settings);
  const ownDelay = excess(own, 'latency-p95', settings);
  // Nothing known of the caller: the call is all there is to go by.
  if (ownErrors === null && ownDelay === null) return 1;
  const failing = (ownErrors ?? 0) * (now(own, 'request-rate') ?? 0);
  const byErrors = failing > 0 ? failingCalls / failing : 0;
  const callDelay = excess(call, 'latency-p95', settings) ?? 0;
  const byDelay = (ownDelay ?? 0) > 0 ? callDelay / (ownDelay ?? 1) : 0;
  // A caller that gives up on a slow callee fails by itself: only a callee that is truly slow may explain errors by delay.
  const byWaiting = failing > 0 && !isAbove(call, 'latency-p95', settings) ? 0 : byDelay;
  return Math.min(1, Math.max(byErrors, byWaiting));
}
