/** The API: reads what the stores hold, takes answers to approvals, and holds the kill switch. Everything behind the bearer token. */
import { randomUUID } from 'node:crypto';
import { json, Router } from 'express';
import type { ApprovalDesk } from '../approval/desk.ts';
import type { ApprovalRequest, ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { QuestionDependencies } from '../llm/preview/questions.ts';
import type { PolicyInForce } from '../policy/in-force.ts';
import type { BundleDependencies } from '../replay/bundle-of.ts';
import { createApprovalViews } from './approval-views.ts';
import { type AutonomyDependencies, createAutonomyRoutes } from './autonomy.ts';
import { createBundleRoutes } from './bundle.ts';
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
import { createIdentity } from './identity.ts';
import type { KillSwitchControl } from './kill-switch-control.ts';
import { createModelCostRoutes, type ModelCostDependencies } from './model-cost.ts';
import { createModelPreviewRoutes } from './model-preview.ts';
import { createModelsRoutes, type ModelsDependencies } from './models.ts';
import { parse } from './parse.ts';
import { createReportRoutes, type ReportDependencies } from './report.ts';

export interface ApiDependencies {
  token: string;
  /** Holds the hashes of personal tokens. */
  policy: () => PolicyInForce;
  incidents: IncidentStore;
  approvals: ApprovalStore;
  desk: ApprovalDesk;
  trail: AuditTrail;
  killSwitch: KillSwitchControl;
  autonomy: AutonomyDependencies;
  models: ModelsDependencies;
  cost: ModelCostDependencies;
  /** What the questions to models are made of. */
  questions: QuestionDependencies;
  report: ReportDependencies;
  bundle: BundleDependencies;
}

export function createApi(deps: ApiDependencies): Router {
  const router = Router();
  const identity = createIdentity(deps.token, deps.policy);
  const viewsOf = createApprovalViews(deps.report.narrations);
  const approvalOf = async (id: string): Promise<ApprovalRequest> => {
    const found = await deps.approvals.get(id);
    if (!found) throw new InputError('NOT_FOUND', `there is no approval ${JSON.stringify(id)}`);
    return found;
  };
  router.use(identity.require);
  // Not last: behind a router that stands last Express goes on a turn later, and what is wrong with the connection by then is told instead of the 401.
  router.use('/autonomy', createAutonomyRoutes(deps.autonomy, identity));
  router.use('/models/preview', createModelPreviewRoutes({ ...deps.questions, chains: deps.models.chains, newFence: randomUUID }));
  router.use('/models/cost', createModelCostRoutes(deps.cost));
  router.use('/models', createModelsRoutes(deps.models, identity));
  router.use(createReportRoutes(deps.report));
  router.use(createBundleRoutes(deps.bundle));
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
    response.json(IncidentDetail.parse({ incident, alerts, approvals: await viewsOf(approvals), timeline }));
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
    response.json(ApprovalList.parse({ approvals: await viewsOf(await deps.approvals.pending()) }));
  });
  router.get('/approvals/:id', async (request, response) => {
    response.json(ApprovalList.parse({ approvals: await viewsOf([await approvalOf(request.params.id)]) }));
  });
  router.post('/approvals/:id', json({ limit: '16kb' }), async (request, response) => {
    const { by, ...given } = parse(ApprovalAnswer, request.body);
    const { id } = await approvalOf(request.params.id ?? '');
    const answered = await deps.desk.answer({ ...given, id, by: identity.nameOf(response, by), via: 'api' });
    response.json(ApprovalList.parse({ approvals: [answered] }));
  });
  router.get('/kill-switch', async (_request, response) => {
    response.json(KillSwitchView.parse(await deps.killSwitch.read()));
  });
  router.put('/kill-switch', json({ limit: '16kb' }), async (request, response) => {
    const { on, reason, ...order } = parse(KillSwitchOrder, request.body);
    const by = identity.nameOf(response, order.by);
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
