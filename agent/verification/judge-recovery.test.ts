import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRecovery } from './judge-recovery.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { Recovery, Sample, ServiceSample } from './sample.ts';
import { verificationSettingsSchema } from './settings.ts';

const settings = verificationSettingsSchema.parse({
  graceSeconds: 30,
  holdSeconds: 60,
  deadlineSeconds: 300,
  minSamples: 3,
});
const decidedAt = '2026-03-10T12:00:00.000Z';
const step = 10;

type Change = Partial<ServiceSample>;

function at(seconds: number): string {
  return new Date(Date.parse(decidedAt) + seconds * 1000).toISOString();
}
function service(name: string, change: Change = {}): ServiceSample {
  return { service: name, errorRatio: 0.001, latencyP95: 0.05, requestRate: 10, reporting: 3, desired: 3, running: 3, ...change };
}
function neighbour(change: Change = {}): ServiceSample {
  // Only services in focus carry capacity.
  return { ...service('cart', { desired: null, running: null }), ...change };
}

const ill = { errorRatio: 0.4, latencyP95: 0.3 };
const before = [service('storefront', ill), service('catalog', ill), neighbour()];

interface Seen {
  storefront?: Change;
  catalog?: Change;
  cart?: Change;
  alarms?: Sample['alarms'];
}

/** One sample each step until `until`; `change` says how a service looks at a time. */
function run(until: number, look: (seconds: number) => Seen, over: Partial<RecoveryInput> = {}): Recovery {
  const samples: Sample[] = [];
  for (let seconds = step; seconds <= until; seconds += step) {
    const { storefront, catalog, cart, alarms } = look(seconds);
    samples.push({
      at: at(seconds),
      services: [service('storefront', storefront), service('catalog', catalog), neighbour(cart)],
      alarms: alarms === undefined ? [] : alarms,
    });
  }
  return judge(samples, until, over);
}
function judge(samples: Sample[], until: number, over: Partial<RecoveryInput> = {}): Recovery {
  const input: RecoveryInput = {
    step: 'execute',
    desiredAfter: null,
    service: 'storefront',
    target: 'catalog',
    before,
    neighbours: ['cart'],
    callees: [],
    samples,
    decidedAt,
    now: at(until),
    ...over,
  };
  const { result, reasons } = judgeRecovery(input, settings);
  expect(reasons.length).toBeGreaterThan(0);
  return result;
}

const good = () => ({});

it('waits while the good looks have not lasted for the hold', () => {
  expect(run(60, good)).toBe('pending');
});

it('calls it recovered once every look was good for the whole hold', () => {
  expect(run(70, good)).toBe('recovered');
});

it('starts to count anew after one bad look', () => {
  const blip = (seconds: number) => (seconds === 40 ? { catalog: { errorRatio: 0.2 } } : {});
  expect(run(70, blip)).toBe('pending');
  expect(run(110, blip)).toBe('recovered');
});

it('needs enough looks, however far apart they are', () => {
  const two = [10, 90].map((seconds) => ({
    at: at(seconds),
    services: [service('storefront'), service('catalog'), neighbour()],
    alarms: [],
  }));
  expect(judge(two, 90)).toBe('pending');
});

it.each<[string, Seen]>([
  ['the alerting service still fails', { storefront: { errorRatio: 0.06 } }],
  ['the alerting service is still slow', { storefront: { latencyP95: 0.6 } }],
  ['the changed service still fails', { catalog: { errorRatio: 0.06 } }],
  ['traffic has gone', { storefront: { requestRate: 4.9 } }],
  ['no task reports', { catalog: { reporting: 0 } }],
  ['a task is missing', { catalog: { running: 2 } }],
  ['the desired count is zero', { catalog: { desired: 0, running: 0 } }],
  ['the desired count was lowered', { catalog: { desired: 2, running: 2 } }],
  ['a neighbour is newly degraded', { cart: { errorRatio: 0.08 } }],
])('does not call it recovered when %s', (_, change) => {
  expect(run(290, () => change)).not.toBe('recovered');
});

it('accepts a neighbour that is no worse than it was before', () => {
  const was = [before[0], before[1], neighbour({ errorRatio: 0.2 })].filter((one) => one !== undefined);
  expect(run(70, () => ({ cart: { errorRatio: 0.2 } }), { before: was })).toBe('recovered');
});

it('takes the desired count that the change means to leave for the capacity to keep, and no less', () => {
  const four = { catalog: { desired: 4, running: 4, reporting: 4 } };
  const two = { catalog: { desired: 2, running: 2, reporting: 2 } };
  expect(run(70, () => four, { desiredAfter: 4 })).toBe('recovered');
  expect(run(70, () => two, { desiredAfter: 2 })).toBe('recovered');
  expect(run(110, () => two, { desiredAfter: 4 })).toBe('harmed');
  expect(run(110, () => ({ catalog: { desired: 1, running: 1, reporting: 1 } }), { desiredAfter: 2 })).toBe('harmed');
});

