/** What each action may do by itself on each service, the record that rests on, and an operator's hand on it. */
import { json, Router } from 'express';
import type { Action } from '../action/action.ts';
import { resourceKey } from '../domain/alert.ts';
import { InputError } from '../domain/errors.ts';
import type { Inventory } from '../incident/inventory.ts';
import { cameBackAt, type Experience } from '../policy/earned/experience.ts';
import { levelOf } from '../policy/earned/level-in-force.ts';
import { refuseOrder } from '../policy/earned/order.ts';
import type { RecordStore } from '../policy/earned/record-store.ts';
import { stepsOf } from '../policy/earned/replay.ts';
import { isFault, type PolicyInForce } from '../policy/in-force.ts';
import type { ShadowStore } from '../shadow/store.ts';
import type { AutonomyControl } from './autonomy-control.ts';
import { AutonomyDetail, AutonomyList, AutonomyOrderBody, type AutonomyView } from './contract.ts';
import type { Identity } from './identity.ts';
import { parse } from './parse.ts';

export interface AutonomyDependencies {
  records: RecordStore;
  shadows: Pick<ShadowStore, 'list'>;
  control: AutonomyControl;
  inventory: Inventory;
  catalog: readonly Pick<Action, 'id' | 'purpose'>[];
  policy: () => PolicyInForce;
}

interface Place {
  cluster: string;
  service: string;
  action: string;
}

export function createAutonomyRoutes(deps: AutonomyDependencies, identity: Pick<Identity, 'nameOf'>): Router {
  const router = Router();

  async function detailOf(place: Place): Promise<AutonomyDetail> {
    const { action } = place;
    const target = resourceKey(place);
    const [record, shadows] = await Promise.all([deps.records.of(target, action), deps.shadows.list({ target, action })]);
    const policy = deps.policy();
    const steps = isFault(policy) ? [] : stepsOf(record, policy.earning);
    return AutonomyDetail.parse({
      autonomy: viewOf(place, record, policy, purposeOf(action)),
      steps: steps.map(({ at, words, standing }) => ({ at, what: words, level: standing.level, row: standing.row })),
      shadows,
    });
  }

  function purposeOf(action: string): 'mend' | 'tell' {
    return deps.catalog.find(({ id }) => id === action)?.purpose ?? 'mend';
  }

  /** A misspelt name would leave the real one at a level nobody meant. */
  async function requireKnown({ cluster, service, action }: Place): Promise<void> {
    const actions = deps.catalog.map(({ id }) => id);
    if (!actions.includes(action)) throw new InputError('NOT_FOUND', `"${action}" is no action; the actions are ${actions.join(', ')}`);
    const known = await deps.inventory.services(cluster);
    if (known && !known.includes(service)) throw new InputError('NOT_FOUND', `the inventory of ${cluster} knows no service "${service}"`);
  }

  router.get('/', async (_request, response) => {
    const policy = deps.policy();
    const records = await deps.records.all();
    const autonomy = records.map(({ target, action, record }) => viewOf({ ...placeOf(target), action }, record, policy, purposeOf(action)));
    response.json(AutonomyList.parse({ autonomy }));
  });
  router.get('/:cluster/:service/:action', async ({ params }, response) => {
    await requireKnown(params);
    response.json(await detailOf(params));
  });
  router.put('/:cluster/:service/:action', json({ limit: '16kb' }), async (request, response) => {
    const { level, reason, ...order } = parse(AutonomyOrderBody, request.body);
    const { cluster = '', service = '', action = '' } = request.params;
    const target = { cluster, service };
    await requireKnown({ ...target, action });
    const by = identity.nameOf(response, order.by);
    const record = await deps.records.of(resourceKey(target), action);
    const refused = refuseOrder(deps.policy(), record, { action, purpose: purposeOf(action), target, level, by });
    if (refused) throw new InputError('AUTONOMY_FORBIDDEN', refused, { hint: 'to set it to observe is open to everybody' });
    await deps.control.order({ target: resourceKey(target), action, level, by, reason });
    response.json(await detailOf({ ...target, action }));
  });
  return router;
}

function viewOf(
  { cluster, service, action }: Place,
  record: readonly Experience[],
  policy: PolicyInForce,
  purpose: 'mend' | 'tell',
): AutonomyView {
  const about = { cluster, service, action, counts: countsOf(record) };
  if (isFault(policy)) {
    return {
      ...about,
      level: null,
      because: `there is no policy to judge by: ${policy.fault}`,
      ceiling: null,
      row: null,
      needed: null,
      order: null,
    };
  }
  const { level, because, ceiling, isEarned, standing } = levelOf(record, { action, purpose }, policy);
  const { order } = standing;
  return {
    ...about,
    level,
    because,
    ceiling,
    row: isEarned ? standing.row : null,
    needed: isEarned ? policy.earning.successes : null,
    order: order && order.level !== null ? { level: order.level, by: order.by, reason: order.reason, at: order.at } : null,
  };
}

function countsOf(record: readonly Experience[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const experience of record) {
    const word = wordOf(experience);
    if (word !== null) counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

function wordOf(experience: Experience): string | null {
  switch (experience.kind) {
    case 'order':
      return null;
    case 'shadow':
      return experience.result;
    case 'change':
      return cameBackAt(experience) === null ? experience.verified : 'came-back';
  }
}

/** ECS names hold no slash. */
function placeOf(target: string): { cluster: string; service: string } {
  const [, cluster = '', service = ''] = /^ecs:([^/]*)\/(.*)$/.exec(target) ?? [];
  return { cluster, service };
}
