import { describe, expect, it } from 'vitest';
import { InvariantError } from '../domain/errors.ts';
import { plainJson } from './plain-json.ts';

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