it('does not call it recovered when the service that raised the alert lost tasks, whatever was planned for another', () => {
  const lowered = () => ({ storefront: { desired: 2, running: 2, reporting: 2 } });
  expect(run(290, lowered, { desiredAfter: 2 })).not.toBe('recovered');
});

it('calls it not recovered at the deadline when the signal is still bad', () => {
  expect(run(290, () => ({ catalog: ill }))).toBe('pending');
  expect(run(300, () => ({ catalog: ill }))).toBe('not-recovered');
});

it('calls it unproven at the deadline when data was missing', () => {
  expect(run(300, (seconds) => (seconds > 250 ? { catalog: { errorRatio: null } } : { catalog: ill }))).toBe('unproven');
});

it('calls it unproven when there was no look at all for twice the time', () => {
  expect(judge([], 300)).toBe('pending');
  expect(judge([], 590)).toBe('pending');
  expect(judge([], 600)).toBe('unproven');
});

it('gives who hardly came to look as long again', () => {
  const looked = (every: number, until: number, catalog: Change) =>
    judge(
      Array.from({ length: Math.floor(until / every) }, (_, index) => ({
        at: at((index + 1) * every),
        services: [service('storefront'), service('catalog', catalog), neighbour()],
        alarms: [],
      })),
      until,
    );
  expect(looked(20, 300, ill)).toBe('not-recovered');
  expect(looked(40, 300, ill)).toBe('pending');
  expect(looked(40, 600, ill)).toBe('not-recovered');
  expect(looked(120, 300, { errorRatio: 0.9 })).toBe('pending');
  expect(looked(120, 360, { errorRatio: 0.9 })).toBe('harmed');
});

it('lets a good run finish that is under way at the deadline', () => {
  const late = (seconds: number) => (seconds < 270 ? { catalog: ill } : {});
  expect(run(300, late)).toBe('pending');
  expect(run(330, late)).toBe('recovered');
});

it('ends an endless change between good and bad as unproven, never as recovered', () => {
  expect(run(360, (seconds) => (seconds % 40 === 0 ? { catalog: ill } : {}))).not.toMatch(/^(recovered|pending)$/);
});

it.each<[string, Seen]>([
  ['capacity was lowered', { catalog: { desired: 2, running: 2 } }],
  ['a task stays away after the grace time', { catalog: { running: 2 } }],
  ['a neighbour that was fine fails', { cart: { errorRatio: 0.3 } }],
  ['the changed service fails far more than before', { catalog: { errorRatio: 0.9 } }],
  ['no task reports any more', { catalog: { reporting: 0 } }],
])('calls it harmed when %s and it stays so', (_, change) => {
  expect(run(110, () => change)).toBe('harmed');
});

it('does not call it recovered while a running task does not report: nobody knows how it does', () => {
  expect(run(70, () => ({ catalog: { running: 3, desired: 3, reporting: 2 } }))).toBe('pending');
  expect(run(70, () => ({ catalog: { running: 3, desired: 3, reporting: 3 } }))).toBe('recovered');
});

it('does not call it recovered when the traffic before the change is not known', () => {
  const unmeasured = before.map((one) => (one.service === 'catalog' ? { ...one, requestRate: null } : one));
  expect(run(70, good, { before: unmeasured })).toBe('pending');
  expect(run(400, good, { before: unmeasured })).toBe('unproven');
  expect(run(70, good, { before: unmeasured, step: null })).toBe('recovered');
});

it('does not call it recovered when a neighbour has lost its traffic', () => {
  expect(run(70, () => ({ cart: { requestRate: 0.01 } }))).toBe('pending');
});

it('lays nothing at the door of the change while a service the target calls is in trouble of its own', () => {
  const slow = { catalog: { latencyP95: 2 }, cart: { latencyP95: 2 } };
  expect(run(110, () => slow)).toBe('harmed');
  expect(run(110, () => slow, { callees: ['cart'] })).toBe('pending');
  expect(run(400, () => slow, { callees: ['cart'] })).toBe('unproven');
});

it('still calls lost capacity harmed when a callee is in trouble as well', () => {
  const lost = { catalog: { running: 0, desired: 0 }, cart: { latencyP95: 2 } };
  expect(run(110, () => lost, { callees: ['cart'] })).toBe('harmed');
});

