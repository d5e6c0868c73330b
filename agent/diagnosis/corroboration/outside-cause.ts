/**
 * What the logs, spans and series of an incident sound like beside the causes the rules know: an expired certificate, a full disk, a name that does not
 * resolve. Told to the person who reads the answer; it claims nothing and moves no confidence, for most of it rests on words.
 */
import { caseOfFacts } from '../facts/case-of-facts.ts';
import type { DiagnosisInput } from '../input.ts';
import { operationalCause } from '../operational/operational-cause.ts';

/** Below it the likeness is too faint to mention. */
const leastConfidence = 0.6;
const shown = 160;

/** One sentence; undefined when nothing of the kind is heard. */
export function outsideCause(input: DiagnosisInput): string | undefined {
  // The alert's own name is no sign of anything beyond what the rules have read already.
  const given = caseOfFacts(input);
  if (given.logs.length === 0 && given.spans.length === 0 && given.metrics.length === 0) return undefined;
  const found = operationalCause({ ...given, alert: { ...given.alert, summary: null } });
  if (!found || found.confidence < leastConfidence) return undefined;
  const [heard = ''] = found.evidence;
  return `it sounds like ${found.cause} (${found.confidence.toFixed(2)}): ${heard.slice(0, shown)}`;
}
