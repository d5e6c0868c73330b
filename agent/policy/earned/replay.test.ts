import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Autonomy } from '../../domain/verdict.ts';
import { cameBackAt, type Experience, type MadeChange, type Order, type Shadowed, type ShadowResult } from './experience.ts';
import { levelInForce } from './level-in-force.ts';
import { rankOf } from './levels.ts';
import { type EarningSettings, standingOf, stepsOf } from './replay.ts';

const start = Date.parse('2026-03-01T00:00:00.000Z');
const at = (hours: number) => new Date(start + hours * 3_600_000).toISOString();
const settings: EarningSettings = { on: true, start: 'observe', successes: 3 };

function made(hours: number, verified: MadeChange['verified'] = 'recovered', againHours: number | null = null): MadeChange {
  return { kind: 'change', incidentId: `incident-${hours}`, at: at(hours), verified, againAt: againHours === null ? null : at(againHours) };
}
function shadowed(hours: number, result: ShadowResult = 'agreed'): Shadowed {
  return { kind: 'shadow', incidentId: `incident-${hours}`, at: at(hours), result };
}
function order(hours: number, level: Autonomy | null): Order {
  return { kind: 'order', at: at(hours), level, by: 'ann', reason: 'we watched it' };
}
/** Nine good experiences lead from the lowest level to the highest. */
const trusted: Experience[] = [1, 2, 3, 4, 5, 6].map((hours) => shadowed(hours));
const alone = [...trusted, made(10), made(40), made(70)];
const levelOf = (record: readonly Experience[], over: Partial<EarningSettings> = {}) => standingOf(record, { ...settings, ...over }).level;

describe('the level that a record earned', () => {
  it('is where an action begins while nothing is known', () => {
    expect(levelOf([])).toBe('observe');
    expect(levelOf([], { start: 'suggest' })).toBe('suggest');
  });

  it('rises one level with each row of good experiences', () => {
    expect(levelOf(trusted.slice(0, 2))).toBe('observe');
    expect(levelOf(trusted.slice(0, 3))).toBe('suggest');
    expect(levelOf(trusted)).toBe('approve');
    expect(levelOf(alone.slice(0, -1))).toBe('approve');
    expect(levelOf(alone)).toBe('auto');
  });

  it('never reaches auto by plans alone that nobody let the agent carry out', () => {
    expect(levelOf([...trusted, ...trusted.map((_, hours) => shadowed(20 + hours))])).toBe('approve');
  });

  it('falls to suggest with one harm, at once, and is earned again from there', () => {
    const harmed = [...alone, made(100, 'harmed')];
    expect(levelOf(harmed)).toBe('suggest');
    expect(standingOf(harmed, settings).because).toBe('it did harm in incident incident-100');
    expect(levelOf([...harmed, shadowed(101), shadowed(102)])).toBe('suggest');
    expect(levelOf([...harmed, shadowed(101), shadowed(102), shadowed(103)])).toBe('approve');
  });

  it('falls to approve when a change did not help', () => {
    expect(levelOf([...alone, made(100, 'not-recovered')])).toBe('approve');
    expect(levelOf([...alone, shadowed(100, 'no-help')])).toBe('approve');
  });

  it('falls to approve when what a change mended came back within a day', () => {
    const [before, last] = [alone.slice(0, -1), made(70, 'recovered', 90)];
    expect(levelOf([...before, last])).toBe('approve');
    expect(standingOf([...before, last], settings)).toMatchObject({ row: 0, because: expect.stringContaining('came back') });
  });

  it('stays when it came back later than a day', () => {
    expect(levelOf([...alone.slice(0, -1), made(70, 'recovered', 94)])).toBe('approve');
    expect(levelOf([...alone.slice(0, -1), made(70, 'recovered', 95)])).toBe('auto');
    expect(cameBackAt(made(70, 'not-recovered', 71))).toBeNull();
  });

  it('keeps the reason it stands at a level for when more of the same leads no lower', () => {
    const harmed = [...alone, made(100, 'harmed'), made(200, 'harmed'), made(300, 'not-recovered')];
    expect(standingOf(harmed, settings)).toMatchObject({ level: 'suggest', because: 'it did harm in incident incident-100' });
  });

  it('takes good experiences in a row only', () => {
    for (const bad of [made(50, 'not-recovered'), made(50, 'harmed')]) {
      expect(levelOf([...trusted, made(10), made(40), bad, made(70)])).not.toBe('auto');
    }
    expect(levelOf([shadowed(1), shadowed(2), shadowed(3, 'not-needed'), shadowed(4)])).toBe('observe');
    expect(levelOf([shadowed(1), shadowed(2), shadowed(3, 'no-help'), shadowed(4)])).toBe('observe');
  });

  it.each([made(50, 'unproven'), made(50, null), shadowed(50, 'not-known')])('leaves out what nobody could judge: %j', (unknown) => {
    expect(standingOf([...trusted, made(10), made(40), unknown], settings)).toEqual(standingOf([...trusted, made(10), made(40)], settings));
  });

  it('does not lose what was earned alone because another trouble went away by itself', () => {
    expect(levelOf([...alone, shadowed(100, 'not-needed')])).toBe('auto');
  });
});

