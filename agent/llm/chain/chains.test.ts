import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { noChains } from '../../testing/model-chains.ts';
import type { Role } from '../adviser.ts';
import { type ChainOrder, type Chains, createChains } from './chains.ts';

const order = { by: 'ann', reason: 'the first is slow today' };

describe('createChains', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let metrics: ReturnType<typeof createMetrics>;
  let logged: string[];
  let stored: Partial<Record<Role, ChainOrder>>;
  let isDown: boolean;
  /** Until when a look at the store takes. */
  let looked: Promise<void>;

  beforeEach(() => {
    clock = createFakeClock();
    metrics = createMetrics(async () => ({}));
    logged = [];
    stored = {};
    isDown = false;
    looked = Promise.resolve();
  });

  /** One replica of several on the same store. */
  const replica = (): Chains =>
    createChains(
      { ...noChains, analysis: ['test:a'] },
      {
        store: {
          async orders() {
            if (isDown) throw new Error('the store is down');
            const found = { ...stored };
            await looked;
            return found;
          },
          async order(role, given) {
            stored[role] = { ...given, at: clock.now().toISOString() };
          },
        },
        problemOf: (model) => (model.startsWith('test:') ? undefined : `there is no provider for ${model}`),
        clock,
        logger: createLogger('info', { write: (line: string) => void logged.push(line) }),
        metrics,
      },
    );

  it('are those of the settings until somebody orders others, and again when the order is taken back', async () => {
    const chains = replica();
    expect([chains.of('analysis'), chains.of('report')]).toEqual([['test:a'], []]);
    await chains.order('analysis', { ...order, models: ['test:b', 'test:a'] });
    expect(chains.of('analysis')).toEqual(['test:b', 'test:a']);
    await chains.order('analysis', { ...order, models: [] });
    expect(chains.of('analysis')).toEqual([]);
    await chains.order('analysis', { ...order, models: null });
    expect(chains.of('analysis')).toEqual(['test:a']);
    expect(chains.orderOf('analysis')).toMatchObject({ by: 'ann', models: null });
  });

  it('reach every replica within seconds, without a restart', async () => {
    const [here, there] = [replica(), replica()];
    there.start();
    await here.order('report', { ...order, models: ['test:b'] });
    expect(there.of('report')).toEqual([]);
    await clock.advance(2_000);
    expect(there.of('report')).toEqual(['test:b']);
    expect(logged.filter((line) => line.includes('chains of models in force')).length).toBe(2);
    await there.stop();
  });

  it('stay as they are when one is ordered that cannot be asked', async () => {
    const chains = replica();
    for (const models of [['nobody:x'], ['test:a', 'test:a'], ['no name'], Array.from({ length: 6 }, (_, index) => `test:${index}`)]) {
      await expect(chains.order('analysis', { ...order, models })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
    }
    expect([chains.of('analysis'), stored]).toEqual([['test:a'], {}]);
  });

  it('stay as they were last known while the store cannot be read, which is said once', async () => {
    const chains = replica();
    await chains.order('analysis', { ...order, models: ['test:b'] });
    isDown = true;
    chains.start();
    await clock.advance(10_000);
    expect(chains.of('analysis')).toEqual(['test:b']);
    expect(logged.filter((line) => line.includes('cannot be read')).length).toBe(1);
    await chains.stop();
  });

  it('are not undone by a look that began before the order and ends after it', async () => {
    const chains = replica();
    const { promise, resolve } = Promise.withResolvers<void>();
    looked = promise;
    const older = chains.look();
    looked = Promise.resolve();
    await chains.order('analysis', { ...order, models: ['test:b'] });
    resolve();
    await older;
    expect(chains.of('analysis')).toEqual(['test:b']);
  });

  it('are not said to be in force when the order cannot be read back, and are with the next look', async () => {
    const chains = replica();
    isDown = true;
    await expect(chains.order('analysis', { ...order, models: ['test:b'] })).rejects.toThrow('the store is down');
    expect(chains.of('analysis')).toEqual(['test:a']);
    isDown = false;
    await chains.look();
    expect(chains.of('analysis')).toEqual(['test:b']);
  });

  it('show in the metrics with their places', async () => {
    const chains = replica();
    await chains.order('analysis', { ...order, models: ['test:b', 'test:a'] });
    const text = await metrics.registry.getSingleMetricAsString('kintsugi_model_chain');
    expect(text).toContain('kintsugi_model_chain{role="analysis",model="test:b",place="1"} 1');
    expect(text).toContain('kintsugi_model_chain{role="analysis",model="test:a",place="2"} 1');
    expect(text).not.toContain('model="test:a",place="1"');
  });
});
