/** The API: reads what the stores hold, takes answers to approvals, and holds the kill switch. Everything behind the bearer token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { json, type NextFunction, type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStore } from '../incident/store.ts';
import {
  AlertList,
  ApprovalAnswer,
  ApprovalList,
  AuditList,
  IncidentDetail,
  IncidentList,
  KillSwitchOrder,
  KillSwitchView,
  ListQuery,
} from './contract.ts';
import type { KillSwitchControl } from './kill-switch-control.ts';

export interface ApiDependencies {
  token: string;
  incidents: IncidentStore;
  approvals: ApprovalStore;
  trail: AuditTrail;
  killSwitch: KillSwitchControl;
  /** Called after an approval was answered, so that the run goes on at once. */
  wake: () => void;
}

export function createApi(deps: ApiDependencies): Router {
  const router = Router();
  router.use(requireToken(deps.token));
  router.get('/incidents', async (request, response) => {
    const { status, limit } = parse(ListQuery, request.query);
    response.json(IncidentList.parse({ incidents: await deps.incidents.list(status ? { status, limit } : { limit }) }));
  });
  router.get('/incidents/:id', async (request, response) => {
    const incident = await deps.incidents.get(IncidentId.parse(request.params.id));
    if (!incident) throw new InputError('NOT_FOUND', `there is no incident ${JSON.stringify(request.params.id)}`);
    const [alerts, approvals, timeline] = await Promise.all([
      deps.incidents.alerts({ incidentId: incident.id, limit: 1000 }),
      deps.approvals.ofIncident(incident.id),
      deps.trail.list({ incidentId: incident.id, limit: 1000 }),
    ]);
    response.json(IncidentDetail.parse({ incident, alerts, approvals, timeline }));
  });
  router.get('/alerts', async (request, response) => {
    const { incidentId, limit } = parse(ListQuery, request.query);
    const filter = incidentId ? { incidentId: IncidentId.parse(incidentId), limit } : { limit };
    response.json(AlertList.parse({ alerts: await deps.incidents.alerts(filter) }));
  });
  router.get('/audit', async (request, response) => {
    const { incidentId, afterSeq, limit } = parse(ListQuery, request.query);
    const filter = { limit, ...(incidentId ? { incidentId } : {}), ...(afterSeq === undefined ? {} : { afterSeq }) };
    response.json(AuditList.parse({ entries: await deps.trail.list(filter) }));
  });
  router.get('/approvals', async (_request, response) => {
    response.json(ApprovalList.parse({ approvals: await deps.approvals.pending() }));
  });
  router.post('/approvals/:id', json({ limit: '16kb' }), async (request, response) => {
    const { answer, by, planHash } = parse(ApprovalAnswer, request.body);
    const pending = await deps.approvals.get(request.params.id ?? '');
    if (!pending) throw new InputError('NOT_FOUND', `there is no approval ${JSON.stringify(request.params.id)}`);
    if (pending.planHash !== planHash) {
      throw new InputError('API_INVALID', 'planHash is not the hash of the plan that waits for approval', {
        hint: 'read the approval again',
      });
    }
    if ((await deps.incidents.get(pending.incidentId))?.status === 'closed') {
      throw new InputError('APPROVAL_NOT_PENDING', `incident ${pending.incidentId} is closed: there is nothing to approve any more`);
    }
    const answered = await deps.approvals.answer(pending.id, answer, by);
    if (!answered) throw new InputError('APPROVAL_NOT_PENDING', `approval ${pending.id} was answered before or has expired`);
    await deps.incidents.endWait(answered.incidentId);
    deps.wake();
    response.json(ApprovalList.parse({ approvals: [answered] }));
  });
  router.get('/kill-switch', async (_request, response) => {
    response.json(KillSwitchView.parse(await deps.killSwitch.read()));
  });
  router.put('/kill-switch', json({ limit: '16kb' }), async (request, response) => {
    const { on, by, reason } = parse(KillSwitchOrder, request.body);
    if (on) await deps.killSwitch.turnOn(by, reason);
    else if (!(await deps.killSwitch.turnOff(by, reason))) {
      throw new InputError('KILL_SWITCH_HELD', 'the stop file lies there: the kill switch stays on', {
        hint: 'remove the file that KINTSUGI_KILL_SWITCH_FILE names, then turn the switch off',
      });
    }
    response.json(KillSwitchView.parse(await deps.killSwitch.read()));
  });
  return router;
}

function requireToken(token: string) {
  const expected = createHash('sha256').update(`Bearer ${token}`).digest();
  return (request: Request, _response: Response, next: NextFunction): void => {
    const given = createHash('sha256')
      .update(request.headers.authorization ?? '')
      .digest();
    if (!timingSafeEqual(given, expected)) {
      throw new InputError('API_UNAUTHORIZED', 'the Authorization header must be "Bearer <the API token>"', {
        hint: 'the token is the setting KINTSUGI_API_TOKEN',
      });
    }
    next();
  };
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new InputError('API_INVALID', faults.join('; '));
}