describe('an order of an operator', () => {
  it('sets the level, and holds it down until it is taken back', () => {
    expect(levelOf([order(0, 'auto')])).toBe('auto');
    expect(levelOf([...alone, order(100, 'suggest')])).toBe('suggest');
    const kept = [...alone, order(100, 'suggest'), shadowed(101), shadowed(102), shadowed(103)];
    expect(levelOf(kept)).toBe('suggest');
    expect(levelOf([...kept, order(104, null)])).toBe('suggest');
    expect(levelOf([...kept, order(104, null), shadowed(105)])).toBe('approve');
  });

  it('that raises it does not outlast harm', () => {
    expect(levelOf([order(0, 'auto'), made(1, 'harmed')])).toBe('suggest');
  });

  it('counts after what had happened at the same moment, and of two at one moment the lower counts', () => {
    expect(levelOf([order(5, 'auto'), made(5, 'harmed')])).toBe('auto');
    expect(levelOf([order(5, 'observe'), order(5, 'auto')])).toBe('observe');
    expect(levelOf([order(5, 'auto'), order(5, 'observe')])).toBe('observe');
  });
});

it('tells each step in words, in the order of time, with where it led', () => {
  const record = [
    order(9, null),
    made(7, 'harmed'),
    shadowed(1),
    shadowed(2, 'not-needed'),
    shadowed(3, 'no-help'),
    made(4, 'recovered', 5),
    made(6, 'not-recovered'),
    order(8, 'auto'),
    shadowed(10, 'not-known'),
  ];
  expect(stepsOf(record, settings).map(({ at: when, words, standing }) => [when, words, standing.level, standing.row])).toEqual([
    [at(1), 'a person did the same in incident incident-1', 'observe', 1],
    [at(2), 'it came back without it in incident incident-2', 'observe', 0],
    [at(3), 'a person did the same and it did not help in incident incident-3', 'observe', 0],
    [at(4), 'it helped in incident incident-4', 'observe', 1],
    [at(5), 'what it had mended came back after it in incident incident-4', 'observe', 0],
    [at(6), 'it did not help in incident incident-6', 'observe', 0],
    [at(7), 'it did harm in incident incident-7', 'observe', 0],
    [at(8), 'ann set it to auto: we watched it', 'auto', 0],
    [at(9), 'ann took the order back: we watched it', 'auto', 0],
  ]);
  expect(stepsOf([{ ...made(1, 'harmed'), at: 'soon' }], settings)).toMatchObject([{ at: null }]);
});

it('says the same of two things at one moment, whichever was read first', () => {
  const [one, other] = [made(1, 'harmed'), { ...made(1, 'harmed'), incidentId: 'another' }];
  expect(stepsOf([one, other], { ...settings, start: 'auto' })).toEqual(stepsOf([other, one], { ...settings, start: 'auto' }));
  expect(stepsOf([one, other], { ...settings, start: 'auto' })[0]?.words).toBe('it did harm in incident another');
});

describe('what has no readable time', () => {
  it('counts as the latest when it is bad, and not at all when it is good', () => {
    expect(levelOf([{ ...made(1, 'harmed'), at: '' }, ...alone])).toBe('suggest');
    expect(levelOf([...alone.slice(0, -1), { ...made(70), at: 'soon' }])).toBe('approve');
    expect(cameBackAt({ verified: 'recovered', at: 'soon', againAt: at(1) })).toBe(at(1));
    expect(levelOf([...alone, { ...made(100, 'not-recovered'), at: 'soon' }])).toBe('approve');
  });
});

