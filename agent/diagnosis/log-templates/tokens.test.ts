import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokensOf } from './tokens.ts';

/** Any code units, halves of characters among them. */
const anything = fc.array(fc.nat({ max: 0xffff }), { maxLength: 80 }).map((codes) => String.fromCharCode(...codes));

const read = (message: string) => tokensOf(message).texts.join(' ');

describe('tokens of a message', () => {
  it.each([
    ['order 4711 took 12ms', 'order <*> took <*>'],
    ['order 4711 took 12 ms of 1.5 s', 'order <*> took <*> of <*>'],
    ['lifetime <1 sec', 'lifetime <*>'],
    ['lifetime 00:01', 'lifetime <*>'],
    ['user 5f0c3b1e-8d1f-4a52-9c1e-0123456789ab is gone', 'user <*> is gone'],
    ['at 0xdeadbeef and deadbeef', 'at <*> and <*>'],
    ['connect ECONNREFUSED 10.0.3.17:5432', 'connect ECONNREFUSED <*>'],
    ['peer [2001:db8::1]:443 left', 'peer [ <*> ] : <*> left'],
    ['lease of ae:84:5f:d1:02:bc ended', 'lease of <*> ended'],
    ['lease of bd:dd:ac:0e:04:a6 ended', 'lease of <*> ended'],
    ['GET https://shop.example/a?b=1&c=x failed', 'GET <*> failed'],
    ['cannot open /var/lib/app/data.bin: denied', 'cannot open <*> : denied'],
    ['cannot open C:\\Temp\\x.txt', 'cannot open <*>'],
    ['mail to ann@example.org bounced', 'mail to <*> bounced'],
    ['lost db.internal.example for good', 'lost <*> for good'],
    ['db.internal.example is lost', 'db.internal.example is lost'],
    ['java.net.SocketException: reset', 'java.net.SocketException : reset'],
    ['os.signal.TERM_NOW came', 'os.signal.TERM_NOW came'],
    ['2026-11-21T10:00:00.123Z worker 3 stopped', '<*> worker <*> stopped'],
    ['2026-11-21 10:00:00,123 worker stopped', '<*> worker stopped'],
    ['since Sat Nov 21 10:00:00 2026 idle', 'since <*> idle'],
    ['since Sat, 21 Nov 2026 idle', 'since <*> idle'],
    ['slow ids 1, 2, 3', 'slow ids <*>'],
    ['slow ids 1,2', 'slow ids <*>'],
    ['fans { 3552 **** 3375 }', 'fans { <*> }'],
    ['sent 1190 bytes (1.2 KB) to 10.0.0.9 ()', 'sent <*> bytes to <*>'],
    ['sent 1190 bytes to 10.0.0.9', 'sent <*> bytes to <*>'],
    ['took 5 ms (5, till)', 'took <*> ( <*> , till )'],
    ['lights(1) on', 'lights ( <*> ) on'],
    ['a ) b', 'a ) b'],
    [') (', ') ('],
    ['() went', '( ) went'],
    ['init() done', 'init ( ) done'],
    ['store operation.......0', 'store operation . <*>'],
    ['store operation.0', 'store operation . <*>'],
    ['is open:false, size=7', 'is open : false , size = <*>'],
    ['cannot read "price" of \'quote\'', 'cannot read " <*> " of \' <*> \''],
    ["can't connect to 'db'", "can't connect to ' <*> '"],
    ['"GET /v2/things?x=1 HTTP/1.1" 200', '" GET <*> HTTP/1.1 " <*>'],
    ['said "the pool is exhausted"', 'said " the pool is exhausted "'],
    ['p95 over ipv6 with sha256', 'p95 over ipv6 with sha256'],
    ['red \u001b[31malert\u001b[0m\u0000', 'red alert'],
    ['\ufeffgrüße 世界 5', 'grüße 世界 <*>'],
    ['', ''],
    [' \t ', ''],
    [`token ${'Qx'.repeat(40)}`, 'token <*>'],
  ])('reads %j as %j', (message, expected) => {
    expect(read(message)).toBe(expected);
  });

  it('reads a bounded part of a line and says that there was more', () => {
    const { texts } = tokensOf('lorem ipsum '.repeat(6_000));
    expect(texts.length).toBeLessThanOrEqual(257);
    expect(texts.at(-1)).toBe('<*>');
    expect(read(`${'a, '.repeat(10)}${'b'.repeat(70_000)}`).endsWith('<*>')).toBe(true);
  });

  it('needs time in proportion to the line, whatever is in it', () => {
    // Counted in characters read, not in seconds: a stopwatch in a test measures the machine.
    for (const piece of ['-.', '"a ', 'a:', '(', '\u001b[', '/', "a'", ' "', '...:', '\ud83d']) {
      let read = 0;
      const line = piece.repeat(Math.ceil(4_096 / piece.length));
      const counted = new Proxy(new String(line), {
        get: (target, name) => {
          const value = Reflect.get(target, name, target);
          if (name === 'charCodeAt' || name === 'charAt') read += 1;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      tokensOf(counted as string);
      expect(read, JSON.stringify(piece)).toBeLessThan(600 * 4_096);
    }
  });

  it('never fails and never answers blanks within a token', () => {
    fc.assert(
      fc.property(anything, (message) => {
        const { texts, spaced } = tokensOf(message);
        expect(spaced.length).toBe(texts.length);
        expect(texts.filter((text) => text === '' || /[ \t\n]/.test(text))).toEqual([]);
      }),
    );
  });

  it('sees the same words however values are spelt', () => {
    const number = fc.oneof(fc.integer().map(String), fc.double({ noNaN: true }).map(String), fc.uuid(), fc.ipV4());
    fc.assert(
      fc.property(number, number, (one, other) => {
        const message = (value: string) => `cart of customer ${value} was closed`;
        expect(read(message(one))).toBe(read(message(other)));
      }),
    );
  });
});
