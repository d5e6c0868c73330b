/** Where each node may go next: pure functions of the state. `graph.ts` lists the same targets, so that the drawn graph is complete. */
import type { IncidentState } from './state.ts';

/** How often the decision may say that it is too early to tell, in one round. */
export const maxLooks = 3;

/** Rounds of analysis one incident gets before a human must look. */
export const maxRounds = 3;

/** Where the rules are at a loss and have no look left, or what was proposed then has to be looked at again. */
export function afterAuditor(state: Pick<IncidentState, 'diagnosis' | 'looks' | 'proposal'>): 'investigator' | 'decision' {
  const isOpen = state.diagnosis?.conclusion === 'inconclusive';
  return isOpen && (state.looks >= maxLooks || state.proposal?.hypothesis) ? 'investigator' : 'decision';
}

export function afterDecision(
  state: Pick<IncidentState, 'decided'>,
): 'remediation' | 'approval' | 'verification' | 'analyst' | 'escalation' {
  switch (state.decided?.kind) {
    case 'change':
    case 'tell':
      return 'remediation';
    case 'ask':
      return 'approval';
    case 'watch':
      return 'verification';
    case 'look-again':
      return 'analyst';
    case 'escalate':
    case undefined:
      return 'escalation';
  }
}

export function afterApproval(state: Pick<IncidentState, 'answered'>): 'remediation' | 'escalation' {
  return state.answered?.answer === 'approved' ? 'remediation' : 'escalation';
}

/** Whether what was decided, with a yes where it takes one, changes nothing but what people know. */
export function onlyTells(decided: IncidentState['decided']): boolean {
  return decided?.kind === 'tell' || (decided?.kind === 'ask' && decided.onlyTells === true);
}

/**
 * `applied: no` means the world had moved: look again. Who was only told takes over, and there is nothing to verify; what a person agreed to be
 * told, and could not be any more, is looked at again as well.
 */
export function afterRemediation(state: Pick<IncidentState, 'change' | 'round' | 'decided'>): 'verification' | 'analyst' | 'escalation' {
  const change = state.change;
  if (onlyTells(state.decided) && (state.decided?.kind === 'tell' || change?.outcome?.applied !== 'no')) return 'escalation';
  switch (change?.outcome?.applied) {
    case 'yes':
    case 'unknown':
      return 'verification';
    case 'no':
      return change.step === 'execute' && state.round < maxRounds ? 'analyst' : 'escalation';
    case undefined:
      return 'escalation';
  }
}

/**
 * Recovered ends the run. A change that failed or did harm is undone once and watched again; then comes the next look, until rounds and changes
 * are used up. What cannot be proven, and harm that has no undo or outlasts it, is for a person at once.
 */
export function afterVerification(
  state: Pick<IncidentState, 'recovery' | 'change' | 'decided' | 'round'>,
): 'done' | 'remediation' | 'analyst' | 'escalation' {
  const result = state.recovery?.result;
  if (result === 'recovered') return 'done';
  const change = state.change;
  const madeByUs = change !== null && change.step === 'execute' && state.decided?.kind !== 'watch';
  if (madeByUs && change.plan.undo.kind === 'restore' && (result === 'harmed' || result === 'not-recovered')) return 'remediation';
  if (result === 'not-recovered' && state.round < maxRounds) return 'analyst';
  return 'escalation';
}
