/** Stops a target that keeps failing under any action, and an action that keeps failing on any target. */
import { type Breaker, breakerState } from '../breaker.ts';
import { deny, type Gate, type GateAnswer, pass, targetOf } from '../gate.ts';

export const circuitBreaker: Gate = {
  name: 'circuit-breaker',
  judge(request, { breaker }) {
    if (request.changes === null) return deny('The past changes could not be read.');
    const target = targetOf(request);
    const action = request.plan.action;
    const ofTarget = breakerState(
      request.changes.filter((change) => change.target === target),
      request.now,
      breaker,
    );
    const ofAction = breakerState(
      request.changes.filter((change) => change.action === action),
      request.now,
      breaker,
    );
    return (
      refusal(`changes of ${target}`, ofTarget) ??
      refusal(`the action ${action}`, ofAction) ??
      pass(`The circuit breaker is ${ofTarget.state} for ${target} and ${ofAction.state} for ${action}.`)
    );
  },
};

function refusal(scope: string, { state, failures, openUntil, isTrying }: Breaker): GateAnswer | undefined {
  if (state === 'open') return deny(`The circuit breaker for ${scope} is open until ${openUntil} after ${failures} failures.`);
  if (state === 'half-open' && isTrying) return deny(`The circuit breaker for ${scope} is half-open and its one try is still on its way.`);
  return undefined;
}
