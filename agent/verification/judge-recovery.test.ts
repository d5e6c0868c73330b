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
    shareOfCapacity: 0,
    needsProof: true,
    isAlertOver: false,
    standing: [],
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
  expect(run(300, () => two, { desiredAfter: 4 })).toBe('unproven');
  expect(run(300, () => ({ catalog: { desired: 1, running: 1, reporting: 1 } }), { desiredAfter: 2 })).toBe('unproven');
});

describe('a desired count that fell, which no plan of ours meant', () => {
  const scaledIn = { catalog: { desired: 2, running: 2, reporting: 2 } };

  it('is no harm of the change while the signals are good, and proves nothing', () => {
    const later = (seconds: number) => (seconds > 40 ? scaledIn : {});
    expect(run(290, later)).toBe('pending');
    expect(run(400, later)).toBe('unproven');
  });

  it('counts for nothing once it is as before', () => {
    expect(run(120, (seconds) => (seconds <= 50 ? scaledIn : {}))).toBe('recovered');
  });

  it('to zero is no harm either: nothing is meant to run', () => {
    const none = { desired: 0, running: 0, reporting: 0, requestRate: 0, targets: { groups: 1, healthy: 0 } };
    expect(run(400, () => ({ catalog: none }))).toBe('unproven');
  });

  it('hides no harm', () => {
    expect(run(110, () => ({ catalog: { ...scaledIn.catalog, errorRatio: 0.9 } }))).toBe('harmed');
    expect(run(110, () => ({ catalog: { desired: 2, running: 1, reporting: 1 } }))).toBe('harmed');
    expect(run(300, () => ({ catalog: { ...scaledIn.catalog, ...ill } }))).toBe('not-recovered');
  });
});

describe('tasks that are away while the deployment of the change goes on', () => {
  const goesOn = { rollout: 'under-way', running: 1, reporting: 1 } as const;
  const third = { shareOfCapacity: 2 / 3 };

  it('are no harm as long as they are no more than policy allowed the change to take', () => {
    const slow = (seconds: number) => (seconds < 220 ? { catalog: goesOn } : {});
    expect(run(210, slow, third)).toBe('pending');
    expect(run(290, slow, third)).toBe('recovered');
  });

  it('prove nothing while it does not end, and are no reason to undo it half-way', () => {
    expect(run(400, () => ({ catalog: goesOn }), third)).toBe('unproven');
  });

  it.each<[string, Change, number]>([
    ['more are away than it may take', goesOn, 1 / 3],
    ['it may take none', goesOn, 0],
    ['tasks of it could not start', { ...goesOn, rollout: 'failing' }, 2 / 3],
    ['it is over', { ...goesOn, rollout: 'none' }, 2 / 3],
    ['nobody knows of a deployment', { running: 1, reporting: 1 }, 2 / 3],
    ['it makes things worse', { ...goesOn, errorRatio: 0.9 }, 2 / 3],
    ['none reports any more', { ...goesOn, running: 1, reporting: 0 }, 2 / 3],
  ])('are harm when %s', (_, catalog, shareOfCapacity) => {
    expect(run(110, () => ({ catalog }), { shareOfCapacity })).toBe('harmed');
  });

  it('of a service that was not changed are missed', () => {
    expect(run(300, () => ({ storefront: goesOn }), third)).toBe('not-recovered');
  });
});

