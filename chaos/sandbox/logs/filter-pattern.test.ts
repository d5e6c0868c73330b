import { describe, expect, it } from 'vitest';
import { filterPattern } from './filter-pattern.ts';

const events = [
  'ERROR could not reach database',
  'ERROR bad request',
  'WARN slow database',
  'request served in 12 ms',
  '{"level":"error","ms":812,"route":"/quote","ok":false,"peer":{"name":"database"},"tags":["a","b"],"cause":null}',
  '{"level":"info","ms":12,"route":"/products/1","ok":true,"peer":{"name":"cart"}}',
];

function matching(pattern: string | undefined): number[] {
  const matches = filterPattern(pattern);
  return events.flatMap((event, index) => (matches(event) ? [index] : []));
}

describe('filterPattern', () => {
  it.each<[string | undefined, number[]]>([
    [undefined, [0, 1, 2, 3, 4, 5]],
    ['  ', [0, 1, 2, 3, 4, 5]],
    ['ERROR', [0, 1]],
    ['error', [4]],
    ['ERROR database', [0]],
    ['"bad request"', [1]],
    ['"\\"level\\":\\"info\\""', [5]],
    ['?WARN ?ERROR', [0, 1, 2]],
    ['?"bad request" ?slow', [1, 2]],
    ['database -ERROR', [2, 4]],
    ['-database -level', [1, 3]],
    ['{ $.level = "error" }', [4]],
    ['{$.level=error}', [4]],
    ['{ $.level != "error" }', [5]],
    ['{ $.ms > 500 }', [4]],
    ['{ $.ms <= 12 }', [5]],
    ['{ $.ms = 12 }', [5]],
    ['{ $.route = "/products/*" }', [5]],
    ['{ $.route = *quote }', [4]],
    ['{ $.peer.name = "database" && $.ms >= 812 }', [4]],
    ['{ $.level = "info" || ($.ms > 800 && $.ok IS FALSE) }', [4, 5]],
    ['{ ($.level = "info" || $.ms > 800) && $.ok IS TRUE }', [5]],
    ['{ $.tags[1] = "b" }', [4]],
    ['{ $.cause IS NULL }', [4]],
    ['{ $.cause NOT EXISTS }', [5]],
    // A selector that finds nothing matches neither = nor !=.
    ['{ $.absent != "x" }', []],
  ])('%s matches events %j', (pattern, expected) => {
    expect(matching(pattern)).toEqual(expected);
  });

  it.each([
    '[ip, user, status=5*]',
    '%ERR.R%',
    'foo:bar',
    '?WARN ERROR',
    '"never closed',
    '""',
    '-',
    '{ $.level = "error"',
    '{ $.level = }',
    '{ level = "error" }',
    '{ $.level = "error" && }',
    '{ ($.level = "error" }',
    '{ $.ms > "many" }',
    '{ $.level = %err% }',
    '{ $.level IS MISSING }',
    '{ $.level = "a" $.ms = 1 }',
    'x'.repeat(1025),
  ])('refuses %s instead of matching everything', (pattern) => {
    expect(() => filterPattern(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }));
  });
});
