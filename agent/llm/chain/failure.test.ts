import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.ts';

const error = (fields: object) => Object.assign(new Error('the prompt was: sk-abc'), fields);

describe('failureOf', () => {
  it.each([
    ['a status of OpenAI or Anthropic', { status: 401 }, 'unreachable', 'the provider refused the credentials (HTTP 401)', true],
    ['a status of AWS', { $metadata: { httpStatusCode: 429 } }, 'unreachable', 'the provider asks to slow down (HTTP 429)', true],
    ['a status in a response', { response: { status: 502 } }, 'unreachable', 'the provider failed (HTTP 502)', false],
    ['an unlisted status', { status: 422 }, 'unreachable', 'the provider refused the request (HTTP 422)', false],
    [
      'no connection, deep in the causes',
      { cause: { cause: { code: 'ECONNREFUSED' } } },
      'unreachable',
      'no connection to the provider (ECONNREFUSED)',
      true,
    ],
    ['a connection that broke', { cause: { code: 'ECONNRESET' } }, 'unreachable', 'the call failed (ECONNRESET)', false],
    ['a client that gave up', { name: 'APIConnectionTimeoutError' }, 'timeout', 'the provider’s client gave up waiting', false],
    ['an answer cut short', { name: 'LengthFinishReasonError' }, 'malformed', 'the answer was cut off at its longest', false],
    ['a filter', { name: 'ContentFilterFinishReasonError' }, 'refused', 'a filter held the answer back', false],
    ['anything else', { code: 'a code with sk-abc in it' }, 'unreachable', 'the call failed', false],
  ])('tells %s in our words', (_name, fields, result, reason, isFree) => {
    expect(failureOf(error(fields))).toEqual({ result, reason, isFree });
  });

  it('takes a call for free only where a provider turns it away before a model sees it', () => {
    const statuses = Array.from({ length: 200 }, (_, index) => 400 + index);
    expect(statuses.filter((status) => failureOf(error({ status })).isFree)).toEqual([400, 401, 403, 404, 413, 429]);
  });

  it('bears what is no error, and causes that go round', () => {
    const round: { cause?: unknown } = {};
    round.cause = round;
    for (const odd of [undefined, null, 'sk-abc', 7, round]) expect(failureOf(odd)).toMatchObject({ result: 'unreachable', isFree: false });
  });
});
