/**
 * What may be wrong when no change is guilty: a certificate ran out, the crowd came, a partner is down. Each cause is one row of a table (what it
 * sounds like, which metric shows it, what would refute it, what to do); the row with the surest evidence wins. Confidence of a row:
 *
 *   c = 1 − (1 − said) · (1 − shown),   said = 0.8 · weight of the surest text, 0.06 more for each further distinct one, up to 0.9
 *
 * where `shown` comes from metrics. It is the sureness that this state of affairs exists, not yet that no change brought it about:
 * `change/find-change.ts` weighs the two against each other.
 */
import type { Case } from '../case/case.ts';
import type { Family } from '../symptom/families.ts';
import { type Symptoms, type SymptomText, symptomsOf } from '../symptom/symptoms.ts';
import { causesOutside, type OperationalCauseName } from './causes.ts';
import { externalHosts } from './external-hosts.ts';
import { shownByMetrics } from './shown-by-metrics.ts';
import { trafficSurge } from './traffic-surge.ts';

export interface OperationalCause {
  cause: OperationalCauseName;
  /** 0..1, never 1. */
  confidence: number;
  evidence: string[];
  /** Who speaks of it. */
  heardAt: ReadonlySet<string>;
  /** What would show it to be wrong. */
  refutedBy: string;
  /** What the catalogue, or a person, would do about it. */
  action: string;
  /** The kinds of trouble that a change could bring about in the same form: for these a change stays suspect. */
  sharedWith: readonly Family[];
}

/** Below this nothing is claimed. */
const leastConfidence = 0.4;

export function operationalCause(given: Case, symptoms: Symptoms = symptomsOf(given)): OperationalCause | undefined {
  let best: OperationalCause | undefined;
  for (const row of causesOutside) {
    const texts = symptoms.texts.filter(({ text }) => row.sounds?.test(text) && !row.unless?.test(text));
    const heard = row.cause === 'external-outage' ? [...texts, ...externalHosts(given, symptoms)] : texts;
    const metrics = row.cause === 'traffic-surge' ? trafficSurge(given, symptoms) : shownByMetrics(row, given);
    const confidence = Math.min(
      0.97,
      row.sure * (1 - (1 - said(heard)) * (1 - metrics.strength)) * (row.needsMetric && metrics.strength === 0 ? 0 : 1),
    );
    if (confidence < leastConfidence || (best && best.confidence >= confidence)) continue;
    const evidence = [...metrics.evidence, ...heard.slice(0, 3).map(({ node, text }) => `${node}: ${text.slice(0, 200)}`)];
    const heardAt = new Set(heard.filter(({ source }) => source === 'log').map(({ node }) => node));
    best = { cause: row.cause, confidence, evidence, heardAt, refutedBy: row.refutedBy, action: row.action, sharedWith: row.sharedWith };
  }
  return best;
}

function said(texts: readonly SymptomText[]): number {
  if (texts.length === 0) return 0;
  const surest = texts.reduce((most, { weight, source }) => (source === 'metric' ? most : Math.max(most, weight)), 0);
  return surest === 0 ? 0 : Math.min(0.9, 0.8 * surest + 0.06 * (texts.length - 1));
}