it('does not call it harmed what passes within the grace time or in a few looks', () => {
  expect(run(50, () => ({ catalog: { running: 2 } }))).toBe('pending');
  expect(run(120, (seconds) => ({ catalog: seconds % 30 === 0 ? ill : { errorRatio: 0.9 } }))).toBe('pending');
});

it('does not take the growth of a fault for harm while the change takes hold', () => {
  expect(run(80, () => ({ catalog: { errorRatio: 0.9 } }))).toBe('pending');
});

it('calls nothing harmed when nothing was changed, and looks again once it is plainly bad', () => {
  const bad = () => ({ catalog: { errorRatio: 0.9, reporting: 0 } });
  expect(run(80, bad, { step: null })).toBe('pending');
  expect(run(90, bad, { step: null })).toBe('not-recovered');
});

it('ignores looks from before the decision', () => {
  const early = [-90, -60, -30, -10].map((seconds) => ({
    at: at(seconds),
    services: [service('storefront'), service('catalog'), neighbour()],
    alarms: [],
  }));
  expect(judge(early, 10)).toBe('pending');
});

const fields = ['errorRatio', 'latencyP95', 'requestRate', 'reporting', 'desired', 'running'] as const;

it('never calls it recovered with a gap in the hold', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('storefront', 'catalog'),
      fc.constantFrom(...fields),
      fc.integer({ min: 1, max: 7 }),
      (name, field, index) => {
        expect(run(70, (seconds) => (seconds === index * step ? { [name]: { [field]: null } } : {}))).not.toBe('recovered');
      },
    ),
  );
});

it('never calls it recovered from nothing, or when scaled to zero', () => {
  const seconds = fc.integer({ min: 1, max: 100 }).map((steps) => steps * step);
  const over = fc.record({
    step: fc.constantFrom('execute' as const, 'undo' as const, null),
    desiredAfter: fc.constantFrom(null, 0, 1, 5),
  });
  fc.assert(
    fc.property(seconds, over, (until, over) => {
      expect(judge([], until, over)).not.toBe('recovered');
      expect(run(until, () => ({ catalog: { desired: 0, running: 0, reporting: 0 } }), over)).not.toBe('recovered');
      expect(run(until, () => ({ catalog: { desired: 0, running: 0 } }), over)).not.toBe('recovered');
    }),
  );
});

const alarm = { service: 'cart', name: 'HighLatency', startedAt: at(20) };

it('does not call it recovered while an alarm of a neighbour stands that began after the change, though all signals are good', () => {
  expect(run(290, () => ({ alarms: [alarm] }))).toBe('pending');
  expect(run(400, () => ({ alarms: [alarm] }))).toBe('unproven');
});

it('holds from the moment the last such alarm resolved', () => {
  const until60 = (seconds: number) => ({ alarms: seconds <= 60 ? [alarm] : [] });
  expect(run(120, until60)).toBe('pending');
  expect(run(130, until60)).toBe('recovered');
});

it('does not call it recovered when nobody could say whether other alerts began', () => {
  expect(run(70, (seconds) => ({ alarms: seconds === 40 ? null : [] }))).toBe('pending');
  expect(run(400, () => ({ alarms: null }))).toBe('unproven');
});

it('lets an alarm hide no harm, and call nothing harmed by itself', () => {
  expect(run(110, () => ({ cart: { errorRatio: 0.3 }, alarms: [alarm] }))).toBe('harmed');
  expect(run(200, () => ({ alarms: [alarm] }))).toBe('pending');
});

describe('with a load balancer', () => {
  const balanced = before.map((one) => (one.service === 'catalog' ? { ...one, targets: { groups: 1, healthy: 1 } } : one));
  const seen = (healthy: number) => ({ catalog: { targets: { groups: 1, healthy } } });

  it('wants a healthy target for each task', () => {
    expect(run(70, () => seen(2), { before: balanced })).toBe('pending');
    expect(run(300, () => seen(2), { before: balanced })).toBe('not-recovered');
    expect(run(70, () => seen(3), { before: balanced })).toBe('recovered');
  });

  it('does not take a load balancer that fell silent for health', () => {
    expect(run(70, good, { before: balanced })).toBe('pending');
    expect(run(400, good, { before: balanced })).toBe('unproven');
  });
});

describe('after an undo', () => {
  it('looks again once it is plainly as bad as before, and takes harm that stays for harm', () => {
    const undo = { step: 'undo' } as const;
    expect(run(140, () => ({ catalog: ill }), undo)).toBe('pending');
    expect(run(150, () => ({ catalog: ill }), undo)).toBe('not-recovered');
    expect(run(150, () => ({ catalog: { errorRatio: 0.9 } }), undo)).toBe('harmed');
  });
});
