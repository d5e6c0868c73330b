/** The auditor: holds a diagnosis against what changed. It may lower, re-rank and veto; it never raises a confidence and never adds a cause. */
import type { Diagnosis, Hypothesis } from '../../domain/cause.ts';
import { rank } from '../diagnose.ts';
import { ecsIsRollingBack, newRevision, rolloutInProgress, suspectThatReturned } from '../facts/changes.ts';
import { standingEvent } from '../facts/events.ts';
import { allTasksAreFresh } from '../facts/stops.ts';
import { buildView, runningTasks, type View } from '../facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';
import { commitFinding, withCommit } from './audit-commit.ts';
import { weighRivals } from './rivals.ts';

export interface Audited {
  diagnosis: Diagnosis;
  /** Full sentences: what was found and what followed from it. */
  notes: string[];
  /** The evidence forbids acting on the best cause; the diagnosis is then `inconclusive`. */
  vetoed: boolean;
}

interface Finding {
  note: string;
  /** Confidence is cut to this, 0..1. */
  atMost?: number;
  veto?: true;
}

export function auditChanges(diagnosis: Diagnosis, input: DiagnosisInput, settings: DiagnosisSettings): Audited {
  if (diagnosis.conclusion !== 'cause') return { diagnosis, notes: [], vetoed: false };
  const view = buildView(input, settings);
  const commit = commitFinding(input);
  const notes: string[] = commit ? [commit.note] : [];
  const vetoes = new Map<string, string>();
  const lowered = diagnosis.ranked.map((hypothesis) => {
    const findings = review(hypothesis, view);
    const atMost = Math.min(hypothesis.confidence, ...findings.map((finding) => finding.atMost ?? 1));
    const reviewed: Hypothesis = {
      ...hypothesis,
      confidence: atMost,
      because: [...hypothesis.because, ...findings.filter(({ atMost }) => atMost !== undefined).map(({ note }) => note)],
    };
    const audited = withCommit(reviewed, commit);
    for (const { note, veto } of findings) {
      notes.push(`${hypothesis.cause} in ${hypothesis.service}: ${note}`);
      if (veto) vetoes.set(keyOf(audited), note);
    }
    return audited;
  });
  const isWorthIt = (hypothesis: Hypothesis) => hypothesis.confidence >= settings.minConfidence;
  // Only what survived the audit takes confidence from the others.
  const ranked = rank(weighRivals(rank(lowered).filter(isWorthIt))).filter(isWorthIt);
  const [best] = ranked;
  const before = diagnosis.ranked[0];
  if (!best) return refused(diagnosis, notes, 'after looking at what changed no cause is likely enough', false);
  const veto = vetoes.get(keyOf(best));
  if (veto !== undefined) return refused(diagnosis, notes, `vetoed: ${veto}`, true);
  if (before && (before.cause !== best.cause || before.service !== best.service || before.taskId !== best.taskId)) {
    notes.push(`${best.cause} in ${best.service} is now the likeliest cause`);
  }
  const changed = before?.confidence !== best.confidence || before.cause !== best.cause;
  const reason = changed ? `${best.cause} in ${best.service}, confidence ${best.confidence.toFixed(2)} after the audit.` : diagnosis.reason;
  return { diagnosis: { ...diagnosis, ranked, reason }, notes, vetoed: false };
}

function keyOf({ cause, service, taskId = '' }: Hypothesis): string {
  return [cause, service, taskId].join(' ');
}

function refused(diagnosis: Diagnosis, notes: string[], why: string, vetoed: boolean): Audited {
  return { diagnosis: { ...diagnosis, conclusion: 'inconclusive', ranked: [], reason: `Audit: ${why}.` }, notes, vetoed };
}