describe('traffic', () => {
  it('that is less than before is not known to be bad: clients that retried ask less of a service that is well', () => {
    const less = () => ({ catalog: { requestRate: 3 }, storefront: { requestRate: 3 } });
    expect(run(290, less)).toBe('pending');
    expect(run(400, less)).toBe('unproven');
  });

  it('that has stopped altogether is bad', () => {
    expect(run(300, () => ({ storefront: { requestRate: 0 } }))).toBe('not-recovered');
  });

  it('that is less hides nothing that is bad', () => {
    expect(run(300, () => ({ catalog: { requestRate: 3, ...ill } }))).toBe('not-recovered');
    expect(run(110, () => ({ catalog: { requestRate: 3, errorRatio: 0.9 } }))).toBe('harmed');
  });
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

it.each<[string, Change, Change]>([
  ['has lost its traffic', { requestRate: 0.01 }, {}],
  ['of little traffic has lost it all', { requestRate: 0 }, { requestRate: 0.2 }],
  ['has no traffic data any more', { requestRate: null }, {}],
  ['does not report any more', { reporting: 0 }, {}],
  ['is not known to report any more', { reporting: null }, {}],
  ['has no error ratio any more', { errorRatio: null }, {}],
  ['has no latency any more', { latencyP95: null }, {}],
])('does not call it recovered, nor undoes it, when a neighbour %s', (_, cart, was) => {
  const known = [...before.slice(0, 2), neighbour(was)];
  expect(run(70, () => ({ cart }), { before: known })).toBe('pending');
  expect(run(400, () => ({ cart }), { before: known })).toBe('unproven');
});

it.each<[string, Change]>([
  ['traffic', { requestRate: null }],
  ['tasks', { reporting: null }],
])('expects nothing of a neighbour whose %s nobody measured before', (_, unmeasured) => {
  const known = [...before.slice(0, 2), neighbour(unmeasured)];
  expect(run(70, () => ({ cart: unmeasured }), { before: known })).toBe('recovered');
});

describe('a service the target calls', () => {
  const slow = { catalog: { latencyP95: 2 }, cart: { latencyP95: 2 } };
  const called = { callees: ['cart'] };

  it('in trouble of its own keeps anything from being laid at the door of the change', () => {
    expect(run(110, () => slow)).toBe('harmed');
    expect(run(110, () => slow, called)).toBe('pending');
    expect(run(400, () => slow, called)).toBe('unproven');
  });

  it('that more tasks call since the change was overrun by it', () => {
    const more = { desired: 5, running: 5, reporting: 5 };
    expect(run(110, () => ({ ...slow, catalog: { ...more, latencyP95: 2 } }), { ...called, desiredAfter: 5 })).toBe('harmed');
    expect(run(110, () => ({ catalog: more, cart: slow.cart }), { ...called, desiredAfter: 5 })).toBe('harmed');
  });

  it('that gets more requests than before was overrun by the change', () => {
    expect(run(110, () => ({ ...slow, cart: { latencyP95: 2, requestRate: 20 } }), called)).toBe('harmed');
    expect(run(110, () => ({ ...slow, cart: { latencyP95: 2, requestRate: null } }), called)).toBe('harmed');
  });

  it('a hair above its limit explains nothing', () => {
    const before = [service('storefront', ill), service('catalog', ill), neighbour({ latencyP95: 0.49 })];
    const hair = () => ({ catalog: { errorRatio: 1 }, cart: { latencyP95: 0.51 } });
    expect(run(110, hair, { ...called, before })).toBe('harmed');
    expect(run(300, () => ({ catalog: ill, cart: { latencyP95: 0.51 } }), { ...called, before })).toBe('not-recovered');
  });

  it('that was in trouble before explains nothing that came with the change', () => {
    const before = [service('storefront', ill), service('catalog', ill), neighbour({ latencyP95: 2 })];
    expect(run(110, () => ({ catalog: { errorRatio: 1 }, cart: { latencyP95: 4 } }), { ...called, before })).toBe('harmed');
  });

  it('in trouble hides no lost capacity, and no task that does not report', () => {
    expect(run(110, () => ({ ...slow, catalog: { running: 0 } }), called)).toBe('harmed');
    expect(run(300, () => ({ ...slow, catalog: { latencyP95: 2, reporting: 2 } }), called)).toBe('not-recovered');
  });
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

describe('proof', () => {
  const quote = { part: 'route POST /quote', signal: 'errorRatio', wellUpTo: 0.05 } as const;
  const was = (catalog: Change, storefront: Change = {}, cart: Change = {}) => ({
    before: [service('storefront', storefront), service('catalog', catalog), neighbour(cart)],
  });
  const fine = was({ errorRatio: 0.03 });
  const route = (value: number | null) => ({ symptoms: [{ ...quote, value }] });
  const failing = was(route(1));

  it('is what was bad and is good: without it nothing is called recovered', () => {
    expect(run(290, good, fine)).toBe('pending');
    expect(run(400, good, fine)).toBe('unproven');
  });

  it('may be the alert that is over where nothing that is measured was bad, but never alone', () => {
    expect(run(70, good, { ...fine, isAlertOver: true })).toBe('recovered');
    expect(run(300, () => ({ catalog: { errorRatio: 0.06 } }), { ...fine, isAlertOver: true })).toBe('not-recovered');
    expect(run(400, () => ({ catalog: { errorRatio: null } }), { ...fine, isAlertOver: true })).toBe('unproven');
    expect(run(400, () => ({ catalog: route(null) }), { ...failing, isAlertOver: true })).toBe('unproven');
  });

  it('is asked of nobody who only watches', () => {
    expect(run(70, good, { ...fine, step: null, needsProof: false })).toBe('recovered');
  });

  it.each<[string, Partial<RecoveryInput>]>([
    ['slow', was({ latencyP95: 0.6 })],
    ['without one of its tasks', was({ running: 2 })],
    ['with a task that did not report', was({ reporting: 2 })],
    ['with an unhealthy target', was({ targets: { groups: 1, healthy: 2 } })],
    ['failing where its caller alerts', was({}, { errorRatio: 0.2 })],
    ['felt by a caller', was({}, {}, { errorRatio: 0.2 })],
  ])('is a service that was %s and is well', (_, over) => {
    expect(run(70, () => ({ catalog: { targets: { groups: 1, healthy: 3 } } }), over)).toBe('recovered');
  });

  it('is no neighbour that is called, or that is no better', () => {
    expect(run(400, good, { ...was({}, {}, { errorRatio: 0.2 }), callees: ['cart'] })).toBe('unproven');
    expect(run(400, () => ({ cart: { errorRatio: 0.2 } }), was({}, {}, { errorRatio: 0.2 }))).toBe('unproven');
  });

  it('is no task that a deployment was about to start', () => {
    expect(run(400, good, was({ running: 2, rollout: 'under-way' }))).toBe('unproven');
    expect(run(70, good, was({ running: 2, rollout: 'failing' }))).toBe('recovered');
  });

  it('is a route that failed and does not any more', () => {
    expect(run(70, () => ({ catalog: route(0) }), failing)).toBe('recovered');
    expect(run(70, (seconds) => ({ catalog: route(seconds === 40 ? 1 : 0) }), failing)).toBe('pending');
  });

  it.each<[string, Recovery, number | null]>([
    ['fails as before', 'not-recovered', 1],
    ['fails still, though less', 'unproven', 0.2],
    ['nobody measures any more', 'unproven', null],
  ])('is not given while a route %s: %s', (_, result, value) => {
    expect(run(400, () => ({ catalog: route(value) }), failing)).toBe(result);
    expect(run(400, () => ({ catalog: route(value) }), { ...failing, step: null, needsProof: false })).toBe(result);
  });

  it('is missed of no look at a route that was ill, even when the service as a whole was ill and is well', () => {
    expect(run(400, good, was({ ...ill, ...route(1) }))).toBe('unproven');
  });

  it('is no route that came with the trouble and is gone with it; nor is it held against what is proven', () => {
    const added = { symptoms: [{ ...quote, value: 1, isNew: true as const }] };
    expect(run(400, good, was(added))).toBe('unproven');
    expect(run(70, good, was({ ...ill, ...added }))).toBe('recovered');
    expect(run(300, () => ({ catalog: route(1) }), was(added))).toBe('not-recovered');
  });

  it('is not given while requests still pile up, which is no reason to undo anything', () => {
    const piled = (value: number) => ({ symptoms: [{ part: 'tasks', signal: 'inFlight' as const, wellUpTo: 5, value }] });
    expect(run(400, () => ({ catalog: piled(40) }), was(piled(40)))).toBe('unproven');
    expect(run(70, () => ({ catalog: piled(2) }), was(piled(40)))).toBe('recovered');
  });
});

describe('an alert that was told after the change', () => {
  const standing = [{ service: 'catalog', name: 'OrdersLost', startedAt: at(5) }];

  it('keeps it from being called recovered while it stands, and delays nothing once it is over', () => {
    expect(run(290, good, { standing })).toBe('pending');
    expect(run(400, good, { standing })).toBe('unproven');
    expect(run(70, good)).toBe('recovered');
  });

  it('keeps it so when nobody could say whether there is one', () => {
    expect(run(400, good, { standing: null })).toBe('unproven');
  });

  it('hides no harm', () => {
    expect(run(110, () => ({ catalog: { errorRatio: 0.9 } }), { standing })).toBe('harmed');
    expect(run(300, () => ({ catalog: ill }), { standing })).toBe('not-recovered');
  });
});
