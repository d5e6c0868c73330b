/** What a step decided, as named texts: two runs are held against each other by them. Pure. */
import { canonicalJson } from '../audit/canonical-json.ts';
import { resourceKey } from '../domain/alert.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { Plan } from '../domain/plan.ts';
import type { Decision, IncidentState } from '../graph/state.ts';

export interface Decided {
  /** What was decided on: `claim 1`, `gate cooldown`. */
  about: string;
  said: string;
  /** In the rule's own words; two runs may say the same for other reasons. */
  because: string;
}

/** One thing that two runs did not decide, or not word, alike; null where one of them did not come to it. */
export interface Difference {
  about: string;
  was: Omit<Decided, 'about'> | null;
  would: Omit<Decided, 'about'> | null;
  /** The same was decided, in other words. */
  isWording: boolean;
}

/** `update`: what the node answered, as it was recorded or as it would be. */
export function decisionsOf(node: string, update: Record<string, unknown>): Decided[] {
  const { focus, diagnosis, proposal, decided, answered, change, recovery } = update as Partial<IncidentState>;
  switch (node) {
    case 'analyst':
      return [decision('where it looked', (focus ?? []).join(', ')), ...diagnosisOf(diagnosis)];
    case 'auditor':
      return diagnosisOf(diagnosis);
    case 'investigator':
      return [decision('proposal', claimOf(proposal?.hypothesis))];
    case 'decision':
      return decided ? verdictOf(decided) : [];
    case 'approval':
      return [decision('answer of a person', answered?.answer ?? 'none')];
    case 'remediation':
      return change
        ? [decision('change', `${change.step} ${planOf(change.plan)}: applied ${change.outcome?.applied}`, change.outcome?.detail)]
        : [];
    case 'verification':
      return recovery ? [decision('verification', recovery.result, recovery.reasons?.join(' '))] : [];
    default:
      return [];
  }
}

export function differencesOf(was: readonly Decided[], would: readonly Decided[]): Difference[] {
  const names = [...new Set([...was, ...would].map(({ about }) => about))];
  return names.flatMap((about) => {
    const [before, after] = [was, would].map((all) => all.find((one) => one.about === about));
    const isDecidedAlike = before?.said === after?.said;
    if (isDecidedAlike && before?.because === after?.because) return [];
    return [{ about, was: withoutName(before), would: withoutName(after), isWording: isDecidedAlike }];
  });
}

function diagnosisOf(diagnosis: IncidentState['diagnosis'] | undefined): Decided[] {
  if (!diagnosis) return [];
  return [
    decision('conclusion', diagnosis.conclusion, diagnosis.reason),
    ...diagnosis.ranked.map((claim, at) => decision(`claim ${at + 1}`, claimOf(claim), claim.because?.join('; '))),
  ];
}

function verdictOf({ kind, reason, hypothesis, plan, verdict }: Decision): Decided[] {
  return [
    decision('decision', kind, reason),
    decision('claim acted on', claimOf(hypothesis)),
    decision('plan', plan ? planOf(plan) : 'none', plan?.summary),
    decision('verdict', verdict?.decision ?? 'none'),
    ...(verdict?.gates ?? []).map((gate) => decision(`gate ${gate.gate}`, gate.decision, gate.reason)),
  ];
}

function claimOf(claim: Hypothesis | null | undefined): string {
  if (!claim) return 'none';
  const { cause, service, taskId, change, confidence } = claim;
  const where = [`${cause} in ${service}`, taskId && `task ${taskId}`, change && `by ${change}`].filter(Boolean).join(', ');
  return `${where}, confidence ${Number(confidence).toFixed(2)}`;
}

function planOf({ action, target, params }: Plan): string {
  return `${action} on ${resourceKey(target)} with ${canonicalJson(params)}`;
}

function decision(about: string, said: string, because = ''): Decided {
  return { about, said, because };
}

function withoutName(one: Decided | undefined): Difference['was'] {
  return one ? { said: one.said, because: one.because } : null;
}