const results = fc.constantFrom('agreed', 'no-help', 'not-needed', 'not-known') as fc.Arbitrary<ShadowResult>;
const levels = fc.constantFrom('observe', 'suggest', 'approve', 'auto') as fc.Arbitrary<Autonomy>;
const hours = fc.integer({ min: 0, max: 60 });
const experiences: fc.Arbitrary<Experience> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ hours, again: fc.option(hours) }).map((one) => made(one.hours, 'recovered', one.again)) },
  fc.record({ hours, verified: fc.constantFrom('not-recovered', 'harmed', 'unproven', null) }).map((one) => made(one.hours, one.verified)),
  { weight: 4, arbitrary: fc.record({ hours, result: results }).map((one) => shadowed(one.hours, one.result)) },
  fc.record({ hours, level: fc.option(levels) }).map((one) => order(one.hours, one.level)),
);
const records = fc.array(experiences, { maxLength: 20 });

describe('for any record', () => {
  it('the order in which it is read does not matter', () => {
    const shuffled = records.chain((record) =>
      fc.tuple(fc.constant(record), fc.shuffledSubarray(record, { minLength: record.length, maxLength: record.length })),
    );
    fc.assert(
      fc.property(shuffled, ([record, other]) => {
        expect(standingOf(other, settings)).toEqual(standingOf(record, settings));
      }),
    );
  });

  it('a restart changes nothing: read back from JSON it stands where it stood', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(standingOf(JSON.parse(JSON.stringify(record)) as Experience[], settings)).toEqual(standingOf(record, settings));
      }),
    );
  });

  it('the level in force is never above what the policy allows, with earning on or off', () => {
    fc.assert(
      fc.property(records, levels, fc.boolean(), levels, (record, ceiling, on, begin) => {
        const { level } = levelInForce(record, ceiling, { on, start: begin, successes: 3 });
        expect(rankOf(level)).toBeLessThanOrEqual(rankOf(ceiling));
      }),
    );
  });

  it('one harm after everything else leaves nothing above suggest', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(rankOf(levelOf([...record, made(61, 'harmed')]))).toBeLessThanOrEqual(rankOf('suggest'));
      }),
    );
  });

  it('one bad experience more, whenever it was, never raises the level', () => {
    const bad = fc.oneof(
      hours.map((one) => made(one, 'harmed')),
      hours.map((one) => made(one, 'not-recovered')),
      hours.map((one) => shadowed(one, 'no-help')),
    );
    fc.assert(
      fc.property(records, bad, (record, more) => {
        expect(rankOf(levelOf([...record, more]))).toBeLessThanOrEqual(rankOf(levelOf(record)));
      }),
      { numRuns: 1000 },
    );
  });

  it('nobody gets to auto without an order or as many proven changes as it takes', () => {
    fc.assert(
      fc.property(records, (record) => {
        const proven = record.filter((one) => one.kind === 'change' && one.verified === 'recovered').length;
        const isOrdered = record.some((one) => one.kind === 'order' && one.level !== null);
        if (!isOrdered && proven < settings.successes) expect(levelOf(record)).not.toBe('auto');
      }),
    );
  });
});

describe('with earning off', () => {
  const off = { ...settings, on: false };

  it('the level is the policy’s, whatever was earned', () => {
    expect(levelInForce([made(1, 'harmed')], 'auto', off)).toMatchObject({ level: 'auto', because: 'as the policy says' });
    expect(levelInForce(alone, 'approve', off).level).toBe('approve');
  });

  it('an order lowers it and never raises it', () => {
    expect(levelInForce([order(1, 'suggest')], 'auto', off)).toMatchObject({
      level: 'suggest',
      because: 'ann set it to suggest: we watched it',
    });
    expect(levelInForce([order(1, 'auto')], 'approve', off)).toMatchObject({ level: 'approve', because: 'as the policy says' });
    expect(levelInForce([order(1, 'suggest'), order(2, null)], 'auto', off).level).toBe('auto');
  });
});

it('says in words what the level rests on', () => {
  expect(levelInForce(alone, 'suggest', settings).because).toBe('the policy allows no more');
  expect(levelInForce(alone, 'auto', settings).because).toBe('3 good experiences in a row');
  expect(levelInForce([order(1, 'suggest')], 'auto', settings).because).toBe('ann set it to suggest: we watched it');
  expect(levelInForce(trusted, 'auto', settings).because).toBe(
    '3 good experiences in a row; 0 of 3 good experiences in a row lead further',
  );
});
