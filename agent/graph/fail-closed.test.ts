import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../audit/trail.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { badDeploymentNotCured } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createWorld } from '../testing/world.ts';

async function inAgent<T>(story: (agent: TestAgent, temp: TempStore) => Promise<T>): Promise<T> {
  const temp = await openTempStore();
  const agent = await startAgent({ path: temp.path, world: createWorld(badDeploymentNotCured) });
  try {
    return await story(agent, temp);
  } finally {
    await agent.stop();
    await temp.remove();
  }
}

const intents = (rows: readonly AuditRow[]) => rows.filter((row) => row.event === 'action-intended' || row.event === 'undo-intended');

describe('an agent whose trail takes nothing any more', () => {
  it('makes no change that is not on record, whatever the first entry that is refused, and goes on once the trail takes entries again', async () => {
    const whole = await inAgent(async (agent) => {
      await agent.closed(await agent.alert('checkout'));
      expect(agent.world.effects).toHaveLength(2);
      return agent.trail.list({});
    });
    expect(intents(whole)).toHaveLength(2);

    const [change, undo] = intents(whole).map((row) => row.seq) as [number, number];
    const upToTheChange = Array.from({ length: change }, (_, n) => n + 2);
    for (const refusedFrom of [...upToTheChange, undo, undo + 1]) {
      await inAgent(async (agent, temp) => {
        await temp.raw(
          `create trigger refuses before insert on audit when new.seq >= ${refusedFrom} begin select raise(abort, 'refused'); end`,
        );
        const incident = await agent.alert('checkout');
        // Long enough for the change or the undo, and for every retry of a run that fails.
        for (let passed = 0; passed < (refusedFrom <= change ? 8 : 30) * 60_000; passed += 5000) {
          for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          await agent.clock.advance(5000);
        }
        const recorded = await agent.trail.list({});
        expect(recorded, `refused from ${refusedFrom}`).toHaveLength(refusedFrom - 1);
        expect(agent.world.effects.length, `refused from ${refusedFrom}`).toBeLessThanOrEqual(intents(recorded).length);
        expect((await agent.get(incident)).status).not.toBe('closed');

        await temp.raw('drop trigger refuses');
        await agent.closed(incident);
        const rows = await agent.trail.list({});
        // A run that is handed over in mid-change says that the outcome is unknown, never that nothing was done.
        const finished = rows.filter((row) => row.event === 'action-finished' || row.event === 'undo-finished');
        const made = (finishedAs: readonly unknown[]) =>
          finished
            .filter((row) => finishedAs.includes(row.detail.applied))
            .map((row) => (row.event === 'undo-finished' ? 'undo' : 'execute'));
        const effects = agent.world.effects.map(({ step }) => step);
        expect(effects, `refused from ${refusedFrom}`).toEqual(expect.arrayContaining(made(['yes'])));
        expect(made(['yes', 'unknown']), `refused from ${refusedFrom}`).toEqual(expect.arrayContaining(effects));
        expect(made(['yes', 'unknown']).length).toBeLessThanOrEqual(2);
        expect(await agent.trail.verify()).toMatchObject({ brokenAt: null });
      });
    }
  }, 120_000);
});
