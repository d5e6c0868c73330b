import { expect, it } from 'vitest';
import type { Matcher } from '../look-store.ts';
import { mayBeSilenced } from './silences.ts';

const labels = { alertname: 'HighLatency', ecs_service: 'cart' };
const matcher = (name: string, value: string, more: Partial<Matcher> = {}): Matcher => ({
  name,
  value,
  isRegex: false,
  isEqual: true,
  ...more,
});
const silenced = (...matchers: Matcher[]) => mayBeSilenced(labels, [matchers]);

it('covers an alert when all matchers of one silence do', () => {
  expect(silenced(matcher('ecs_service', 'cart'))).toBe(true);
  expect(silenced(matcher('ecs_service', 'checkout'))).toBe(false);
  expect(silenced(matcher('ecs_service', 'cart'), matcher('alertname', 'ServiceDown'))).toBe(false);
  expect(mayBeSilenced(labels, [[matcher('ecs_service', 'checkout')], [matcher('alertname', 'HighLatency')]])).toBe(true);
  expect(mayBeSilenced(labels, [])).toBe(false);
});

it('takes a label that is not there for empty, and no inherited name for a label', () => {
  expect(silenced(matcher('team', ''))).toBe(true);
  expect(silenced(matcher('team', 'shop', { isEqual: false }))).toBe(true);
  expect(silenced(matcher('constructor', ''))).toBe(true);
});

it.each([
  ['cart|checkout', true],
  ['checkout|search', false],
  ['car', false],
  ['.*', true],
  ['.+', true],
])('compares the words of %s', (value, expected) => {
  expect(silenced(matcher('ecs_service', value, { isRegex: true }))).toBe(expected);
  expect(silenced(matcher('ecs_service', value, { isRegex: true, isEqual: false }))).toBe(!expected);
});

it.each(['(a+)+$', 'c[ao]rt', '^x', 'checkout.', 'a\\b'])('runs no expression: %s may match, and may not', (value) => {
  expect(silenced(matcher('ecs_service', value, { isRegex: true }))).toBe(true);
  expect(silenced(matcher('ecs_service', value, { isRegex: true, isEqual: false }))).toBe(true);
});

it('covers everything when there were too many silences to remember', () => {
  expect(mayBeSilenced(labels, null)).toBe(true);
});
