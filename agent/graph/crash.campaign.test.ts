import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActionStore } from '../storage/action-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { openStore } from '../storage/store.ts';
import { systemClock } from '../system-clock.ts';
import type { Death, KilledAgentOrder } from '../testing/killed-agent.ts';
import { testAuditKeys } from '../testing/temp-store.ts';
import { alertStart, type Effect } from '../testing/world.ts';

const program = new URL('../testing/killed-agent.ts', import.meta.url).pathname;
/** The laboratory kills at every point, on both engines, through the real composition; these are those of a run itself. */
const onTheWay = [
  'saver.put after',
  'actions.intend after',
  'action.execute before',
  'action.execute after',
  'actions.finish after',
  'incidents.close before',
];
const onTheWayBack = ['actions.judge after', 'action.undo before', 'action.undo after'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-crash-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A kill lands in whatever is unfinished by then: runs that were killed before, and the one just opened. */
describe.concurrent.each([
  ['cured', 1, onTheWay],
  ['worse', 2, onTheWayBack],
])('a process that is killed again and again: %s', (kind, seed, pointed) => {
  it('ends each incident properly, with one effect', { timeout: 300_000 }, async () => {
    const path = join(folder, `${kind}.db`);
    const journal = join(folder, `${kind}.journal`);
    const deaths = join(folder, `${kind}.deaths`);
    const random = seeded(seed);
    const killAts = [...pointed, ...Array.from({ length: 1 }, () => 1 + Math.floor(random() * 120))];
    let startAt = alertStart;
    let killed = 0;
    for (const [number, killAt] of killAts.entries()) {
      if ((await run({ path, journal, deaths, startAt, open: [`${kind}-${number}`], killAt })) === 'SIGKILL') killed += 1;
      startAt = await afterLastEnd(deaths);
    }
    expect(await run({ path, journal, deaths, startAt, open: [], killAt: null })).toBe(0);
    expect(killed).toBe(killAts.length);

    const store = await openStore({ path }, { auditKeys: testAuditKeys });
    try {
      const incidents = await createIncidentStore(store, systemClock, () => '').list({ limit: 1000 });
      expect(incidents.length).toBe(killAts.length);
      const outcome = kind === 'cured' ? 'fixed' : 'escalated';
      const others = incidents.filter((incident) => incident.status !== 'closed' || incident.outcome !== outcome);
      expect(others.map(({ resource, outcomeReason }) => `${resource.cluster}: ${outcomeReason}`)).toEqual([]);
      const effects = (await readFile(journal, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Effect);
      const actions = createActionStore(store, systemClock);
      for (const incident of incidents) {
        const steps = effects.filter((effect) => effect.cluster === incident.resource.cluster).map((effect) => effect.step);
        expect(steps, incident.resource.cluster).toEqual(kind === 'cured' ? ['execute'] : ['execute', 'undo']);
        // What was planned before a death and had grown old by then was refused and planned anew.
        const rows = (await actions.ofIncident(incident.id)).filter((row) => row.status !== 'failed');
        expect(rows.map((row) => row.status)).toEqual(steps.map(() => 'done'));
        expect(rows[0]?.verified).toBe(kind === 'cured' ? 'recovered' : 'not-recovered');
      }
      expect((await createAuditTrail(store).verify()).brokenAt).toBeNull();
    } finally {
      await store.close();
    }
  });
});

/** A minute after the last process ended, long enough for its leases to run out. */
async function afterLastEnd(deaths: string): Promise<string> {
  const last = JSON.parse((await readFile(deaths, 'utf8')).trim().split('\n').at(-1) ?? '') as Death;
  return new Date(new Date(last.at).getTime() + 60_000).toISOString();
}

function run(order: KilledAgentOrder): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => (code === null || code === 0 ? resolve(signal ?? 0) : reject(new Error(`exit ${code}: ${said}`))));
  });
}

/** The same numbers each time, 0..1. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
