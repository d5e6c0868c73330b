/** Between the evidence tables and the pure rules: questions asked for an incident, and facts as diagnosis and verification read them. */
import type { CitedFact, DiagnosisInput } from '../diagnosis/input.ts';
import type { AlertRuleFact, DeploymentFact, Evidence, EvidenceQuestion, Fact } from '../domain/evidence.ts';
import type { Incident } from '../domain/incident.ts';
import type { RuleWindow } from '../verification/hold.ts';
import type { Rollout, ServiceSample, TargetCount } from '../verification/sample.ts';
import type { RunSettings } from './dependencies.ts';

const dayMs = 86_400_000;

/**
 * When the trouble began, at the earliest, as far as the alert tells: a rule with `for:` fires that much later than its condition held; of
 * several rules of its name the slowest counts. Where nobody knows how they wait the setting stands for it, since what is compared with must
 * lie before the trouble, and too early does no harm. A start outside the last day (anybody may write one) is replaced by the moment we were
 * told.
 */
export function onsetOf(incident: Incident, now: Date, settings: RunSettings, waits: readonly number[] = []): Date {
  const waited = waits.length === 0 ? settings.alertPendingSeconds : Math.max(...waits);
  return new Date(firedAt(incident, now) - waited * 1000);
}

/**
 * When it began at the latest: what has to have lasted a while before anybody acts is not made older by a guess. The quickest rule counts;
 * without one it began with the alert.
 */
export function latestOnsetOf(incident: Incident, now: Date, waits: readonly number[]): Date {
  return new Date(firedAt(incident, now) - (waits.length === 0 ? 0 : Math.min(...waits)) * 1000);
}

/** How long each rule of the alert's name waits before it fires, seconds; none when no source told. */
export function waitsOf(evidence: readonly Evidence[], alertName: string): number[] {
  return rulesOf(evidence, alertName).map(({ forSeconds }) => forSeconds);
}

function firedAt(incident: Incident, now: Date): number {
  const started = Date.parse(incident.startedAt);
  const opened = Date.parse(incident.openedAt);
  const plausible = Number.isFinite(started) && started <= now.getTime() && started >= opened - dayMs;
  return plausible ? started : opened;
}

export function questionFor(
  incident: Incident,
  focus: string[],
  now: Date,
  settings: RunSettings,
  purpose: EvidenceQuestion['purpose'] = 'diagnosis',
  waits: readonly number[] = [],
): EvidenceQuestion {
  return {
    purpose,
    alertName: incident.alertName,
    cluster: incident.resource.cluster,
    focus,
    onset: onsetOf(incident, now, settings, waits),
    now,
    recentSeconds: settings.recentSeconds,
    baselineSeconds: settings.baselineSeconds,
  };
}

export function diagnosisInput(incident: Incident, evidence: readonly Evidence[], now: Date, settings: RunSettings): DiagnosisInput {
  return {
    alert: { name: incident.alertName, resource: incident.resource },
    onset: onsetOf(incident, now, settings, waitsOf(evidence, incident.alertName)).toISOString(),
    now: now.toISOString(),
    recentSeconds: settings.recentSeconds,
    sources: evidence.map(({ source, status, detail }) => ({ source, status, detail })),
    facts: evidence.flatMap((answer) => answer.facts.map((fact): CitedFact => ({ ...fact, evidenceId: answer.id }))),
  };
}

/** One sample a service; what no fact speaks of stays null. */
export function samplesOf(evidence: readonly Evidence[], services: readonly string[]): ServiceSample[] {
  const facts = evidence.flatMap((answer) => answer.facts);
  return services.map((service) => {
    const sample: ServiceSample = {
      service,
      errorRatio: null,
      latencyP95: null,
      requestRate: null,
      reporting: null,
      desired: null,
      running: null,
      targets: targetsOf(facts, service),
    };
    for (const fact of facts) {
      if (!('service' in fact) || fact.service !== service) continue;
      if (fact.kind === 'reporting') sample.reporting = fact.up;
      if (fact.kind === 'deployment') sample.rollout = rolloutOf(fact) ?? sample.rollout;
      if (fact.kind === 'service-state') {
        sample.desired = fact.desired;
        sample.running = fact.running;
      }
      if (fact.kind !== 'service-signal') continue;
      if (fact.signal === 'error-ratio') sample.errorRatio = fact.now;
      if (fact.signal === 'latency-p95') sample.latencyP95 = fact.now;
      if (fact.signal === 'request-rate') sample.requestRate = fact.now;
    }
    return sample;
  });
}

