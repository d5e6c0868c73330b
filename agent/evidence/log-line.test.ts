import { describe, expect, it } from 'vitest';
import { readLine } from './log-line.ts';

describe('log line', () => {
  it.each([
    ['{"level":40,"msg":"slow"}', { level: 'warn', text: 'slow' }],
    [
      '{"level":50,"msg":"quote failed","err":{"type":"TypeError","message":"price is undefined","stack":"at x"}}',
      { level: 'error', text: 'quote failed: TypeError: price is undefined' },
    ],
    ['{"level":"error","message":"boom","error":"boom"}', { level: 'error', text: 'boom' }],
    ['{"severity":"CRITICAL","message":"disk"}', { level: 'fatal', text: 'disk' }],
    ['{"level":60,"code":7}', { level: 'fatal', text: '{"level":60,"code":7}' }],
    ['{"msg":"request failed with an error"}', { level: 'error', text: 'request failed with an error' }],
    ['TypeError: x is not a function', { level: 'error', text: 'TypeError: x is not a function' }],
    ['2026-11-21 WARN pool is nearly empty', { level: 'warn', text: '2026-11-21 WARN pool is nearly empty' }],
    ['level=fatal msg=gone', { level: 'fatal', text: 'level=fatal msg=gone' }],
    ['{"level":50,"msg":"cut', undefined],
    ['{"level":30,"msg":"an error was handled"}', undefined],
    ['2026-11-21 INFO error handler is ready', undefined],
    ['level=info msg="no error"', undefined],
    ['GET / 200', undefined],
    ['', undefined],
  ])('reads %s', (message, line) => {
    expect(readLine(message)).toEqual(line);
  });

  it('takes no level from what every object inherits', () => {
    expect(readLine('{"level":"constructor","msg":"hi"}')).toBeUndefined();
    expect(readLine('{"level":"__proto__","msg":"hi"}')).toBeUndefined();
  });

  it('survives a deeply nested and an oversized line', () => {
    expect(readLine(`{"level":50,"msg":"deep","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toEqual({ level: 'error', text: 'deep' });
    expect(readLine(`{"level":50,"msg":"ERROR ${'x'.repeat(100_000)}"}`)?.text.length).toBe(2_000);
  });
});
