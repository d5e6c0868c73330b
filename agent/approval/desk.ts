/**
 * Takes a person's answer, wherever it came in: checks who they are to the policy, that it is about what still waits, and that a narrower
 * plan is narrower. It stores the answer and wakes the run; what is done with it the run decides, which looks at all of it again.
 */
import type { Action } from '../action/action.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { type ErrorCode, InputError } from '../domain/errors.ts';
import type { BlastRadius, Plan } from '../domain/plan.ts';
import type { IncidentStore } from '../incident/store.ts';
import { refuseApprover } from '../policy/approvers.ts';
import { isFault, type PolicyInForce } from '../policy/in-force.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Answer, ApprovalRequest, ApprovalStore } from './store.ts';

/** An answer as it was given. */
export interface GivenAnswer {
  id: string;
  answer: 'approved' | 'rejected';
  /** A name that whoever took the answer has made sure of. */
  by: string;
  /** Nobody the policy has a name for: `by` says where they came from. */
  isStranger?: true;
  via: Answer['via'];
  /** Hash of the plan the person read. */
  planHash: string;
  /** Parameters in place of the plan's: the same or less. */
  params?: Readonly<Record<string, unknown>> | undefined;
}

export interface ApprovalDeskDependencies {
  approvals: ApprovalStore;
  incidents: Pick<IncidentStore, 'get' | 'endWait'>;
  catalog: readonly Action[];
  policy: () => PolicyInForce;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, 'approvals'>;
  /** Called after an answer was stored, so that the run goes on at once. */
  wake: () => void;
}

export interface ApprovalDesk {
  /**
   * `InputError`: NOT_FOUND, API_INVALID (another plan), APPROVAL_FORBIDDEN, APPROVAL_NOT_PENDING, APPROVAL_NOT_NARROWER. A refusal leaves the
   * request as it was, and an audit entry.
   */
  answer(given: GivenAnswer): Promise<ApprovalRequest>;
}

const planMs = 20_000;

export function createApprovalDesk(deps: ApprovalDeskDependencies): ApprovalDesk {
  const { approvals, incidents, metrics } = deps;

  async function accept(given: GivenAnswer, pending: ApprovalRequest): Promise<ApprovalRequest> {
    const { id, answer, by, via } = given;
    if (pending.planHash !== given.planHash) {
      throw new InputError('API_INVALID', 'planHash is not the hash of the plan that waits for approval', {
        hint: 'read the approval again',
      });
    }
    requireApprover(deps.policy(), pending, given);
    if ((await incidents.get(pending.incidentId))?.status === 'closed') {
      throw new InputError('APPROVAL_NOT_PENDING', `incident ${pending.incidentId} is closed: there is nothing to approve any more`);
    }
    // Before the world is read for a narrower plan; the update below is what decides.
    if (pending.answer !== null || pending.expiresAt <= deps.clock.now().toISOString()) throw notPending(pending);
    const narrowedPlan = given.params && answer === 'approved' ? await narrow(deps.catalog, pending.plan, given.params) : undefined;
    const answered = await approvals.answer(id, { answer, by, via, ...(narrowedPlan ? { narrowedPlan } : {}) });
    if (!answered) throw notPending((await approvals.get(id)) ?? pending);
    return answered;
  }

  async function refused(given: GivenAnswer, pending: ApprovalRequest, error: InputError): Promise<void> {
    const { id: approvalId, answer, by, via } = given;
    deps.logger.warn({ approvalId, by, reason: error.code }, 'an answer to an approval was refused');
    const detail = { approvalId, answer, via, code: error.code, reason: error.message };
    const entry = { at: deps.clock.now().toISOString(), incidentId: pending.incidentId, actor: by };
    await deps.trail.append({ ...entry, event: 'approval-refused', detail });
  }

  return {
    async answer(given) {
      const pending = await approvals.get(given.id);
      if (!pending) throw new InputError('NOT_FOUND', `there is no approval ${JSON.stringify(given.id)}`);
      try {
        const answered = await accept(given, pending);
        metrics.approvals.inc({ result: given.answer, via: given.via });
        await incidents.endWait(answered.incidentId);
        deps.wake();
        return answered;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        metrics.approvals.inc({ result: resultOf(error.code), via: given.via });
        await refused(given, pending, error);
        throw error;
      }
    },
  };
}

function resultOf(code: ErrorCode): 'forbidden' | 'late' | 'invalid' {
  if (code === 'APPROVAL_FORBIDDEN') return 'forbidden';
  return code === 'APPROVAL_NOT_PENDING' ? 'late' : 'invalid';
}

function notPending({ id, answer, answeredBy }: ApprovalRequest): InputError {
  const what = answer === null ? 'has expired' : `was ${answer} by ${answeredBy} before`;
  return new InputError('APPROVAL_NOT_PENDING', `approval ${id} ${what}`);
}

function requireApprover(policy: PolicyInForce, { plan, requestedBy }: ApprovalRequest, { answer, by, isStranger }: GivenAnswer): void {
  const asked = { action: plan.action, target: plan.target, requestedBy };
  const stranger = isStranger ? `${by} is nobody the policy knows (approval.people).` : null;
  const reason = isFault(policy) ? policy.fault : (stranger ?? refuseApprover(policy.approval, asked, answer, by));
  if (reason === null) return;
  throw new InputError('APPROVAL_FORBIDDEN', reason, { hint: 'the approvers stand in the policy, under approval' });
}

/** The same action on the same target, from the same snapshot, with parameters that ask for no more and reach no further. */
async function narrow(catalog: readonly Action[], plan: Plan, params: Readonly<Record<string, unknown>>): Promise<Plan> {
  const action = catalog.find((one) => one.id === plan.action);
  const refuse = (why: string) => new InputError('APPROVAL_NOT_NARROWER', `${plan.action}: ${why}`);
  if (!action?.isNarrower) throw refuse('nothing of it can be narrowed');
  const from = action.params.safeParse(plan.params);
  const to = action.params.safeParse(params);
  if (!from.success || !to.success) throw refuse('the parameters are not those of the action');
  if (!action.isNarrower(from.data, to.data)) throw refuse('the parameters ask for more than the plan, or for something else');
  const narrowed = await action.plan(to.data, AbortSignal.timeout(planMs));
  if ('notPossible' in narrowed) throw refuse(String(narrowed.notPossible));
  const isSame = (part: (of: Plan) => unknown) => canonicalHash(part(narrowed)) === canonicalHash(part(plan));
  if (!isSame((of) => [of.action, of.target])) throw refuse('the narrower plan is about something else');
  if (!(action.isSameWorld?.(plan, narrowed) ?? isSame((of) => of.snapshot)))
    throw refuse('the service is not what it was when the plan was made');
  if (!isWithin(narrowed.blastRadius, plan.blastRadius)) throw refuse('the narrower plan reaches further');
  return narrowed;
}

function isWithin(radius: BlastRadius, limit: BlastRadius): boolean {
  return radius.services <= limit.services && radius.tasks <= limit.tasks && radius.shareOfCapacity <= limit.shareOfCapacity;
}
