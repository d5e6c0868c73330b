/**
 * A2: alerts about one trouble of one service, a thousand of them: copies, firings under other labels and starts, resolutions that are none,
 * in any order, before, while and after it is mended. A person is asked once, and one change is made.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Alert, resourceKey } from '../domain/alert.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { campaign } from '../testing/campaign.ts';
import { engines } from '../testing/engines.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { openTempStore } from '../testing/temp-store.ts';
import { createWorld } from '../testing/world.ts';

const target = { cluster: 'shop', service: 'checkout' };
/** How long they keep coming, seconds: the question, the change, its verification, and as long afterwards. */
const lastsSeconds = 900;
const answeredAfterSeconds = 60;

interface Said {
  second: number;
  /** `copy`: byte for byte what was said before · `flap`: resolved and at once firing again. */
  kind: 'copy' | 'firing' | 'flap' | 'resolved';
  name: 'HighErrorRatio' | 'HighLatency';
  /** One of the instances the alert is told for. */
  instance: number;
  /** How much earlier than told it began, seconds. */
  age: number;
}

const said: fc.Arbitrary<Said> = fc.record({
  second: fc.nat(lastsSeconds),
  kind: fc.constantFrom('copy', 'firing', 'flap', 'resolved'),
  name: fc.constantFrom('HighErrorRatio', 'HighErrorRatio', 'HighLatency'),
  instance: fc.nat(3),
  age: fc.constantFrom(0, 1, 60, 3600),
});

async function tell(agent: TestAgent, { kind, name, instance, age }: Said): Promise<number> {
  const nowMs = agent.clock.now().getTime();
  const startsAt = new Date(nowMs - age * 1000).toISOString();
  const receivedAt = new Date(nowMs).toISOString();
  const alert: Partial<Alert> = { name, fingerprint: `${name}-${instance}`, startsAt };
  const resolved: Partial<Alert> = { ...alert, status: 'resolved', endsAt: receivedAt };
  const bodyHash = kind === 'copy' ? `${name}-${instance}` : randomUUID();
  const bodies = { copy: [alert], firing: [alert], flap: [resolved, alert], resolved: [resolved] }[kind];
  for (const one of bodies)
    await agent.incidents.receive([receivedAlert({ alert: one, target: { resource: target }, receivedAt, bodyHash })]);
  return bodies.length;
}

/** A person who says yes a minute after they were asked. */
async function answer(agent: TestAgent): Promise<void> {
  const nowMs = agent.clock.now().getTime();
  for (const { id, planHash, askedAt } of await agent.approvals.pending()) {
    if (nowMs - Date.parse(askedAt) < answeredAfterSeconds * 1000) continue;
    await agent.api(`/approvals/${id}`, { answer: 'approved', by: 'ann', planHash });
  }
}

for (const engine of engines) {
  campaign(
    {
      id: 'A2',
      title: 'copies and flapping alerts about one service: one question, one change',
      store: engine,
      runs: { ci: 150, lab: 1000 },
    },
    async (run) => {
      const temp = await openTempStore({ engine });
      const world = createWorld(badDeploymentCured);
      const agent = await startAgent({ path: temp.address, world, policy: { autonomy: { default: 'approve', byAction: {} } } });
      try {
        const first: Said = { second: 0, kind: 'firing', name: 'HighErrorRatio', instance: 0, age: 60 };
        const all = [first, ...run.sample(said, run.runs - 1)].sort((one, other) => one.second - other.second);
        let told = 0;
        let second = 0;
        for (const one of all) {
          for (; second < one.second; second += 1) {
            await agent.clock.advance(1000);
            // What the younger incident waits for the older one must not be shorter than the queries of both.
            if (engine === 'postgres') await new Promise((resolve) => setTimeout(resolve, 50));
            await answer(agent);
          }
          await run.attempt(`${one.kind} at ${one.second} s`, async () => {
            told += await tell(agent, one);
          });
        }
        await agent.until(async () => (await agent.incidents.list({ open: true })).length === 0);
        const incidents = await agent.incidents.list({ limit: 1000 });
        const trail = (await Promise.all(incidents.map((incident) => agent.timeline(incident)))).flat();
        const handOvers = trail.filter(({ event }) => event === 'escalated').map(({ at, detail }) => `${at}: ${detail.reason}`);
        const questions = (await Promise.all(incidents.map(({ id }) => agent.approvals.ofIncident(id)))).flat();
        await run.attempt('the end', () => {
          expect(world.effects).toMatchObject([{ ...target, by: 'roll-back-deployment', step: 'execute' }]);
          expect(questions.map(({ incidentId, askedAt, answeredAt }) => [incidentId, askedAt, answeredAt])).toHaveLength(1);
          expect(handOvers.join('; ')).toBe('');
          expect(incidents.filter(({ outcome }) => outcome === 'fixed')).toHaveLength(1);
        });
        run.measure('alerts told', told);
        run.measure('incidents', incidents.length);
        run.measure(`changes of ${resourceKey(target)}`, world.effects.length);
        run.measure('questions', questions.length);
        run.measure('hand-overs', handOvers.length);
      } finally {
        await agent.stop();
        await temp.remove();
      }
    },
  );
}
