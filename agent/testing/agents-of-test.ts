/** Agents over one store, stopped and removed after each test; none may leave a run whose state has grown beyond its limit. */
import { afterEach, expect } from 'vitest';
import { type AgentOptions, startAgent, type TestAgent } from './agent.ts';
import { openTempStore, type TempStore } from './temp-store.ts';
import { createWorld, type Scene, type World } from './world.ts';

const maxStateBytes = 10_000;

export interface AgentsOfTest {
  /** A second call starts another process on the same store. */
  start(scene: Scene | World, options?: Partial<AgentOptions>): Promise<TestAgent>;
}

export function agentsOfTest(): AgentsOfTest {
  let temp: TempStore | undefined;
  const running = new Set<TestAgent>();
  afterEach(async () => {
    for (const agent of running) {
      for (const incident of await agent.incidents.list({})) {
        expect(Buffer.byteLength(JSON.stringify(await agent.state(incident)))).toBeLessThan(maxStateBytes);
      }
      expect((await agent.trail.verify()).brokenAt).toBeNull();
      await agent.stop();
    }
    running.clear();
    await temp?.remove();
    temp = undefined;
  });
  return {
    async start(scene, options = {}) {
      temp ??= await openTempStore();
      const world = typeof scene === 'function' ? createWorld(scene) : scene;
      const agent = await startAgent({ path: temp.path, world, ...options });
      running.add(agent);
      return {
        ...agent,
        async stop(drainMs) {
          running.delete(agent);
          await agent.stop(drainMs);
        },
      };
    },
  };
}
