import { beforeEach, describe, expect, it } from 'vitest';
import type { Friends } from '../../stage/friends.ts';
import { type FakeStage, fakeStage } from '../testing/fake-stage.ts';
import { agent } from './agent.ts';
import { friend } from './friend.ts';
import type { ProviderModule, Scope } from './provider.ts';

describe('what befalls the agent and what it asks', () => {
  let fake: FakeStage;
  let scope: Scope;
  let arrive: () => void;
  let hasArrived: Promise<void>;
  beforeEach(() => {
    fake = fakeStage(['agent']);
    ({ promise: hasArrived, resolve: arrive } = Promise.withResolvers<void>());
    const friends: Friends = {
      settings: {},
      spoil: async (which, spoiling) => void fake.done.push(spoiling ? `${which} is ${spoiling.how}` : `${which} is well`),
      arrival: () => hasArrived,
      stop: async () => {},
    };
    const [cluster] = fake.stage.clusters;
    if (!cluster) throw new Error('no cluster');
    scope = { stage: { ...fake.stage, friends }, cluster, signal: new AbortController().signal, random: () => 0 };
  });

  function run({ actions }: ProviderModule, func: string, given: object) {
    const found = actions[func];
    if (!found) throw new Error(`no ${func}`);
    return found.run(found.arguments.parse(given), scope);
  }

  it('kills the agent at once, and starts it again with what it has', async () => {
    await run(agent, 'kill', { when: 'start', times: 2 });
    expect(fake.done).toEqual(['killed', 'started again', 'killed', 'started again']);
  });

  it('kills it while it waits for the answer of its changing call, and mends the way to ECS before it is back', async () => {
    const killing = run(agent, 'kill', { when: 'after-effect' });
    await expect.poll(() => fake.done).toEqual(['ecs is silent']);
    arrive();
    await killing;
    expect(fake.done).toEqual(['ecs is silent', 'killed', 'ecs is well', 'started again']);
  });

  it('kills it when it has written down that the change was made, and not for what it wrote before', async () => {
    const entry = { at: '', incidentId: null, actor: 'agent', detail: {} };
    fake.audit.push({ seq: 1, event: 'action-finished', ...entry });
    const killing = run(agent, 'kill', { when: 'done' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fake.done).toEqual([]);
    fake.audit.push({ seq: 2, event: 'action-finished', ...entry });
    await killing;
    expect(fake.done).toEqual(['killed', 'started again']);
  });

  it('spoils what the agent asks until the time is over, or until it is taken back', async () => {
    await run(friend, 'spoil', { which: 'prometheus', how: '500', seconds: 1 });
    await expect.poll(() => fake.done).toEqual(['prometheus is 500', 'prometheus is well']);
    const takeBack = await run(friend, 'spoil', { which: 'logs', how: 'silent' });
    await takeBack?.();
    expect(fake.done.slice(2)).toEqual(['logs is silent', 'logs is well']);
  });

  it('refuses what cannot happen to it', () => {
    expect(friend.actions.spoil?.arguments.safeParse({ which: 'prometheus', how: 'DNS' }).success).toBe(false);
    expect(friend.actions.spoil?.arguments.safeParse({ which: 'moon', how: '500' }).success).toBe(false);
  });
});
