/** How long good looks must last: never shorter than the time the alert's own rule looks at, or it could fire again right after. */
import type { VerificationSettings } from './sample.ts';

/** What a rule says about its own time, seconds. */
export interface RuleWindow {
  /** How long its condition has to hold before it fires (`for:`). */
  forSeconds: number;
  /** How far back its expression looks; 0 when it does not. */
  rangeSeconds: number;
}

/** The settings with hold and deadline for this rule; null when nobody knows the rule. */
export function settingsFor(rule: RuleWindow | null, settings: VerificationSettings): VerificationSettings {
  // A range longer than any hold is what the rule remembers, such as which services there were, and no window it measures over.
  const range = rule !== null && rule.rangeSeconds <= settings.maxHoldSeconds ? rule.rangeSeconds : 0;
  const own = rule === null ? 0 : rule.forSeconds + range;
  const wanted = Number.isFinite(own) ? Math.max(settings.holdSeconds, own) : settings.holdSeconds;
  const holdSeconds = Math.min(wanted, settings.maxHoldSeconds);
  // Who must hold longer gets that much longer for it.
  return { ...settings, holdSeconds, deadlineSeconds: settings.deadlineSeconds + holdSeconds - settings.holdSeconds };
}
