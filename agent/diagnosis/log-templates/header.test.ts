import { describe, expect, it } from 'vitest';
import { beginningOf } from './header.ts';
import { groupLines } from './miner.ts';
import { tokensOf } from './tokens.ts';

describe('beginning of the message', () => {
  it.each([
    ['cart closed', 'cart'],
    ['2026-11-21T10:00:00Z cart closed', 'cart'],
    ['2026-11-21 10:00:00,123 INFO [main] shop.Till: cart closed', 'cart'],
    ['[10:00:00] WARN till - cart closed', 'till'],
    ['ERROR: cart closed', 'cart'],
    ['cart: closed', 'cart'],
    ['10.0.0.9: got stuck', 'got'],
    ['[one of many words that are said here at length] went', '['],
    ['error', 'error'],
    ['', undefined],
  ])('of %j is %j', (line, expected) => {
    const { texts } = tokensOf(line);
    expect(texts[beginningOf(texts)]).toBe(expected);
  });

  it('keeps short messages behind a header apart, and finds one behind different headers', () => {
    const said = ['closing', 'opening', 'stuck', 'done', 'waiting', 'leaving', 'counting', 'resting', 'looking'];
    expect(new Set(groupLines(said.map((word) => `2026-11-21T10:00:00Z INFO [main] till: ${word}`))).size).toBe(said.length);
    const threads = ['ann', 'bob', 'cleo', 'dan', 'eve', 'finn'];
    expect(new Set(groupLines(threads.map((name) => `10:00:00 INFO [${name}] till: cart was closed`))).size).toBe(1);
  });
});
