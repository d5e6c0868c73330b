import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catchAll, createTemplateMiner, groupLines } from './miner.ts';

/** Any code units, halves of characters among them. */
const anything = fc.array(fc.nat({ max: 0xffff }), { maxLength: 80 }).map((codes) => String.fromCharCode(...codes));

const names = ['ann', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal', 'ida', 'jon', 'kim', 'lea'];

/** Groups as sets of line numbers, whatever the ids are. */
function partition(groups: readonly number[]): string[] {
  const members = new Map<number, number[]>();
  for (const [line, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), line]);
  return [...members.values()].map((lines) => lines.join(',')).sort();
}

describe('template miner', () => {
  it('gives lines that differ in values one id, and others another', () => {
    const miner = createTemplateMiner();
    const first = miner.add('cart 17 closed after 30 ms');
    expect(miner.add('cart 18 closed after 4 ms')).toBe(first);
    expect(miner.add('cart 18 opened after 4 ms')).not.toBe(first);
    expect(miner.template(first)).toBe('cart <*> closed after <*>');
  });

  it('finds values that are written like words by how many of them come', () => {
    const lines = names.map((name) => `basket of ${name} was emptied`);
    expect(new Set(groupLines(lines)).size).toBe(1);
    const miner = createTemplateMiner();
    const ids = lines.map((line) => miner.add(line));
    expect(miner.template(ids[0] as number)).toBe('basket of <*> was emptied');
    expect(new Set(ids.map((id) => miner.resolve(id))).size).toBe(1);
    expect(miner.add('basket of zoe was emptied')).toBe(ids[0]);
  });

  it('needs few names where a user is to be expected', () => {
    expect(new Set(groupLines(['door shut for user ann', 'door shut for user bob'])).size).toBe(1);
    expect(new Set(groupLines(['door shut for guest ann', 'door shut for guest bob'])).size).toBe(2);
  });

  it('keeps apart what is a choice of few words, however often', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `the gate of hall ${index} is ${['open', 'shut', 'ajar'][index % 3]}`);
    expect(new Set(groupLines(lines)).size).toBe(3);
  });

  it.each([
    ['errors', (index: number) => `save of order failed with a.b.Kind${'ABCDEFGHIJKLMNOP'[index]}Exception in store`],
    ['outcomes', (index: number) => `step of the plan has ${['succeeded', 'failed'][index % 2]} in store`],
    ['states', (index: number) => `worker moved to ${['NEW', 'READY', 'BUSY', 'IDLE', 'GONE', 'DEAD', 'LOST'][index % 7]} in store`],
    ['first words', (index: number) => `${names[index % names.length]} was started by hand`],
  ])('never hides %s', (_, line) => {
    const lines = Array.from({ length: 14 }, (_, index) => line(index));
    expect(new Set(groupLines(lines)).size).toBe(new Set(lines).size);
  });

  it('finds two values written like words that hardly ever come twice together', () => {
    const spell = (value: number) => [...String(value)].map((digit) => 'abcdefghij'[Number(digit)]).join('x');
    const lines = Array.from(
      { length: 400 },
      (_, index) => `order for shopper ${spell(index)} in market ${spell(index * 37)} went through`,
    );
    const groups = groupLines(lines);
    expect(new Set(groups).size).toBe(1);
  });

  it('does not take different sentences for one, however many begin alike', () => {
    const verbs = ['opened', 'closed', 'moved', 'copied', 'sealed', 'burned', 'bought'];
    const lines = Array.from({ length: 49 }, (_, index) => `unit ${verbs[index % 7]} ${verbs[Math.floor(index / 7)]}`);
    expect(new Set(groupLines(lines)).size).toBe(49);
  });

  it('tells structured lines apart by message and keys', () => {
    const [one, same, otherKeys, plain] = groupLines([
      '{"msg":"cart 1 closed","user":"ann"}',
      '{"user":"bob","msg":"cart 2 closed"}',
      '{"msg":"cart 3 closed","error":"late"}',
      'cart 4 closed',
    ]);
    expect(same).toBe(one);
    expect(otherKeys).not.toBe(one);
    expect(plain).not.toBe(one);
  });

  it('keeps ids for good and answers undefined for one it never gave', () => {
    const miner = createTemplateMiner();
    const ids = names.map((name) => miner.add(`door of ${name} was left ajar`));
    expect(Math.min(...ids)).toBe(ids[0]);
    for (const id of ids) expect(miner.resolve(id)).toBe(ids[0]);
    expect(miner.template(999_999)).toBeUndefined();
  });

  it('gives further kinds one id when it is full, and goes on knowing the others', () => {
    const miner = createTemplateMiner({ maxShapes: 10 });
    const first = miner.add('door shut');
    for (let index = 0; index < 100; index += 1) miner.add(`${'qx'.repeat(index + 1)} opened`);
    expect(miner.add('yet another kind')).toBe(catchAll);
    expect(miner.template(catchAll)).toBe('<*>');
    expect(miner.overflowed).toBeGreaterThan(80);
    expect(miner.add('door shut')).toBe(first);
  });

  it('takes any line', () => {
    const miner = createTemplateMiner({ maxShapes: 50 });
    fc.assert(
      fc.property(fc.oneof(anything, fc.json()), (line) => {
        const id = miner.add(line);
        expect(miner.template(id)).toBeDefined();
        expect(miner.add(line)).toBe(miner.resolve(id));
      }),
    );
  });
});

describe('groups of lines', () => {
  const kinds = [
    (value: string) => `cart of ${value} was closed by hand`,
    (value: string) => `no route from ${value} to the store`,
    (value: string) => `shop=${value} state is NEW at last`,
    () => 'the pool is exhausted',
    () => 'the pool is refilled',
  ];
  const line = fc
    .tuple(fc.nat({ max: kinds.length - 1 }), fc.constantFrom(...names))
    .map(([kind, value]) => (kinds[kind] as (value: string) => string)(value));
  const lines = fc.array(line, { minLength: 1, maxLength: 120 });

  it('are the same each time', () => {
    fc.assert(
      fc.property(lines, (messages) => {
        expect(groupLines(messages)).toEqual(groupLines(messages));
      }),
    );
  });

  it('do not depend on the order of the lines', () => {
    fc.assert(
      fc.property(
        lines.chain((messages) =>
          fc.tuple(fc.constant(messages), fc.shuffledSubarray([...messages.keys()], { minLength: messages.length })),
        ),
        ([messages, order]) => {
          const shuffled = groupLines(order.map((index) => messages[index] as string));
          const back = order.map((index, position) => [index, shuffled[position] as number] as const).sort(([one], [other]) => one - other);
          expect(partition(back.map(([, group]) => group))).toEqual(partition(groupLines(messages)));
        },
      ),
    );
  });

  it('do not depend on how values are spelt', () => {
    const renamed = new Map(names.map((name, index) => [name, `q${'abcdefghijklm'[index]}z`]));
    fc.assert(
      fc.property(lines, (messages) => {
        const other = messages.map((message) =>
          message
            .split(/(\w+)/)
            .map((part) => renamed.get(part) ?? part)
            .join(''),
        );
        expect(partition(groupLines(other))).toEqual(partition(groupLines(messages)));
      }),
    );
  });
});
