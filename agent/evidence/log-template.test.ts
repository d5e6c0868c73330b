import { describe, expect, it } from 'vitest';
import { templateOf } from './log-template.ts';

describe('log template', () => {
  it.each([
    ['order 4711 took 12ms', 'order <*> took <*>ms'],
    ['user 5f0c3b1e-8d1f-4a52-9c1e-0123456789ab is gone', 'user <*> is gone'],
    ['at 0xdeadbeef and a1b2c3d4e5f6', 'at <*> and <*>'],
    ['cannot read "price" of \'quote\'', 'cannot read <*> of <*>'],
    ["can't connect to 'db'", "can't connect to <*>"],
    ['GET https://shop.example/a?b=1 failed', 'GET <*> failed'],
    ['connect ECONNREFUSED 10.0.3.17:5432', 'connect ECONNREFUSED <*>'],
    ['2026-11-21T10:00:00.123Z worker 3 stopped', '<*> worker <*> stopped'],
    ['slow ids 1, 2, 3', 'slow ids <*>'],
    ['slow ids 1, 2, 3, 4, 5', 'slow ids <*>'],
    ['p95 of utf8 is high', 'p95 of utf8 is high'],
    ['connection pool exhausted', 'connection pool exhausted'],
    ['red \u001b[31malert\u0000', 'red alert'],
  ])('reads %j as %j', (line, template) => {
    expect(templateOf(line)).toBe(template);
  });

  it('gives lines that differ only in their values one template', () => {
    const lines = ['checkout of cart c-1 failed: timeout after 2000 ms', 'checkout of cart c-22 failed: timeout after 15 ms'];
    expect(new Set(lines.map(templateOf)).size).toBe(1);
  });

  it('looks at the first 2,000 characters only', () => {
    expect(templateOf('x '.repeat(5_000)).length).toBeLessThanOrEqual(2_000);
  });
});
