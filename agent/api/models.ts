/** The chains of models: who is asked for what, how each is doing in this process, and an operator's hand on them. */
import { json, Router } from 'express';
import { InputError } from '../domain/errors.ts';
import { type Role, roles } from '../llm/adviser.ts';
import type { Breakers } from '../llm/chain/breaker.ts';
import type { Chains } from '../llm/chain/chains.ts';
import type { Models } from '../llm/chain/models.ts';
import { type ModelChainView, ModelList, ModelOrderBody } from './contract.ts';
import type { Identity } from './identity.ts';
import { parse } from './parse.ts';

export interface ModelsDependencies {
  chains: Chains;
  models: Pick<Models, 'problemOf'>;
  breakers: Pick<Breakers, 'stateOf'>;
}

export function createModelsRoutes({ chains, models, breakers }: ModelsDependencies, identity: Pick<Identity, 'nameOf'>): Router {
  const router = Router();

  function viewOf(role: Role): ModelChainView {
    const order = chains.orderOf(role);
    return {
      role,
      models: chains.of(role).map((name) => ({ name, breaker: breakers.stateOf(name), problem: models.problemOf(name) ?? null })),
      setting: [...chains.settingOf(role)],
      order: order ? { ...order, models: order.models && [...order.models] } : null,
    };
  }

  function list(): ModelList {
    return ModelList.parse({ chains: roles.map(viewOf) });
  }

  router.get('/', async (_request, response) => {
    await chains.look();
    response.json(list());
  });
  router.put('/:role', json({ limit: '16kb' }), async (request, response) => {
    const role = roles.find((one) => one === request.params.role);
    if (!role)
      throw new InputError('NOT_FOUND', `there is no role ${JSON.stringify(request.params.role)}; the roles are ${roles.join(', ')}`);
    const { by, ...order } = parse(ModelOrderBody, request.body);
    await chains.order(role, { ...order, by: identity.nameOf(response, by) });
    response.json(list());
  });
  return router;
}
