import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { settingsSchema } from './config/settings.ts';
import type { Question } from './llm/adviser.ts';
import { createModelsApp, type ModelsApp } from './models-app.ts';
import { createAuditTrail } from './storage/audit-trail.ts';
import { createIncidentStore } from './storage/incident-store.ts';
import { createModelCallStore } from './storage/model-call-store.ts';
import { createLogger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { engines } from './testing/engines.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { receivedAlert } from './testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from './testing/temp-store.ts';

const question: Question<{ explanation: string }> = {
  role: 'analysis',
  incidentId: 'incident-1',
  purpose: 'test',
  instructions: 'Explain it.',
  material: [{ label: 'log of checkout', text: 'no route to 10.0.3.17, password=Tr0ub4dor-and-3' }],
  schema: z.object({ explanation: z.string() }),
  maxOutputTokens: 200,
  deadlineMs: 10_000,
  signal: new AbortController().signal,
};

/** Says what it was told of, which only it can know. */
const script = `
plain:
  - when: ['no route to (?<address>\\S+?),']
    say: { explanation: 'There is no way to $<address>.' }
`;

describe.each(engines)('the models as they are put together, on %s', (engine) => {
  const clock = createFakeClock();
  let temp: TempStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
  });
  afterEach(() => temp.remove());

  function replica(chains: Record<string, string[]> = {}): ModelsApp {
    const file = join(temp.path, '..', 'script.yaml');
    writeFileSync(file, script);
    const settings = settingsSchema.shape.llm.parse({ chains, provider: { scripted: { file } } });
    const logger = createLogger('silent');
    const metrics = createMetrics(async () => ({}));
    return createModelsApp(settings, {
      store: temp.store,
      clock,
      logger,
      metrics,
      trail: createAuditTrail(temp.store),
      newId: () => crypto.randomUUID(),
    });
  }

  it('ask nobody and write nothing without a chain', async () => {
    const { adviser, chains } = replica();
    await chains.look();
    expect(await adviser.ask(question)).toMatchObject({ kind: 'none', why: 'off' });
    const events = (await createAuditTrail(temp.store).list({})).map(({ event }) => event);
    expect(events).toEqual(['incident-opened']);
  });

  it('mask on the way out, put names back on the way in, count, and write down who was asked but not what', async () => {
    const { adviser } = replica({ analysis: ['scripted:plain'] });
    expect(await adviser.ask(question)).toMatchObject({
      kind: 'answer',
      value: { explanation: 'There is no way to 10.0.3.17.' },
      spent: { costUsd: 0 },
    });
    const rows = await createAuditTrail(temp.store).list({ incidentId: 'incident-1' });
    const asked = rows.find(({ event }) => event === 'model-asked');
    expect(asked).toMatchObject({
      actor: 'adviser',
      detail: { model: 'scripted:plain', result: 'answered', secretsTakenOut: expect.anything() },
    });
    expect(JSON.stringify(rows)).not.toMatch(/Tr0ub4dor|no route/);
    expect(await createModelCallStore(temp.store).spent('2000-01-01T00:00:00.000Z')).toBe(0);
  });

  it('ask whom another replica was told to ask, also after a restart', async () => {
    const [here, there] = [replica(), replica()];
    await here.chains.order('analysis', { models: ['scripted:missing', 'scripted:plain'], by: 'ann', reason: 'test' });
    await there.chains.look();
    const advice = await there.adviser.ask(question);
    expect(advice.attempts.map(({ model, result }) => [model, result])).toEqual([
      ['scripted:missing', 'unreachable'],
      ['scripted:plain', 'answered'],
    ]);
    await expect(here.chains.order('analysis', { models: ['openai:gpt-5-mini'], by: 'ann', reason: 'test' })).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
    });
  });
});
