/** The report of one incident, as Markdown: by its Accept header as it is, else within JSON. */
import { Router } from 'express';
import type { ActionStore } from '../action/action-store.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { ModelCosts } from '../llm/budget/call-store.ts';
import type { NarrationStore } from '../narration/store.ts';
import type { LinkSettings } from '../report/links.ts';
import { markdownOf } from '../report/markdown.ts';
import { reportOf } from '../report/report.ts';
import type { ShadowStore } from '../shadow/store.ts';
import { IncidentReport } from './contract.ts';

export interface ReportDependencies {
  incidents: Pick<IncidentStore, 'get' | 'alerts'>;
  actions: Pick<ActionStore, 'ofIncident'>;
  approvals: Pick<ApprovalStore, 'ofIncident'>;
  shadows: Pick<ShadowStore, 'list'>;
  narrations: Pick<NarrationStore, 'ofIncident'>;
  costs: Pick<ModelCosts, 'ofIncident'>;
  trail: Pick<AuditTrail, 'list'>;
  links: LinkSettings;
}

/** Far beyond what one incident writes; a flapping alert may merge for days. */
const mostRows = 10_000;

export function createReportRoutes(deps: ReportDependencies): Router {
  const router = Router();
  router.get('/incidents/:id/report', async (request, response) => {
    const incident = await deps.incidents.get(IncidentId.parse(request.params.id));
    if (!incident) throw new InputError('NOT_FOUND', `there is no incident ${JSON.stringify(request.params.id)}`);
    const incidentId = incident.id;
    const [alerts, entries, changes, approvals, shadows, narrations, costs] = await Promise.all([
      deps.incidents.alerts({ incidentId, limit: mostRows }),
      deps.trail.list({ incidentId, limit: mostRows }),
      deps.actions.ofIncident(incidentId),
      deps.approvals.ofIncident(incidentId),
      deps.shadows.list({ incidentId, limit: mostRows }),
      deps.narrations.ofIncident(incidentId),
      deps.costs.ofIncident(incidentId),
    ]);
    const rows = { incident, alerts: alerts.toReversed(), entries, changes, approvals, shadows: shadows.toReversed(), narrations, costs };
    const markdown = markdownOf(reportOf(rows, deps.links));
    if (request.accepts(['application/json', 'text/markdown']) === 'text/markdown') response.type('text/markdown').send(markdown);
    else response.json(IncidentReport.parse({ incidentId, markdown }));
  });
  return router;
}
