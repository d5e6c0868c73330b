import { describe, expect, it } from 'vitest';
import { quote, range, selector, serverErrors } from './promql.ts';

describe('promql', () => {
  it('quotes a value that tries to end the selector', () => {
    expect(selector('up', [['service', 'checkout"} or vector(1) #']])).toBe('up{service="checkout\\"} or vector(1) #"}');
  });

  it('keeps line breaks and NUL inside the literal', () => {
    expect(quote('a\nb\u0000\\')).toBe('"a\\nb\\u0000\\\\"');
  });

  it('writes half a surrogate pair and U+FFFD as an escape, for Prometheus parses neither', () => {
    expect(quote('a\ud800b\ufffd')).toBe('"a\\ufffdb\\ufffd"');
  });

  it('refuses an empty value, which would match series without the label', () => {
    expect(() => selector('up', [['service', '']])).toThrow(/label service/);
  });

  it('puts fixed matchers behind the quoted ones', () => {
    expect(selector('m', [['a', 'b']], serverErrors)).toBe('m{a="b",code=~"5.."}');
  });

  it('never makes a range shorter than a second', () => {
    expect([range(0.2), range(59.6)]).toEqual(['[1s]', '[60s]']);
  });
});
