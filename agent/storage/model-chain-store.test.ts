import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChainStore } from '../llm/chain/chains.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createModelChainStore } from './model-chain-store.ts';

describe.each(engines)('createModelChainStore, on %s', (engine) => {
  const clock = createFakeClock();
  let temp: TempStore;
  let chains: ChainStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    chains = createModelChainStore(temp.store, clock);
  });
  afterEach(() => temp.remove());

  it('keeps the youngest order of each role', async () => {
    expect(await chains.orders()).toEqual({});
    await chains.order('analysis', { models: ['test:a', 'test:b'], by: 'ann', reason: 'one' });
    await chains.order('patch', { models: [], by: 'bob', reason: 'two' });
    await chains.order('analysis', { models: null, by: 'bob', reason: 'three' });
    expect(await createModelChainStore(temp.store, clock).orders()).toEqual({
      analysis: { models: null, by: 'bob', reason: 'three', at: clock.now().toISOString() },
      patch: { models: [], by: 'bob', reason: 'two', at: clock.now().toISOString() },
    });
  });

  it('writes each order into the audit trail', async () => {
    await chains.order('analysis', { models: ['test:a'], by: 'ann', reason: 'one' });
    const rows = await createAuditTrail(temp.store).list({});
    expect(rows).toMatchObject([
      { actor: 'ann', event: 'models-ordered', detail: { role: 'analysis', models: ['test:a'], reason: 'one' } },
    ]);
  });
});
