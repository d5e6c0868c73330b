import { expect, it } from 'vitest';
import { unrelatedTroubles } from './mass-failure.ts';

const chain = [
  { caller: 'a', callee: 'b' },
  { caller: 'b', callee: 'c' },
];

it('counts a chain of suffering callers as one trouble, whichever links are alarmed', () => {
  expect(unrelatedTroubles(['a', 'b', 'c'], chain)).toBe(1);
  expect(unrelatedTroubles(['a', 'c'], chain)).toBe(1);
});

it('counts services that nobody connects one by one', () => {
  expect(unrelatedTroubles(['a', 'x', 'y'], chain)).toBe(3);
});

it('counts two callees of one caller as two', () => {
  const fork = [
    { caller: 'a', callee: 'b' },
    { caller: 'a', callee: 'c' },
  ];
  expect(unrelatedTroubles(['a', 'b', 'c'], fork)).toBe(2);
});

it('counts a circle once', () => {
  expect(unrelatedTroubles(['a', 'b', 'c'], [...chain, { caller: 'c', callee: 'a' }])).toBe(1);
});

it('counts nothing when nothing is in trouble', () => {
  expect(unrelatedTroubles([], chain)).toBe(0);
});