/** Undefined when it says nothing about the service's current deployment. */
function rolloutOf({ status, rolloutState, failedTasks }: DeploymentFact): Rollout | undefined {
  if (status !== 'PRIMARY' || rolloutState === 'UNKNOWN') return undefined;
  if (rolloutState === 'COMPLETED') return 'none';
  return rolloutState === 'FAILED' || failedTasks > 0 ? 'failing' : 'under-way';
}

/** Target groups that no load balancer uses, or whose targets it does not check, say nothing about health. */
const uncheckedStates = ['unused', 'unavailable'];

function targetsOf(facts: readonly Fact[], service: string): TargetCount | null {
  const groups = new Map<string, number>();
  for (const fact of facts) {
    if (fact.kind !== 'target-health' || fact.service !== service || uncheckedStates.includes(fact.state)) continue;
    groups.set(fact.targetGroup, (groups.get(fact.targetGroup) ?? 0) + (fact.state === 'healthy' ? 1 : 0));
  }
  return groups.size === 0 ? null : { groups: groups.size, healthy: Math.min(...groups.values()) };
}

/** The time that the alert's own rule looks at; null when no source told. */
export function ruleWindowOf(evidence: readonly Evidence[], alertName: string): RuleWindow | null {
  return rulesOf(evidence, alertName).reduce<RuleWindow | null>((longest, { forSeconds, rangeSeconds }) => {
    return longest && longest.forSeconds + longest.rangeSeconds >= forSeconds + rangeSeconds ? longest : { forSeconds, rangeSeconds };
  }, null);
}

function rulesOf(evidence: readonly Evidence[], alertName: string): AlertRuleFact[] {
  return evidence
    .flatMap((answer) => answer.facts)
    .filter((fact) => fact.kind === 'alert-rule' && fact.name === alertName) as AlertRuleFact[];
}

/**
 * As `samplesOf`, with the traffic as it was before the trouble, where that is known: a fault drives users away, and it makes clients ask
 * again and again. Neither is what the service has to get back to.
 */
export function referenceOf(evidence: readonly Evidence[], services: readonly string[]): ServiceSample[] {
  const rates = evidence
    .flatMap((answer) => answer.facts)
    .filter((fact) => fact.kind === 'service-signal')
    .filter((fact) => fact.signal === 'request-rate');
  return samplesOf(evidence, services).map((sample) => {
    const before = rates.find((rate) => rate.service === sample.service)?.before ?? 0;
    return before > 0 ? { ...sample, requestRate: before } : sample;
  });
}

/** Who calls whom, as metrics, traces or the configuration say. */
function callFacts(evidence: readonly Evidence[]): { caller: string; callee: string }[] {
  return evidence.flatMap((answer) => answer.facts).filter((fact) => fact.kind === 'call-signal' || fact.kind === 'call-edge');
}

/** Services it calls. */
export function calleesOf(evidence: readonly Evidence[], service: string): string[] {
  const calls = callFacts(evidence);
  return [...new Set(calls.filter((call) => call.caller === service).map((call) => call.callee))].sort();
}

/**
 * Services that call, or are called by, one of these. Of those only traces or the configuration name, the ones that are measured: of the others
 * nothing could be told later, and spans may name any number of them, as long as they like.
 */
export function neighboursOf(evidence: readonly Evidence[], services: readonly string[]): string[] {
  const facts = evidence.flatMap((answer) => answer.facts);
  const measured = new Set(facts.flatMap((fact) => (fact.kind === 'service-signal' ? [fact.service] : [])));
  const found = new Set<string>();
  for (const { kind, caller, callee } of facts.filter((fact) => fact.kind === 'call-signal' || fact.kind === 'call-edge')) {
    const counts = (service: string) => kind === 'call-signal' || measured.has(service);
    if (services.includes(caller) && counts(callee)) found.add(callee);
    if (services.includes(callee) && counts(caller)) found.add(caller);
  }
  for (const service of services) found.delete(service);
  return [...found].sort();
}
