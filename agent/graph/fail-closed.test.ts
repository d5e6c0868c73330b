import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../audit/trail.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { badDeploymentNotCured } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createWorld } from '../testing/world.ts';

/** Long enough for the whole story, and for every retry of a run that fails. */
const minutes = 60;

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

    for (let refusedFrom = 2; refusedFrom <= whole.length; refusedFrom += 1) {
      await inAgent(async (agent, temp) => {
        await temp.raw(
          `create trigger refuses before insert on audit when new.seq >= ${refusedFrom} begin select raise(abort, 'refused'); end`,
        );
        const incident = await agent.alert('checkout');
        const enough = agent.clock.now().getTime() + minutes * 60_000;
        await agent.until(() => agent.clock.now().getTime() >= enough);
        const recorded = await agent.trail.list({});
        expect(recorded, `refused from ${refusedFrom}`).toHaveLength(refusedFrom - 1);
        expect(agent.world.effects, `refused from ${refusedFrom}`).toHaveLength(intents(recorded).length);
        expect((await agent.get(incident)).status).not.toBe('closed');

        await temp.raw('drop trigger refuses');
        await agent.closed(incident);
        const rows = await agent.trail.list({});
        expect(agent.world.effects.map(({ step }) => step)).toEqual(
          intents(rows).map((row) => (row.event === 'undo-intended' ? 'undo' : 'execute')),
        );
        expect(agent.world.effects.length).toBeLessThanOrEqual(2);
        expect(await agent.trail.verify()).toMatchObject({ brokenAt: null });
      });
    }
  }, 120_000);
});
