/** Turns the agent's audit trail into lines a person can follow. It reads what the agent recorded and adds nothing. */
import { z } from 'zod';
import type { AuditView } from '../../agent/api/contract.ts';

export interface TimelineLine {
  who: string;
  text: string;
  /** Sub-lines: the reasons. */
  because: string[];
}

const RankedView = z.object({
  cause: z.string(),
  service: z.string(),
  taskId: z.string().optional(),
  confidence: z.number(),
  because: z.array(z.string()).default([]),
});
const EvidenceView = z.object({
  focus: z.array(z.string()),
  answers: z.array(z.object({ source: z.string(), status: z.string(), detail: z.string(), facts: z.number() })),
});
const DiagnosisView = z.object({ conclusion: z.string(), reason: z.string(), ranked: z.array(RankedView) });
const AuditedView = z.object({ vetoed: z.boolean(), notes: z.array(z.string()), ranked: z.array(RankedView) });
const GateView = z.object({ gate: z.string(), decision: z.string(), reason: z.string() });
const VerdictView = z.object({
  kind: z.string(),
  reason: z.string(),
  plan: z.object({ action: z.string(), summary: z.string() }).nullable(),
  verdict: z.object({ decision: z.string(), gates: z.array(GateView) }).nullable(),
});
const VerificationView = z.object({ result: z.string(), reasons: z.array(z.string()) });

/** The line for one audit entry; undefined for entries that only repeat what another line says. */
export function timelineLine(entry: Pick<AuditView, 'event' | 'actor' | 'detail'>): TimelineLine | undefined {
  const { detail } = entry;
  switch (entry.event) {
    case 'evidence-collected': {
      const { focus, answers } = EvidenceView.parse(detail);
      const asked = answers.map((answer) => `${answer.source} ${answer.status === 'found' ? `${answer.facts} facts` : answer.status}`);
      return {
        who: 'analyst',
        text: `looked at ${focus.join(', ')}: ${asked.join(' · ')}`,
        because: answers.map((answer) => answer.detail).filter(Boolean),
      };
    }
    case 'diagnosis': {
      const { conclusion, reason, ranked } = DiagnosisView.parse(detail);
      const best = ranked[0];
      if (conclusion !== 'cause' || !best) return { who: 'analyst', text: `${conclusion}: ${reason}`, because: [] };
      return { who: 'analyst', text: hypothesis(best), because: best.because };
    }
    case 'audited': {
      const { vetoed, notes, ranked } = AuditedView.parse(detail);
      const best = ranked[0];
      return {
        who: 'auditor',
        text: vetoed ? 'vetoed the analysis' : best ? `agrees: ${hypothesis(best)}` : 'nothing to hold against changes',
        because: notes,
      };
    }
    case 'verdict': {
      const { kind, reason, plan, verdict } = VerdictView.parse(detail);
      const gates = verdict?.gates ?? [];
      const passed = gates.filter((gate) => gate.decision === 'pass').length;
      const count = gates.length > 0 ? ` (${passed} of ${gates.length} gates passed)` : '';
      const what = plan && kind === 'change' ? `${plan.action}: ${plan.summary}` : reason;
      return {
        who: 'decision',
        text: `${kind}${count}: ${what}`,
        because: gates.filter((gate) => gate.decision !== 'pass').map((gate) => `${gate.gate}: ${gate.reason}`),
      };
    }
    case 'action-intended':
    case 'undo-intended':
      return { who: 'remediation', text: `${entry.event === 'undo-intended' ? 'undo ' : ''}intent written to the ledger`, because: [] };
    case 'action-finished':
    case 'undo-finished':
      return { who: 'remediation', text: `applied: ${text(detail, 'applied')}`, because: [text(detail, 'detail')].filter(Boolean) };
    case 'verification': {
      const { result, reasons } = VerificationView.parse(detail);
      return { who: 'verification', text: result, because: reasons };
    }
    case 'escalated':
      return { who: 'escalation', text: text(detail, 'reason'), because: [] };
    case 'incident-closed':
      return { who: 'incident', text: `closed: ${text(detail, 'outcome')}`, because: [] };
    case 'approval-asked':
      return { who: 'approval', text: 'asked a human', because: [] };
    case 'run-failed':
      return { who: 'runner', text: `the run failed: ${text(detail, 'reason')}`, because: [] };
    case 'run-resumed':
      return { who: 'runner', text: 'resumed', because: [] };
    default:
      return undefined;
  }
}

function hypothesis({ cause, service, taskId, confidence }: z.infer<typeof RankedView>): string {
  return `${cause} in ${service}${taskId ? ` (task ${taskId.slice(0, 8)})` : ''}, confidence ${confidence.toFixed(2)}`;
}

function text(detail: Record<string, unknown>, key: string): string {
  const value = detail[key];
  return typeof value === 'string' ? value : '';
}
