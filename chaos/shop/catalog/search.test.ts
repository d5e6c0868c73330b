import { expect, it, vi } from 'vitest';
import { products } from '../database/products.ts';
import { editDistance, Search, variantsOf } from './search.ts';

const never = new AbortController().signal;

it.each([
  ['bowl', 'bowl', 0],
  ['bowl', 'bowls', 1],
  ['boul', 'bowl', 1],
  ['', 'cup', 3],
  ['kitten', 'sitting', 3],
])('counts the letters between %s and %s as %d', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
});

it('leaves out up to two letters: the work grows with the square of the length', () => {
  expect(variantsOf('abc').toSorted()).toEqual(['a', 'ab', 'abc', 'ac', 'b', 'bc', 'c']);
  expect(variantsOf('abcdefghij')).toHaveLength(1 + 10 + 45);
  expect(variantsOf('abcdefghijklmnopqrst')).toHaveLength(1 + 20 + 190);
});

it('answers the nearest first, and reads the range once for searches that follow each other', async () => {
  const readRange = vi.fn(async () => [...products]);
  const search = new Search(readRange);
  const [plates, cups] = await Promise.all([search.find('dinner plate', '', never), search.find('SAKE CUPP', '', never)]);
  expect(plates[0]?.name).toBe('Dinner plate');
  expect(cups[0]?.name).toBe('Sake cup');
  expect((await search.find('mug small', '', never))[0]?.name).toBe('Mug, small');
  expect(readRange.mock.calls.length).toBeLessThanOrEqual(2);
});

it('is over when the client hangs up', async () => {
  const search = new Search(async () => [...products]);
  const hangUp = new AbortController();
  const found = search.find('vase', '', hangUp.signal);
  hangUp.abort(new Error('gone'));
  await expect(found).rejects.toThrow();
});
