import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ceilingsAt } from '../llm/budget/ceilings.ts';
import { nanoOf } from '../llm/budget/money.ts';
import { llmBudgetSettingsSchema } from '../llm/budget/settings.ts';
import { createModelMoney } from '../llm/budget/spending.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { createModelCallStore } from '../storage/model-call-store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createModelCostRoutes } from './model-cost.ts';
import { problemHandler } from './problem.ts';

const clock = createFakeClock();
const settings = llmBudgetSettingsSchema.parse({ dayUsd: 2, monthUsd: 20 });

describe('GET /models/cost', () => {
  let temp: TempStore;
  let close: () => Promise<unknown>;
  let get: (query?: string) => Promise<{ status: number; body: Record<string, unknown> }>;

  beforeEach(async () => {
    temp = await openTempStore();
    clock.set(new Date('2026-03-15T10:00:00.000Z'));
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
    const money = createModelMoney(createModelCallStore(temp.store), clock, settings);
    const app = express().use('/models/cost', createModelCostRoutes({ money, clock }));
    app.use(problemHandler(createLogger('silent')));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => new Promise((resolve) => server.close(resolve));
    get = async (query = '') => {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/models/cost${query}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
  });
  afterEach(async () => {
    await close();
    await temp.remove();
  });

  async function spend(id: string, at: string, usd: number): Promise<void> {
    const call = { id, incidentId: 'incident-1', role: 'audit', model: 'openai:gpt-5-mini', price: 'table' } as const;
    const tokens = { inputTokens: 1000, outputTokens: 10 };
    await createModelCallStore(temp.store).reserve({ ...call, ...tokens, at, costNano: nanoOf(usd) }, ceilingsAt(new Date(at), settings));
  }

  it('says what is spent of each ceiling, and by whom in the days asked for, today included', async () => {
    await spend('1', '2026-03-01T00:00:00.000Z', 0.1);
    await spend('2', '2026-03-14T00:00:00.000Z', 0.2);
    await spend('3', '2026-03-15T09:00:00.000Z', 0.15);
    const line = { calls: 2, estimated: 2, unpriced: 0, inputTokens: 2000, outputTokens: 20, costUsd: 0.35 };
    expect(await get('?days=2')).toEqual({
      status: 200,
      body: {
        days: 2,
        spending: [
          { window: 'day', spentUsd: 0.15, ceilingUsd: 2 },
          { window: 'month', spentUsd: 0.45, ceilingUsd: 20 },
        ],
        incidentCeilingUsd: 0.5,
        pricesReadOn: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        by: {
          role: [{ key: 'audit', ...line }],
          model: [{ key: 'openai:gpt-5-mini', ...line }],
          day: [expect.objectContaining({ key: '2026-03-14', calls: 1 }), expect.objectContaining({ key: '2026-03-15', calls: 1 })],
          incident: [{ key: 'incident-1', ...line }],
        },
      },
    });
    expect(await get()).toMatchObject({ body: { days: 30, by: { role: [{ calls: 3 }] } } });
  });

  it('refuses days that are none', async () => {
    for (const query of ['?days=0', '?days=a', '?days=1e9']) {
      expect(await get(query)).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    }
  });
});
