/** One incident as a bundle, for `kintsugi replay`. */
import { Router } from 'express';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { type BundleDependencies, bundleOf } from '../replay/bundle-of.ts';
import { IncidentBundle } from './contract.ts';

export function createBundleRoutes(deps: BundleDependencies): Router {
  const router = Router();
  router.get('/incidents/:id/bundle', async (request, response) => {
    const bundle = await bundleOf(deps, IncidentId.parse(request.params.id));
    if (!bundle) throw new InputError('NOT_FOUND', `there is no incident ${JSON.stringify(request.params.id)}`);
    response.json(IncidentBundle.parse(bundle));
  });
  return router;
}
