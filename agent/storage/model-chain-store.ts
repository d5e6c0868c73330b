/** Orders about the chains of models, as settings: one for each role, the youngest. */
import type { Clock } from '../domain/clock.ts';
import { type Role, roles } from '../llm/adviser.ts';
import type { ChainOrder, ChainStore } from '../llm/chain/chains.ts';
import { appendAudit } from './audit-trail.ts';
import { setSetting } from './settings.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

const keyOf = (role: Role) => `model-chain:${role}`;

export function createModelChainStore(store: Store, clock: Clock): ChainStore {
  return {
    async orders() {
      const found = await store.db.selectFrom('setting').select(['key', 'value']).where('key', 'in', roles.map(keyOf)).execute();
      const byKey = new Map(found.map(({ key, value }) => [key, value]));
      const orders = roles.flatMap((role) => {
        const value = byKey.get(keyOf(role));
        return value === undefined ? [] : [[role, JSON.parse(value) as ChainOrder] as const];
      });
      return Object.fromEntries(orders);
    },
    order: (role, { models, by, reason }) =>
      store.write(function* () {
        const at = clock.now().toISOString();
        const order: ChainOrder = { models, by, reason, at };
        yield* rows(setSetting(store, keyOf(role), JSON.stringify(order), at));
        yield* appendAudit(store, [{ at, incidentId: null, actor: by, event: 'models-ordered', detail: { role, models, reason } }]);
      }),
  };
}
