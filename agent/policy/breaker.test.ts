import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ago, change, now } from '../testing/policy-request.ts';
import { breakerState } from './breaker.ts';

const settings = { failures: 2, perSeconds: 3600, openSeconds: 3600 };
const failed = (seconds: number) => change({ at: ago(seconds), verified: 'not-recovered' });

it('is closed without failures', () => {
  expect(breakerState([], now, settings)).toEqual({ state: 'closed', failures: 0, openUntil: null, isTrying: false });
});

it('opens on the second failure within the window and says until when', () => {
  expect(breakerState([failed(600), failed(1200)], now, settings)).toMatchObject({ state: 'open', failures: 2, openUntil: ago(-3000) });
});

it('stays closed when the failures lie further apart than the window', () => {
  expect(breakerState([failed(10), failed(3700)], now, settings).state).toBe('closed');
});

it('counts neither recoveries nor changes nobody could judge', () => {
  expect(breakerState([change({ at: ago(10) }), change({ at: ago(20), verified: 'unproven' })], now, settings).state).toBe('closed');
});

it('is half-open when its time is over', () => {
  expect(breakerState([failed(3600), failed(4000)], now, settings)).toMatchObject({ state: 'half-open', isTrying: false });
});

it('lets only one try through while half-open', () => {
  const trying = change({ at: ago(5), finished: true, verified: null });
  expect(breakerState([trying, failed(4000), failed(4400)], now, settings)).toMatchObject({ state: 'half-open', isTrying: true });
});

it('closes when the try recovers', () => {
  expect(breakerState([change({ at: ago(60) }), failed(4000), failed(4400)], now, settings).state).toBe('closed');
});

it('opens again when the one try fails', () => {
  expect(breakerState([failed(60), failed(4000), failed(4400)], now, settings)).toMatchObject({ state: 'open', openUntil: ago(-3540) });
});

it('counts a recovery that did not last a day as a failure, from when it came back', () => {
  const cameBack = change({ at: ago(4000), againAt: ago(100) });
  expect(breakerState([cameBack], now, settings)).toMatchObject({ state: 'closed', failures: 1 });
  expect(breakerState([cameBack, failed(600)], now, settings)).toMatchObject({ state: 'open', openUntil: ago(-3500) });
  const lasted = change({ at: ago(90_000), againAt: ago(100) });
  expect(breakerState([lasted, failed(600)], now, settings)).toMatchObject({ state: 'closed', failures: 1 });
});

it('counts a failure until it is as old as the window', () => {
  expect(breakerState([failed(3599)], now, settings).failures).toBe(1);
  expect(breakerState([failed(3600)], now, settings).failures).toBe(0);
  expect(breakerState([failed(10), failed(3610)], now, settings)).toMatchObject({ state: 'closed', failures: 1 });
});

it('says of an open one that nothing is tried', () => {
  expect(breakerState([failed(600), failed(1200)], now, settings).isTrying).toBe(false);
});

it('takes what is done the moment its time is over for the one try', () => {
  expect(breakerState([change({ at: ago(400) }), failed(4000), failed(4400)], now, settings).state).toBe('closed');
});

it('has nothing on its way once the try is over, whatever came of it', () => {
  const unproven = change({ at: ago(5), verified: 'unproven' });
  expect(breakerState([unproven, failed(4000), failed(4400)], now, settings)).toMatchObject({ state: 'half-open', isTrying: false });
  const unfinished = change({ at: ago(5), finished: false, verified: 'unproven' });
  expect(breakerState([unfinished, failed(4000), failed(4400)], now, settings).isTrying).toBe(true);
});

it('begins to count anew after the try that recovered', () => {
  const changes = [failed(100), change({ at: ago(300) }), failed(3500), failed(4400)];
  expect(breakerState([failed(100), change({ at: ago(300) }), failed(4000), failed(4400)], now, settings)).toMatchObject({
    state: 'closed',
    failures: 1,
  });
  expect(breakerState(changes, now, settings).state).toBe('open');
});

it('answers the same whatever the order of the changes', () => {
  const verified = fc.constantFrom('recovered', 'not-recovered', 'harmed', 'unproven', null);
  const changes = fc.uniqueArray(fc.record({ at: fc.nat(9000), verified }), { selector: (one) => one.at, maxLength: 8 });
  fc.assert(
    fc.property(
      changes.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        const state = (of: typeof list) =>
          breakerState(
            of.map((one) => change({ at: ago(one.at), verified: one.verified })),
            now,
            settings,
          );
        expect(state(shuffled)).toEqual(state(list));
      },
    ),
  );
});
