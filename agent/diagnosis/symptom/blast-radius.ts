/** Which nodes suffer beside the first failing one: those that complain in their logs, whose spans fail, or whose metrics got worse. More traffic alone is no suffering. */
import type { Case } from '../case/case.ts';
import { type FirstFailing, firstFailing } from './first-failing.ts';
import { isBadStatus, isTraffic, type Symptoms, symptomsOf } from './symptoms.ts';

export function blastRadius(
  given: Case,
  symptoms: Symptoms = symptomsOf(given),
  first: FirstFailing = firstFailing(given, symptoms),
): string[] {
  const suffering = new Set<string>();
  for (const { node, badness } of symptoms.badShapes) if (badness > 0) suffering.add(node);
  for (const { node, status } of symptoms.badSpans) if (isBadStatus(status)) suffering.add(node);
  for (const { node, metric, before, after } of symptoms.shifts) if (isWorse(metric, before, after)) suffering.add(node);
  suffering.delete(first.node);
  return [...suffering].sort();
}

function isWorse(metric: string, before: number, after: number): boolean {
  if (isTraffic(metric) || /limit|max|desired|version/i.test(metric)) return false;
  const isGoodWhenHigh = /availab|success|hit|healthy|running|ready|free|remaining/i.test(metric);
  return isGoodWhenHigh
    ? after < before
    : after > before && /err|fail|5xx|latency|duration|wait|timeout|restart|oom|queue|reject|lag|unavail/i.test(metric);
}
