/** What would be sent to models about an incident. Nothing is sent. */
import { Router } from 'express';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { roles } from '../llm/adviser.ts';
import { type PreviewDependencies, previewsOf } from '../llm/preview/preview.ts';
import { ModelPreview, ModelPreviewQuery } from './contract.ts';
import { parse } from './parse.ts';

export function createModelPreviewRoutes(deps: PreviewDependencies): Router {
  const router = Router();
  router.get('/:incident', async (request, response) => {
    const { role } = parse(ModelPreviewQuery, request.query);
    if (role !== undefined && !roles.some((one) => one === role)) {
      throw new InputError('NOT_FOUND', `there is no role ${JSON.stringify(role)}; the roles are ${roles.join(', ')}`);
    }
    const incidentId = IncidentId.parse(request.params.incident);
    const previews = await previewsOf(deps, incidentId);
    if (!previews) throw new InputError('NOT_FOUND', `there is no incident ${JSON.stringify(incidentId)}`);
    const questions = previews.filter((preview) => role === undefined || preview.role === role);
    response.json(ModelPreview.parse({ incidentId, questions }));
  });
  return router;
}
