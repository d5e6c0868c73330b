/** Reads the past of the metrics of an incident: is the alert real, and where does it sit. */
import { caseOfFacts } from '../facts/case-of-facts.ts';
import { cite } from '../facts/view.ts';
import type { DiagnosisInput } from '../input.ts';
import { where } from '../where/where.ts';
import type { SeriesFinding } from './series-evidence.ts';

/** undefined without series, or when those there are cannot tell: then everything stays as the rules have it. */
export function findInSeries(input: DiagnosisInput): SeriesFinding | undefined {
  const series = input.facts.filter((fact) => fact.kind === 'series');
  if (series.length === 0) return undefined;
  const given = caseOfFacts(input);
  const named = where(given);
  // What alerts are called tells which of the troubles was noticed first, not that there is no other: the rules look at all of them.
  const { isReal, abstain, ranked } = named.isReal.real ? named : where({ ...given, alert: { ...given.alert, metric: '' } });
  if (!(isReal.confidence > 0)) return undefined;
  const [first, second] = ranked;
  const stands = isReal.real && !abstain && first !== undefined && first.score > 0;
  return {
    isReal: isReal.real,
    confidence: isReal.real ? isReal.confidence : 1 - isReal.confidence,
    node: stands ? first.node : undefined,
    // Of two suspects alike neither is more than half sure.
    nodeConfidence: stands ? first.score / (first.score + Math.max(0, second?.score ?? 0)) : 0,
    reason: stands ? (first.evidence[0] ?? isReal.reason) : isReal.reason,
    evidence: cite(series),
    measured: new Set(series.map(({ service }) => service)),
  };
}
