/** Keeps a plan that nothing but its level of autonomy forbids, so that it can be held against what happens without it. */
import type { GateResult, Verdict } from '../domain/verdict.ts';
import type { Fence } from '../incident/store.ts';
import type { NodeDependencies } from './dependencies.ts';
import type { Decision, IncidentState } from './state.ts';

type Known = Pick<IncidentState, 'before' | 'neighbours'>;

export async function keepShadow(
  deps: Pick<NodeDependencies, 'shadows'>,
  { before, neighbours }: Known,
  decision: Decision,
  fence: Fence,
): Promise<void> {
  const { kind, plan, hypothesis, verdict } = decision;
  const gate = verdict && heldBackBy(verdict);
  if (kind !== 'escalate' || !plan || !hypothesis || !gate) return;
  await deps.shadows.keep({ plan, cause: hypothesis.cause, reason: gate.reason, before, neighbours }, fence);
}

/** The autonomy gate, when no other one refuses. */
export function heldBackBy({ gates }: Pick<Verdict, 'gates'>): GateResult | null {
  const [first, ...others] = gates.filter(({ decision }) => decision === 'deny');
  return first?.gate === 'autonomy' && others.length === 0 ? first : null;
}
