/**
 * The report of one incident: what fired, what was found and how sure, what was tried, what was not allowed and why, what to look at next.
 * Told from what lies in the store, by pure functions: nothing is judged anew, and nothing is asked.
 */
import type { z } from 'zod';
import type { ApprovalRequest } from '../approval/store.ts';
import type { AuditEntry } from '../audit/trail.ts';
import type { Incident } from '../domain/incident.ts';
import type { ActionRecord } from '../domain/plan.ts';
import type { AlertRow } from '../incident/store.ts';
import type { CostLine } from '../llm/budget/call-store.ts';
import type { Narration } from '../narration/store.ts';
import type { Shadow } from '../shadow/store.ts';
import { type Link, type LinkSettings, linksOf } from './links.ts';
import { nextSteps } from './next-steps.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';
import { Audited, type Claim, Collected, type Dated, entriesOf, Found, Judged, Verified } from './trail.ts';

/** Everything the store holds of it; lists of rows oldest first. */
export interface Told {
  incident: Incident;
  alerts: readonly AlertRow[];
  entries: readonly AuditEntry[];
  changes: readonly ActionRecord[];
  approvals: readonly ApprovalRequest[];
  shadows: readonly Shadow[];
  narrations: readonly Narration[];
  /** What models cost, by role and model; empty when none was asked. */
  costs: readonly CostLine[];
}

export interface SourceAnswer {
  id: string;
  source: string;
  status: string;
  detail: string;
  facts: number;
}

export interface TriedChange {
  change: ActionRecord;
  /** What verification said of it, with the numbers; empty while it has not. */
  reasons: string[];
}

export interface Report {
  incident: Incident;
  alerts: readonly AlertRow[];
  /** The last word of the analyst, and what the auditor made of it. */
  found: {
    conclusion: string;
    reason: string;
    where: string;
    path: string[];
    claims: Claim[];
    notes: string[];
    vetoed: boolean;
    rounds: number;
  } | null;
  /** Who was asked last, and what they answered. */
  sources: SourceAnswer[];
  verdicts: Dated<Judged>[];
  tried: TriedChange[];
  approvals: readonly ApprovalRequest[];
  shadows: readonly Shadow[];
  /** What models said of it: shown, never used. */
  narrations: readonly Narration[];
  costs: readonly CostLine[];
  next: string[];
  links: Link[];
  timeline: TimelineEntry[];
}

export function reportOf(told: Told, links: LinkSettings): Report {
  const { incident, entries, changes } = told;
  const found = foundIn(entries);
  const sources = entriesOf(entries, 'evidence-collected', Collected).at(-1)?.detail.answers ?? [];
  const verdicts = entriesOf(entries, 'verdict', Judged);
  const verified = entriesOf(entries, 'verification', Verified);
  const tried = changes.map((change): TriedChange => ({ change, reasons: reasonsFor(change, verified) }));
  return {
    incident,
    alerts: told.alerts,
    found,
    sources,
    verdicts,
    tried,
    approvals: told.approvals,
    shadows: told.shadows,
    narrations: told.narrations,
    costs: told.costs,
    next: nextSteps({
      outcome: incident.outcome,
      conclusion: found?.conclusion ?? null,
      claim: found?.claims[0] ?? null,
      sources,
      gates: lastGates(verdicts),
      changes,
      lastVerification: verified.at(-1)?.detail ?? null,
    }),
    links: linksOf(incident, links),
    timeline: timelineOf(incident, entries),
  };
}

export function foundIn(entries: readonly AuditEntry[]): Report['found'] {
  const diagnoses = entriesOf(entries, 'diagnosis', Found);
  const last = diagnoses.at(-1);
  if (!last) return null;
  const { conclusion, reason, where, path, ranked, round } = last.detail;
  const audited = entriesOf(entries, 'audited', Audited).findLast(({ at }) => at >= last.at)?.detail;
  return {
    conclusion,
    reason,
    where,
    path,
    claims: audit(ranked, audited),
    notes: audited?.notes ?? [],
    vetoed: audited?.vetoed ?? false,
    rounds: round,
  };
}

/** The analyst's claims in the auditor's order, with the confidence it left them. */
function audit(ranked: readonly Claim[], audited: z.infer<typeof Audited> | undefined): Claim[] {
  if (!audited) return [...ranked];
  return audited.ranked.flatMap(({ cause, service, taskId, confidence }) => {
    const claim = ranked.find((one) => one.cause === cause && one.service === service && one.taskId === taskId);
    return claim ? [{ ...claim, confidence }] : [];
  });
}

/** Of the last verdict on a change; that somebody may be told is no matter of what was not allowed. */
export function lastGates(verdicts: Report['verdicts']): NonNullable<Judged['verdict']>['gates'] {
  return verdicts.findLast(({ detail }) => detail.kind !== 'tell')?.detail.verdict?.gates ?? [];
}

function reasonsFor({ key, step }: ActionRecord, verified: readonly Dated<z.infer<typeof Verified>>[]): string[] {
  const last = verified.findLast(({ detail }) => detail.change?.key === key && detail.change.step === step);
  return last ? [`${last.detail.result}: ${last.detail.reasons.join(' ')}`] : [];
}
