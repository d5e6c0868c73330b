/** What befalls the agent itself: it is killed in the middle of its work and comes back with the same store. */
import { z } from 'zod';
import { pause } from '../../stage/pause.ts';
import type { Stage, StageAgent } from '../../stage/stage.ts';
import { action, type ProviderModule } from './provider.ts';

/** Calls of ECS by which the agent changes something. */
const changes = ['UpdateService', 'StopTask', 'StopServiceDeployment'] as const;

const Kill = z.strictObject({
  /**
   * `start`: at once · `before-effect`: its call has arrived at ECS and was not carried out · `after-effect`: it was carried out, and its answer never
   * came · `done`: the agent has written down that the change was made.
   */
  when: z.enum(['start', 'before-effect', 'after-effect', 'done']),
  times: z.int().min(1).max(5).default(1),
  /** Seconds it stays dead. */
  downSeconds: z.number().min(0).max(60).default(1),
});
type Kill = z.infer<typeof Kill>;

const kill = action({
  arguments: Kill,
  strikes: () => [],
  scope: 'once',
  async run({ when, times, downSeconds }: Kill, { stage, signal }) {
    const { agent } = stage;
    if (!agent) return undefined;
    for (let time = 0; time < times; time += 1) {
      await killAt(when, agent, stage, signal);
      await pause(stage.seconds(downSeconds), signal);
      await agent.startAgain();
    }
    return async () => {
      if (!agent.isRunning()) await agent.startAgain();
    };
  },
});

export const agent: ProviderModule = { name: 'agent', actions: { kill }, probes: {} };

async function killAt(when: Kill['when'], agent: StageAgent, stage: Stage, signal: AbortSignal): Promise<void> {
  if (when === 'before-effect' || when === 'after-effect') return killAtCall(when === 'after-effect', agent, stage, signal);
  if (when === 'done') await untilWritten('action-finished', agent, signal);
  await agent.kill();
}

/** A proxy keeps the answer of the changing call back, so that the agent is killed while it waits for it. */
async function killAtCall(afterEffect: boolean, agent: StageAgent, { friends }: Stage, signal: AbortSignal): Promise<void> {
  if (!friends) throw new Error('on this stage nothing stands between the agent and ECS');
  await friends.spoil('ecs', { how: 'silent', operations: changes, afterEffect });
  await friends.arrival('ecs', changes, signal);
  // Carried out on the other side of the proxy by then.
  await pause(afterEffect ? carriedOutMs : 0, signal);
  await agent.kill();
  await friends.spoil('ecs', undefined);
}

const carriedOutMs = 300;
const betweenLooksMs = 100;

/** From this moment on. */
async function untilWritten(event: string, { api }: StageAgent, signal: AbortSignal): Promise<void> {
  let seq = (await api.auditAfter(0)).at(-1)?.seq ?? 0;
  for (;;) {
    const entries = await api.auditAfter(seq);
    if (entries.some((entry) => entry.event === event)) return;
    seq = entries.at(-1)?.seq ?? seq;
    await pause(betweenLooksMs, signal);
  }
}
