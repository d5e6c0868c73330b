import { describe, expect, it } from 'vitest';
import { InvariantError } from '../domain/errors.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { createWorld, fakeAction } from '../testing/world.ts';
import { plainJson } from './plain-json.ts';

const { start } = agentsOfTest();

async function roundTrip(value: unknown): Promise<unknown> {
  const [type, data] = await plainJson.dumpsTyped(value);
  return plainJson.loadsTyped(type, data);
}

class Money {
  amount = 1;
}

describe('plainJson', () => {
  it('gives back what was written', async () => {
    const value = { text: 'ä\u0000"', list: [1, -0.5, null, true, [], {}], nested: { deep: { empty: '' } } };
    expect(await roundTrip(value)).toEqual(value);
    expect(await roundTrip({ gone: undefined, kept: 1 })).toEqual({ kept: 1 });
    expect(await roundTrip(undefined)).toBeNull();
  });

  it.each([
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a map', new Map([[1, 2]])],
    ['a set', new Set([1])],
    ['a date', new Date()],
    ['an error', new Error('x')],
    ['bytes', new Uint8Array(2)],
    ['an instance', new Money()],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('refuses %s, at the top or deep inside, and names the place', async (_, value) => {
    await expect(plainJson.dumpsTyped({ list: [{ amount: value }] })).rejects.toThrow(InvariantError);
    await expect(plainJson.dumpsTyped({ list: [{ amount: value }] })).rejects.toThrow('"amount"');
    await expect(plainJson.dumpsTyped(value)).rejects.toThrow(InvariantError);
  });

  it('refuses a hole in a list, which would come back as null', async () => {
    await expect(plainJson.dumpsTyped([1, undefined])).rejects.toThrow(InvariantError);
  });

  it('never makes an object of what merely looks like one of LangChain', async () => {
    const lookalikes: object[] = [
      { lc: 1, type: 'constructor', id: ['langchain_core', 'messages', 'HumanMessage'], kwargs: { content: 'x' } },
      { lc: 1, type: 'secret', id: ['AWS_SECRET_ACCESS_KEY'] },
      { lc: 2, type: 'undefined', id: ['Set'], args: [[1]] },
    ];
    const back = (await roundTrip(lookalikes)) as object[];
    expect(back).toEqual(lookalikes.map((one) => ({ ...one })));
    expect(back.every((one) => Object.getPrototypeOf(one) === Object.prototype)).toBe(true);
  });

  it('refuses to read what it has not written', async () => {
    await expect(plainJson.loadsTyped('bytes', new Uint8Array(1))).rejects.toThrow(InvariantError);
  });
});

describe('a node that writes what cannot be kept', () => {
  it('loses that step only: the run goes on from the checkpoint before', async () => {
    const world = createWorld(badDeploymentCured);
    const sound = fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'], undoable: true });
    let bad = 1;
    const { alert, closed, timeline } = await start(world, {
      catalog: [
        {
          ...sound,
          async plan(params, signal) {
            const plan = await sound.plan(params, signal);
            if ('notPossible' in plan || bad-- <= 0) return plan;
            return { ...plan, blastRadius: { ...plan.blastRadius, tasks: Number.NaN } };
          },
        },
      ],
      // The trail refuses such a value as well, and would be first: let it through there.
      deps: (deps) => ({
        ...deps,
        trail: { ...deps.trail, append: async (entry) => deps.trail.append(JSON.parse(JSON.stringify(entry))) },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
    const rows = await timeline(incident);
    expect(rows.filter((row) => row.event === 'run-failed').map((row) => row.detail.reason)).toEqual([
      expect.stringContaining('"tasks", which JSON would lose'),
    ]);
    expect(rows.filter((row) => row.event === 'run-resumed')).toHaveLength(1);
    expect(rows.filter((row) => row.event === 'diagnosis')).toHaveLength(1);
  });
});
