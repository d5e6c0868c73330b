import { describe, expect, it } from 'vitest';
import { refuseSignature, signatureOf } from './signature.ts';

const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const timestamp = '1531420618';
const body = Buffer.from(
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
);
/** The example in Slack's own page about signatures. */
const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const nowMs = Number(timestamp) * 1000;

describe('a signature of Slack', () => {
  it('is the one of the example in its documentation', () => {
    expect(signatureOf(secret, timestamp, body)).toBe(signature);
    expect(refuseSignature(secret, { timestamp, signature, body }, nowMs)).toBeNull();
  });

  it.each([
    ['another secret', { signature: signatureOf('another', timestamp, body) }, 'does not fit'],
    ['another body', { body: Buffer.concat([body, Buffer.from('&')]) }, 'does not fit'],
    ['another time', { timestamp: '1531420619' }, 'does not fit'],
    ['upper case', { signature: signature.toUpperCase() }, 'does not fit'],
    ['no version', { signature: signature.slice(3) }, 'does not fit'],
    ['nothing', { signature: '' }, 'does not fit'],
    ['no header of the signature', { signature: undefined }, 'not signed'],
    ['no header of the time', { timestamp: undefined }, 'not signed'],
    ['a time that is none', { timestamp: '1531420618.5' }, 'no time'],
    ['a time in words', { timestamp: 'now' }, 'no time'],
  ])('is refused with %s', (_name, change, words) => {
    expect(refuseSignature(secret, { timestamp, signature, body, ...change }, nowMs)).toContain(words);
  });

  it.each([
    [-301, 'away from now'],
    [301, 'away from now'],
  ])('is refused when it was made %s s from now', (seconds, words) => {
    expect(refuseSignature(secret, { timestamp, signature, body }, nowMs - seconds * 1000)).toContain(words);
    expect(refuseSignature(secret, { timestamp, signature, body }, nowMs - Math.sign(seconds) * 300_000)).toBeNull();
  });
});
