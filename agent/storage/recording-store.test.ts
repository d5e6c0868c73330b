import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IncidentId } from '../domain/ids.ts';
import type { Fence } from '../incident/store.ts';
import type { NewRecording, RecordingStore } from '../recording/store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';
import { createRecordingStore } from './recording-store.ts';

const policy = 'a'.repeat(64);
const settings = 'b'.repeat(64);

function recording(step: number, more: Partial<NewRecording> = {}): NewRecording {
  const body = JSON.stringify({ update: { step }, entries: [{ call: 'policy', key: policy }], facts: [] });
  const parts = [
    { hash: settings, body: '{"run":{}}' },
    { hash: policy, body: '{"flags":{}}' },
  ];
  return { step, node: 'analyst', settings, body, parts, ...more };
}

describe.each(engines)('recordings on %s', (engine) => {
  let temp: TempStore;
  let incidents: SqlIncidentStore;
  let recordings: RecordingStore;
  let fence: Fence;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    const clock = createFakeClock('2026-01-01T00:00:00.000Z');
    incidents = createIncidentStore(temp.store, clock, countingIds('incident'), '1');
    recordings = createRecordingStore(temp.store, clock, { incidentCharacters: 300 });
    const labels = { alertname: 'Slow', ecs_cluster: 'shop', ecs_service: 'cart' };
    const alert = { fingerprint: 'f', name: 'Slow', labels, startsAt: '2026-01-01T00:00:00.000Z' };
    const target = { resource: { cluster: 'shop', service: 'cart' } };
    await incidents.receive([receivedAlert({ alert, target, receivedAt: '2026-01-01T00:00:00.000Z', bodyHash: 'h' })]);
    fence = (await incidents.claim('me', 15_000, 1))[0] ?? expect.unreachable();
  });
  afterEach(() => temp.remove());

  const kept = () => recordings.ofIncident(fence.incidentId);

  it('come back in the order of the steps, with each part they name once', async () => {
    await recordings.keep(recording(2, { node: 'auditor' }), fence);
    await recordings.keep(recording(1), fence);
    const { steps, parts } = await kept();
    expect(steps).toMatchObject([
      { step: 1, node: 'analyst', body: recording(1).body, settings, at: '2026-01-01T00:00:00.000Z' },
      { step: 2, node: 'auditor' },
    ]);
    expect(parts.toSorted((a, b) => a.hash.localeCompare(b.hash))).toEqual([
      { hash: policy, body: '{"flags":{}}' },
      { hash: settings, body: '{"run":{}}' },
    ]);
    expect(await recordings.ofIncident(IncidentId.parse('another'))).toEqual({ steps: [], parts: [] });
  });

  it('hold the last run of a node that ran again', async () => {
    await recordings.keep(recording(1), fence);
    await recordings.keep(recording(1, { body: '{"again":true}' }), fence);
    expect((await kept()).steps).toMatchObject([{ step: 1, body: '{"again":true}' }]);
  });

  it('are kept without what was told once the incident has had its share, and when there was too much of it', async () => {
    const body = JSON.stringify('x'.repeat(140));
    for (const step of [1, 2, 3]) await recordings.keep(recording(step, { body }), fence);
    await recordings.keep(recording(4, { body: null }), fence);
    expect((await kept()).steps.map((step) => step.body)).toEqual([body, body, null, null]);
    // What is written in the place of an older row is not counted twice.
    await recordings.keep(recording(2, { body: JSON.stringify('y'.repeat(140)) }), fence);
    expect((await kept()).steps[1]?.body).toContain('yyy');
  });

  it('are written also by the step that closes its incident, and not by a run that was overtaken', async () => {
    await incidents.close('recovered', 'it came back', fence);
    await recordings.keep(recording(1), fence);
    await recordings.keep(recording(2), { ...fence, fencingToken: fence.fencingToken - 1 });
    expect((await kept()).steps.map(({ step }) => step)).toEqual([1]);
  });
});
