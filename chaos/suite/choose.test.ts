import { describe, expect, it } from 'vitest';
import { type Choice, choose } from './choose.ts';
import { bindExperiment } from './format/bind.ts';
import type { FoundExperiment } from './format/load.ts';
import { seedOf } from './seed.ts';
import { act, experimentOf, fakeStage } from './testing/fake-stage.ts';

const { modules } = fakeStage();
function found(name: string, tags: string[], stages: ('sandbox' | 'aws')[] = ['sandbox']): FoundExperiment {
  const experiment = experimentOf([act('the level rises', 'set', { to: 1 })], { stages });
  return { ...bindExperiment(name, { ...experiment, tags }, modules, []), folder: name };
}
const all = [found('one', ['a']), found('two', ['b']), found('three', ['a', 'b']), found('four', [], ['sandbox', 'aws'])];
const names = (more: Partial<Choice>) =>
  choose(all, { stage: 'sandbox', repeat: 1, seed: 1, ...more }).map(({ experiment, repeat }) => `${experiment.name}.${repeat}`);

describe('choose', () => {
  it('takes those with one of the names, one of the tags, and a place on the stage', () => {
    expect(names({ only: ['two', 'one'] }).toSorted()).toEqual(['one.1', 'two.1']);
    expect(names({ tags: ['a'] }).toSorted()).toEqual(['one.1', 'three.1']);
    expect(names({ stage: 'aws' })).toEqual(['four.1']);
  });

  it('repeats everything, in another order each time and in the same for the same seed', () => {
    const twice = names({ repeat: 2 });
    expect(
      twice
        .slice(0, 4)
        .map((name) => name.slice(0, -2))
        .toSorted(),
    ).toEqual(['four', 'one', 'three', 'two']);
    expect(twice.slice(4).every((name) => name.endsWith('.2'))).toBe(true);
    expect(names({ repeat: 2 })).toEqual(twice);
    const orders = new Set(Array.from({ length: 20 }, (_, seed) => names({ seed }).join()));
    expect(orders.size).toBeGreaterThan(1);
  });

  it('refuses a name that no experiment has, and a choice that leaves nothing', () => {
    expect(() => names({ only: ['one', 'fiv'] })).toThrow('there is no experiment fiv');
    expect(() => names({ only: ['one'], stage: 'aws' })).toThrow('nothing to play on aws');
  });
});

describe('seedOf', () => {
  it('depends on the seed, the repetition and the experiment, and on nothing else', () => {
    expect(seedOf(1, 1, 'one')).toBe(seedOf(1, 1, 'one'));
    expect(new Set([seedOf(1, 1, 'one'), seedOf(2, 1, 'one'), seedOf(1, 2, 'one'), seedOf(1, 1, 'two')]).size).toBe(4);
  });
});
