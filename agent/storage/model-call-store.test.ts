import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IncidentId } from '../domain/ids.ts';
import type { Ceiling, NewCall } from '../llm/budget/call-store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createIncidentStore } from './incident-store.ts';
import { createModelCallStore } from './model-call-store.ts';

const at = '2026-01-31T23:00:00.000Z';
const january = '2026-01-01T00:00:00.000Z';
const today = '2026-01-31T00:00:00.000Z';

const callOf = (id: string, given: Partial<NewCall> = {}): NewCall => ({
  id,
  incidentId: IncidentId.parse('incident-1'),
  role: 'analysis',
  model: 'openai:gpt-5-mini',
  at,
  inputTokens: 1000,
  outputTokens: 100,
  costNano: 400,
  price: 'table',
  ...given,
});

const ceilingsOf = (incident: number, day: number, month: number): Ceiling[] => [
  { window: 'incident', since: null, nano: incident },
  { window: 'day', since: today, nano: day },
  { window: 'month', since: january, nano: month },
];
const wide = ceilingsOf(1e9, 1e9, 1e9);

describe.each(engines)('calls to models on %s', (engine) => {
  let temp: TempStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    const incidents = createIncidentStore(temp.store, createFakeClock(), countingIds('incident'));
    await incidents.receive([receivedAlert(), receivedAlert({ alert: { fingerprint: 'f2', name: 'HighLatency' }, bodyHash: 'body-2' })]);
  });
  afterEach(() => temp.remove());

  it('count with their estimate from the moment they are kept, and with their price from then on', async () => {
    const calls = createModelCallStore(temp.store);
    expect(await calls.reserve(callOf('1'), wide)).toEqual({ over: null, counted: { incident: 400, day: 400, month: 400 } });
    await calls.settle('1', at, { inputTokens: 800, outputTokens: 20, costNano: 150 });
    expect(await calls.reserve(callOf('2'), wide)).toEqual({ over: null, counted: { incident: 550, day: 550, month: 550 } });
    expect(await calls.spent(today)).toBe(550);
  });

  it('are settled once', async () => {
    const calls = createModelCallStore(temp.store);
    await calls.reserve(callOf('1'), wide);
    await calls.settle('1', at, { inputTokens: 800, outputTokens: 20, costNano: 150 });
    await calls.settle('1', at, { inputTokens: 1, outputTokens: 1, costNano: 1 });
    await calls.cancel('1');
    expect(await calls.spent(today)).toBe(150);
  });

  it('keep their estimate when nobody knows what they took, and go when they were never made', async () => {
    const calls = createModelCallStore(temp.store);
    for (const id of ['1', '2']) await calls.reserve(callOf(id), wide);
    await calls.settle('1', at, null);
    await calls.cancel('2');
    expect(await calls.by('role', { limit: 10 })).toMatchObject([{ key: 'analysis', calls: 1, estimated: 1, costNano: 400 }]);
  });

  it.each([
    ['incident', ceilingsOf(1000, 9000, 9000)],
    ['day', ceilingsOf(9000, 1000, 9000)],
    ['month', ceilingsOf(9000, 9000, 1000)],
  ])('are kept up to the ceiling of the %s, and not beyond it', async (window, ceilings) => {
    const calls = createModelCallStore(temp.store);
    await calls.reserve(callOf('1', { costNano: 600 }), ceilings);
    expect(await calls.reserve(callOf('2', { costNano: 401 }), ceilings)).toMatchObject({ over: { window }, counted: { [window]: 600 } });
    expect(await calls.reserve(callOf('3', { costNano: 400 }), ceilings)).toMatchObject({ over: null, counted: { [window]: 1000 } });
    expect(await calls.reserve(callOf('4', { costNano: 0 }), ceilings)).toMatchObject({ over: null });
    expect(await calls.spent(january)).toBe(1000);
  });

  it('are kept above a ceiling when they cost nothing', async () => {
    const calls = createModelCallStore(temp.store);
    await calls.reserve(callOf('1'), wide);
    await calls.settle('1', at, { inputTokens: 9000, outputTokens: 900, costNano: 3000 });
    expect(await calls.reserve(callOf('2', { costNano: 0 }), ceilingsOf(1000, 1000, 1000))).toMatchObject({ over: null });
    expect(await calls.reserve(callOf('3', { costNano: 1 }), ceilingsOf(1000, 1000, 1000))).toMatchObject({ over: { window: 'incident' } });
  });

  it('count in the windows they fall into, and no incident counts for another', async () => {
    const calls = createModelCallStore(temp.store);
    await calls.reserve(callOf('before', { at: '2025-12-31T23:59:59.999Z', costNano: 1 }), wide);
    await calls.reserve(callOf('month', { at: january, costNano: 20 }), wide);
    await calls.reserve(callOf('other', { incidentId: 'incident-2', costNano: 300 }), wide);
    // By a clock that runs ahead: what is spent must not be overlooked.
    await calls.reserve(callOf('ahead', { at: '2026-02-01T07:00:00.000Z', costNano: 4000 }), wide);
    const kept = await calls.reserve(callOf('now', { at: today, costNano: 50_000 }), wide);
    expect(kept.counted).toEqual({ incident: 54_021, day: 54_300, month: 54_320 });
  });

  it('fit below the ceiling together, from however many replicas they come at once', async () => {
    const stores = [temp.store, await temp.openAgain(), await temp.openAgain()].map(createModelCallStore);
    const ceilings = ceilingsOf(1e9, 4000, 1e9);
    const kept = await Promise.all(Array.from({ length: 30 }, (_, count) => stores[count % 3]?.reserve(callOf(`call-${count}`), ceilings)));
    expect(kept.filter((one) => one?.over === null)).toHaveLength(10);
    expect(await createModelCallStore(temp.store).spent(today)).toBe(4000);
  });

  it('are not forgotten by a restart', async () => {
    await createModelCallStore(temp.store).reserve(callOf('1'), wide);
    const after = createModelCallStore(await temp.openAgain());
    expect((await after.reserve(callOf('2'), wide)).counted).toEqual({ incident: 800, day: 800, month: 800 });
  });

  it('belong to an incident that exists', async () => {
    const calls = createModelCallStore(temp.store);
    await expect(calls.reserve(callOf('1', { incidentId: 'no-such-incident' }), wide)).rejects.toThrow();
    expect(await calls.spent(january)).toBe(0);
  });

  it('are summed up by incident, role, model and day', async () => {
    const calls = createModelCallStore(temp.store);
    await calls.reserve(callOf('1', { at: january }), wide);
    await calls.settle('1', at, { inputTokens: 500, outputTokens: 50, costNano: 200 });
    await calls.reserve(callOf('2', { incidentId: 'incident-2', role: 'audit', model: 'compatible:llama3', price: 'unknown' }), wide);
    await calls.reserve(callOf('3'), wide);
    const audit = { calls: 1, estimated: 1, unpriced: 1, inputTokens: 1000, outputTokens: 100, costNano: 400 };
    const analysis = { calls: 2, estimated: 1, unpriced: 0, inputTokens: 1500, outputTokens: 150, costNano: 600 };
    expect(await calls.by('role', { limit: 10 })).toEqual([
      { key: 'analysis', ...analysis },
      { key: 'audit', ...audit },
    ]);
    expect(await calls.by('model', { limit: 1 })).toEqual([{ key: 'openai:gpt-5-mini', ...analysis }]);
    expect(await calls.by('incident', { limit: 10, since: today })).toMatchObject([
      { key: 'incident-1', calls: 1, costNano: 400 },
      { key: 'incident-2', calls: 1, costNano: 400 },
    ]);
    expect(await calls.by('day', { limit: 10 })).toMatchObject([
      { key: '2026-01-01', calls: 1, costNano: 200 },
      { key: '2026-01-31', calls: 2, costNano: 800 },
    ]);
    expect(await calls.by('day', { limit: 1 })).toMatchObject([{ key: '2026-01-31' }]);
    expect(await calls.ofIncident('incident-1')).toMatchObject([{ key: 'analysis by openai:gpt-5-mini', calls: 2, costNano: 600 }]);
    expect(await calls.ofIncident('incident-3')).toEqual([]);
  });
});
