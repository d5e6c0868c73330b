import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../domain/errors.ts';
import { canonicalHash, canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('spells equal things equally, whatever the order of their keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
    expect(canonicalHash({ a: 1, b: undefined })).toBe(canonicalHash({ a: 1 }));
  });

  it('gives JSON that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('keeps a key named __proto__ as data', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":"x","a":1}'))).toBe('{"__proto__":"x","a":1}');
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [new Date(0)], [() => 1], [[undefined]], [new Map()]])('refuses %s', (value) => {
    expect(() => canonicalJson({ value })).toThrow(InvariantError);
  });
});
