import { describe, expect, it } from 'vitest';
import { readMessage } from './message.ts';

describe('message of a line', () => {
  it.each([
    ['plain words', { text: 'plain words', keys: '' }],
    ['{"level":30,"msg":"cart closed","cart":7}', { text: 'cart closed', keys: '{cart,level,msg}' }],
    ['  {"message":"a","msg":"b"}', { text: 'a', keys: '{message,msg}' }],
    ['{"err":{"message":"no route","stack":"…"}}', { text: 'no route', keys: '{err}' }],
    ['{"msg":"","event":"tick"}', { text: 'tick', keys: '{event,msg}' }],
    ['{"msg":"a","shop-17":1,"shop-18":2}', { text: 'a', keys: '{<*>,msg}' }],
    ['{"a":1}', { text: '{"a":1}', keys: '' }],
    ['{"msg":', { text: '{"msg":', keys: '' }],
    ['{broken}', { text: '{broken}', keys: '' }],
    ['{"__proto__":{"message":"x"}}', { text: '{"__proto__":{"message":"x"}}', keys: '' }],
    ['[1]', { text: '[1]', keys: '' }],
    ['', { text: '', keys: '' }],
    ['\n\n', { text: '', keys: '' }],
    ['boom\n  at a (b.js:1)\n  at c', { text: 'boom', keys: '' }],
    ['boom\n  at a\nCaused by: no route\n  at b', { text: 'boom … Caused by: no route', keys: '' }],
    [
      'Traceback (most recent call last):\n  File "a.py"\nKeyError: price\n',
      { text: 'Traceback (most recent call last): … KeyError: price', keys: '' },
    ],
    ['{"msg":"boom\\n  at a"}', { text: 'boom', keys: '{msg}' }],
  ])('reads %j', (line, expected) => {
    expect(readMessage(line)).toEqual(expected);
  });

  it('does not parse what is longer than a log line may be', () => {
    const line = `{"msg":"${'a'.repeat(70_000)}"}`;
    expect(readMessage(line)).toEqual({ text: line, keys: '' });
  });
});