/** What speaks against a claim, and how much of it that leaves. */
export function review(hypothesis: Hypothesis, view: View): Finding[] {
  switch (hypothesis.cause) {
    case 'bad-deployment':
      return reviewDeployment(hypothesis, view);
    case 'sick-task':
      return [...reviewOthers(hypothesis, view), ...reviewTask(hypothesis, view)];
    case 'all-tasks-degraded':
      return [...reviewOthers(hypothesis, view), ...reviewRestart(hypothesis, view)];
    case 'overload':
    case 'out-of-memory':
    case 'task-start-failure':
    case 'cpu-runaway':
    case 'health-check-failure':
      return reviewOthers(hypothesis, view);
    case 'dependency-fault':
    case 'capacity-loss':
    case 'planned-zero':
    case 'placement-failure':
    case 'stuck-deployment':
    case 'api-throttled':
      return [];
  }
}

/** While ECS is refused its own calls nobody adds to them. */
function whileThrottled(view: View, service: string): Finding | undefined {
  return standingEvent(view, service, 'throttled')
    ? { note: 'ECS is throttled: nothing is changed until it is not', veto: true }
    : undefined;
}

function reviewDeployment({ service }: Hypothesis, view: View): Finding[] {
  const throttled = whileThrottled(view, service);
  if (throttled) return [throttled];
  if (ecsIsRollingBack(view, service)) return [{ note: 'ECS is rolling the deployment back by itself', veto: true }];
  if (suspectThatReturned(view, service)) return [{ note: 'it was taken back once and is here again', atMost: 0.5 }];
  const revision = newRevision(view, service);
  if (!revision) return [{ note: 'no new revision within the lookback matches', atMost: 0.1 }];
  if (revision.secondsBeforeOnset < 0) {
    return [{ note: `the deployment came ${Math.round(-revision.secondsBeforeOnset)} s after the onset`, atMost: 0.1 }];
  }
  if (revision.isReturn) return [{ note: 'this is a return to an older revision, not a new one', atMost: 0.2 }];
  if (!revision.hasCompletedRevision) return [{ note: 'there is no completed revision to go back to', atMost: 0.4 }];
  const findings: Finding[] = [];
  if (revision.previous && !revision.previous.completed) {
    findings.push({ note: `the previous revision ${revision.previous.taskDefinition} did not complete either`, atMost: 0.65 });
  }
  if (rolloutInProgress(view, service)) findings.push({ note: 'its rollout is still going on' });
  findings.push({
    note: `${revision.deployment.taskDefinition} came ${Math.round(revision.secondsBeforeOnset)} s before the onset and matches`,
  });
  return findings;
}

/** Every other cause: a change made into a running rollout would fight it, and an unexplained new revision is the likelier story. */
function reviewOthers({ service }: Hypothesis, view: View): Finding[] {
  const throttled = whileThrottled(view, service);
  if (throttled) return [throttled];
  if (standingEvent(view, service, 'placement-failure')) {
    return [{ note: 'ECS finds no place for a task: one that is stopped may not come back', veto: true }];
  }
  if (rolloutInProgress(view, service)) return [{ note: 'a deployment is in progress', veto: true }];
  const revision = newRevision(view, service);
  if (!revision) return [];
  const when = revision.secondsBeforeOnset >= 0 ? 'before' : 'after';
  const note = `${revision.deployment.taskDefinition} came ${Math.round(Math.abs(revision.secondsBeforeOnset))} s ${when} the onset`;
  return [{ note, atMost: 0.5 }];
}

function reviewTask({ service, taskId }: Hypothesis, view: View): Finding[] {
  const running = runningTasks(view, service);
  if (!running.some((task) => task.taskId === taskId)) return [{ note: 'the task does not run any more', atMost: 0.1 }];
  if (running.length < 2) return [{ note: 'it is the only task that runs', atMost: 0.3 }];
  return [];
}

function reviewRestart({ service }: Hypothesis, view: View): Finding[] {
  return allTasksAreFresh(view, service) ? [{ note: 'all its tasks started after the onset', atMost: 0.4 }] : [];
}
