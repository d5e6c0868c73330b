/**
 * Diagnosis: from facts to ranked causes, "no fault" or "inconclusive". Pure: no clock, no I/O, no knowledge of actions.
 * The rules are in `rules/`, one file each; where to look is in `localize.ts`.
 */
import { type Cause, causes, type Diagnosis, type Hypothesis } from '../domain/cause.ts';
import { withLogShifts } from './corroboration/log-shifts.ts';
import { oddSeries } from './corroboration/odd-series.ts';
import { outsideCause } from './corroboration/outside-cause.ts';
import { claimsThere, placeBySeries, type SeriesFinding, weighSeries } from './corroboration/series-evidence.ts';
import { missingEvidence } from './facts/completeness.ts';
import { buildView, cite, type View } from './facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from './input.ts';
import { localizeIn } from './localize.ts';
import { claimsOfEcsAlone } from './rules/ecs-alone.ts';
import { rules } from './rules/list.ts';
import { metricsMissing } from './rules/metrics-missing.ts';
import { allClear, isMeasured, noFault } from './rules/no-fault.ts';
import { plannedZero } from './rules/planned-zero.ts';
import { type Scene, sceneOf } from './rules/rule.ts';

/** Causes ranked by confidence (0..1, never 1), each with the evidence it rests on. `past` is what series say, where there are any. */
export function diagnose(input: DiagnosisInput, settings: DiagnosisSettings, past?: SeriesFinding): Diagnosis {
  const view = buildView(input, settings);
  const all = cite(input.facts);
  const own = sceneOf(view, view.alert.resource.service, [view.alert.resource.service]);

  const missing = missingEvidence(input, view, settings);
  if (missing !== undefined) {
    // A service that is meant to be off reports nothing; ECS alone can tell.
    const planned = input.sources?.some(isMissing(settings)) ? undefined : plannedZero(own);
    if (planned) return causeFound([planned], all);
    const shown = best(claimsOfEcsAlone(input, settings, missing)).filter(({ confidence }) => confidence >= settings.minConfidence);
    if (shown.length > 0) return causeFound(shown, all);
    return { conclusion: 'inconclusive', ranked: [], reason: `Not enough to judge from: ${missing}.`, evidence: all };
  }
  const clear = noFault(own);
  if (clear) return { conclusion: 'no-fault', ranked: [], reason: `${clear.reason}.`, evidence: clear.evidence };

  const place = localizeIn(view);
  // Anybody may name an alert: without a symptom of its own, a name is no evidence that a change once made did harm.
  if (!isMeasured(own) && place.path.every((service) => allClear(sceneOf(view, service, place.path)) !== undefined)) {
    const reason = `${place.path.join(' → ')} is fine by every signal read here, and none of them measures what ${view.alert.name} is about.`;
    return { conclusion: 'inconclusive', ranked: [], reason, evidence: all };
  }
  const scene = sceneOf(view, place.service, place.path);
  const isWorth = (hypothesis: Hypothesis) => hypothesis.confidence >= settings.minConfidence;
  const worth = rank(weighSeries(hypotheses(scene), past)).filter(isWorth);
  if (worth.length > 0) return causeFound(told(worth, view), all);
  const elsewhere = placeBySeries(view, past, place.service);
  if (elsewhere !== undefined && past) {
    const there = hypotheses(sceneOf(view, elsewhere, [...place.path, elsewhere]));
    const found = rank(claimsThere(there, past)).filter(isWorth);
    if (found.length > 0) return causeFound(told(found, view), all);
  }
  const where = place.path.length > 1 ? ` (followed ${place.path.join(' → ')})` : '';
  const odd = oddSeries(view, place.service);
  const outside = outsideCause(input);
  const unusual =
    (odd.length > 0 ? ` Unusual of ${place.service}: ${odd.join('; ')}.` : '') + (outside === undefined ? '' : ` To a person: ${outside}.`);
  const silence = metricsMissing(scene);
  if (silence)
    return { conclusion: 'inconclusive', ranked: [], reason: `No rule explains it: ${silence.reason}.${unusual}`, evidence: all };
  return {
    conclusion: 'inconclusive',
    ranked: [],
    reason: `No rule explains the trouble of ${place.service}${where}: ${place.reason}.${unusual}`,
    evidence: all,
  };
}

function hypotheses(scene: Scene): Hypothesis[] {
  return best(rules.map((rule) => rule(scene)).filter((found) => found !== undefined));
}

/** Several rules may arrive at one cause: it is told once, as the surest of them tells it. */
function best(claims: readonly Hypothesis[]): Hypothesis[] {
  const surest = new Map<string, Hypothesis>();
  for (const hypothesis of rank(claims)) {
    const { cause, service, taskId = '' } = hypothesis;
    const key = [cause, service, taskId].join(' ');
    if (!surest.has(key)) surest.set(key, hypothesis);
  }
  return [...surest.values()];
}

/** What the logs say belongs to the claim a person reads first. */
function told(ranked: Hypothesis[], view: View): Hypothesis[] {
  return ranked.map((hypothesis) => withLogShifts(hypothesis, view));
}

function causeFound(ranked: Hypothesis[], evidence: Diagnosis['evidence']): Diagnosis {
  const [first] = ranked;
  const task = first?.taskId === undefined ? '' : ` (task ${first.taskId})`;
  const reason = `${first?.cause} in ${first?.service}${task}, confidence ${first?.confidence.toFixed(2)}: ${first?.because.join('; ')}.`;
  return { conclusion: 'cause', ranked, reason, evidence };
}

/** Best first; ties go by the order of causes, then by evidence, never by a name. */
export function rank(hypotheses: readonly Hypothesis[]): Hypothesis[] {
  const place = new Map<Cause, number>(causes.map((cause, index) => [cause, index]));
  const order = (hypothesis: Hypothesis) => place.get(hypothesis.cause) ?? causes.length;
  return [...hypotheses].sort(
    (a, b) => b.confidence - a.confidence || order(a) - order(b) || a.evidence.join().localeCompare(b.evidence.join()),
  );
}

function isMissing(settings: DiagnosisSettings) {
  return ({ source, status }: { source: string; status: string }) =>
    settings.requiredSources.includes(source) && (status === 'failed' || status === 'truncated');
}
