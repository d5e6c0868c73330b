/**
 * A service that fails at once, everywhere, without having changed, and one that it calls which has: an answer in another form breaks whoever reads it,
 * and shows in no signal of whoever gives it.
 */
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';
import { type NewRevision, newRevision } from './changes.ts';
import { calleeHealth, clearTrouble, excess } from './symptoms.ts';
import { buildView, callsFrom, now, serviceSignals, type View } from './view.ts';

export interface CalleeRelease {
  callee: string;
  revision: NewRevision;
}

/** Whoever waits for a callee is slow as well; failures alone come from what was answered. Its own new revision would be the likelier story. */
export function failsAtOnce(view: View, service: string): boolean {
  const signals = serviceSignals(view, service);
  const fails = clearTrouble(view, signals).includes('error-ratio') && (excess(signals, 'error-ratio', view.settings) ?? 0) > 0;
  return fails && excess(signals, 'latency-p95', view.settings) === 0 && newRevision(view, service) === undefined;
}

/** What it calls and is served by well, as far as the calls tell. */
export function wellCallees(view: View, service: string): string[] {
  return [...callsFrom(view, service).keys()].filter((callee) => callee !== service && calleeHealth(view, service, callee) === 'fine');
}

/** The only one of them that got a new revision right before the trouble; of several nobody can say which. */
export function calleeReleasedBefore(view: View, service: string): CalleeRelease | undefined {
  if (!failsAtOnce(view, service)) return undefined;
  const released = wellCallees(view, service).flatMap((callee): CalleeRelease[] => {
    const revision = newRevision(view, callee);
    return revision && isRightBefore(revision, view) ? [{ callee, revision }] : [];
  });
  return released.length === 1 ? released[0] : undefined;
}

/** Of so many more services it is worth asking what they run. */
const mostLooked = 5;

/** Those whose deployments have to be known before anybody can say that the service fails by itself; the busiest first. */
export function calleesToLook(input: DiagnosisInput, settings: DiagnosisSettings, service: string): string[] {
  const view = buildView(input, settings);
  if (!failsAtOnce(view, service)) return [];
  const rate = (callee: string) => now(callsFrom(view, service).get(callee) ?? new Map(), 'request-rate') ?? 0;
  const own = wellCallees(view, service).filter((callee) => view.services.has(callee));
  return own.sort((a, b) => rate(b) - rate(a)).slice(0, mostLooked);
}

function isRightBefore({ secondsBeforeOnset, isReturn }: NewRevision, { settings }: View): boolean {
  return !isReturn && secondsBeforeOnset >= 0 && secondsBeforeOnset <= settings.deploymentLookbackSeconds / 6;
}
