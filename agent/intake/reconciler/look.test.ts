import { beforeEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../domain/errors.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import type { FiringSeries } from '../firing-alerts.ts';
import type { KnownAlert, Matcher, RememberedSilences } from '../look-store.ts';
import type { NewNotification } from '../notification-store.ts';
import type { ShownAlert } from './alertmanager.ts';
import { fingerprintOf } from './fingerprint.ts';
import { createLook, type Look } from './look.ts';

const start = '2026-11-21T11:00:00.000Z';
const { signal } = new AbortController();
const labelsOf = (service: string, more: Record<string, string> = {}) => ({
  alertname: 'HighErrorRatio',
  ecs_cluster: 'shop',
  ecs_service: service,
  ...more,
});

/** The world around one look; each test changes what it is about. */
let world: {
  shown: ShownAlert[] | Error;
  silences: Matcher[][] | Error;
  series: FiringSeries[] | Error;
  known: (service: string) => KnownAlert;
  remembered: RememberedSilences | null;
  waiting: number;
};
let clock: FakeClock;
let metrics: Metrics;
let fed: NewNotification[];
let woken: number;
let look: Look;

beforeEach(() => {
  const nothing: KnownAlert = { open: null, closed: null, declined: null };
  world = { shown: [], silences: [], series: [], known: () => nothing, remembered: null, waiting: 0 };
  clock = createFakeClock(start, { autoAdvance: true });
  metrics = createMetrics(async () => ({}));
  fed = [];
  woken = 0;
  const answer = <T>(value: T | Error): Promise<T> => (value instanceof Error ? Promise.reject(value) : Promise.resolve(value));
  look = createLook(
    {
      alertmanager: { alerts: () => answer(world.shown), silences: () => answer(world.silences) },
      prometheus: () => answer(world.series),
      store: {
        takeTurn: async () => ({ taken: true }),
        known: async (keys) => keys.map(({ resource }) => world.known(resource?.service ?? '')),
        remember: async (silences) => {
          world.remembered = silences;
        },
        remembered: async () => world.remembered,
      },
      inbox: {
        accept: async (notification) => fed.push(notification),
        state: async () => {
          world.waiting = Math.max(0, world.waiting - 1);
          return { waiting: world.waiting, quarantined: 0, oldestReceivedAt: null };
        },
      },
      clock,
      logger: createLogger('silent'),
      metrics,
      wake: () => {
        woken += 1;
      },
    },
    { receiver: 'kintsugi', clusters: ['shop'], periodMs: 60_000, settleMs: 30_000, marginMs: 90_000 },
  );
});

function shown(service: string, more: Partial<ShownAlert> = {}): ShownAlert {
  const labels = labelsOf(service);
  return {
    fingerprint: fingerprintOf(labels),
    labels,
    annotations: {},
    startsAt: '2026-11-21T10:50:00.000Z',
    updatedAt: '2026-11-21T10:59:30.000Z',
    generatorURL: '',
    receivers: ['kintsugi'],
    suppressed: false,
    ...more,
  };
}

const series = (service: string, more: Record<string, string> = {}): FiringSeries => ({
  labels: labelsOf(service, more),
  since: '2026-11-21T10:50:00.000Z',
});

/** One look, and the services it fed, with their source. */
async function services(options: { soon?: boolean } = {}): Promise<string[]> {
  fed.length = 0;
  await look({ soon: options.soon ?? false, signal });
  return fed.flatMap(({ source, body }) => {
    const { alerts } = JSON.parse(body.toString()) as { alerts: { labels: { ecs_service: string } }[] };
    return alerts.map(({ labels }) => `${source} ${labels.ecs_service}`);
  });
}

/** Looks until whatever had to ripen is ripe. */
async function servicesAfter(...pauses: number[]): Promise<string[]> {
  let last = await services();
  for (const pause of pauses) {
    await clock.sleep(pause);
    last = await services();
  }
  return last;
}

const unreachable = () => new UpstreamError('alertmanager', 'server', 'no usable answer');
const failures = async () =>
  Object.fromEntries((await metrics.lookFailures.get()).values.map(({ labels, value }) => [`${labels.source} ${labels.reason}`, value]));

describe('a look at Alertmanager', () => {
  it('feeds what nobody told us of, says where it comes from, and wakes the sorter', async () => {
    world.shown = [shown('cart')];
    expect(await services()).toEqual(['alertmanager-look cart']);
    expect(woken).toBe(1);
    expect(fed[0]).toMatchObject({ alerts: 1, truncated: 0, receivedAt: start });
    expect(JSON.parse(fed[0]?.body.toString() ?? '')).toMatchObject({ lookNote: expect.stringContaining('looking at Alertmanager') });
  });

  it('feeds nothing the store knows, and nothing when nothing fires', async () => {
    world.known = () => ({ open: { incidentId: 'i', row: { status: 'firing', endsAt: null } }, closed: null, declined: null });
    world.shown = [shown('cart')];
    expect(await services()).toEqual([]);
    world.shown = [];
    expect(await services()).toEqual([]);
    expect(woken).toBe(0);
  });

  it('leaves alone what is suppressed, and what goes to others', async () => {
    world.shown = [shown('cart', { suppressed: true }), shown('search', { receivers: ['people'] }), shown('checkout')];
    expect(await services()).toEqual(['alertmanager-look checkout']);
  });

  it('gives a young alert time to come by itself, and says when it is worth looking again', async () => {
    world.shown = [shown('cart', { startsAt: '2026-11-21T10:59:50.000Z' })];
    expect(await look({ soon: false, signal })).toBe(20_000);
    expect(fed).toEqual([]);
    await clock.sleep(20_000);
    expect(await services()).toEqual(['alertmanager-look cart']);
  });

  it('by its own patience where Alertmanager’s clock runs ahead', async () => {
    world.shown = [shown('cart', { startsAt: '2026-11-21T12:00:00.000Z', updatedAt: '2026-11-21T12:00:00.000Z' })];
    expect(await services()).toEqual([]);
    await clock.sleep(30_000);
    expect(await services()).toEqual(['alertmanager-look cart']);
  });

  it('does not wait when a group was cut: its notification has gone out', async () => {
    world.shown = [shown('cart', { startsAt: '2026-11-21T10:59:50.000Z' })];
    expect(await services({ soon: true })).toEqual(['alertmanager-look cart']);
  });

  it('waits for the inbox to be sorted before it compares', async () => {
    world.shown = [shown('cart')];
    world.waiting = 4;
    expect(await services()).toEqual(['alertmanager-look cart']);
    expect(clock.now().toISOString()).toBe('2026-11-21T11:00:03.000Z');
    world.waiting = 1_000;
    expect(await services()).toEqual([]);
    expect(await failures()).toEqual({ 'store backlog': 1 });
  });

  it('feeds what leaves no trace alone, three times in all, and then leaves it to people', async () => {
    world.shown = [shown('cart'), shown('checkout'), shown('search')];
    expect(await services()).toHaveLength(3);
    expect(fed).toHaveLength(1);
    const open: KnownAlert = { open: { incidentId: 'i', row: { status: 'firing', endsAt: null } }, closed: null, declined: null };
    world.known = (service) => (service === 'search' ? open : { open: null, closed: null, declined: null });
    await services();
    expect(fed.map(({ alerts }) => alerts)).toEqual([1, 1]);
    await services();
    expect(fed.map(({ alerts }) => alerts)).toEqual([1, 1]);
    expect(await services()).toEqual([]);
    expect(await failures()).toEqual({ 'alertmanager given-up': 2 });
    world.shown = [shown('cart', { startsAt: '2026-11-21T10:58:00.000Z' })];
    expect(await services()).toEqual(['alertmanager-look cart']);
  });

  it('never says that something resolved', async () => {
    world.shown = [shown('cart')];
    await services();
    world.shown = [];
    await services();
    for (const { body } of fed) expect(body.toString()).not.toContain('"resolved"');
  });
});

describe('a look at Prometheus while Alertmanager answers', () => {
  it('feeds what Alertmanager has not heard of, once it had every chance to', async () => {
    world.series = [series('cart')];
    expect(await services()).toEqual([]);
    expect(await servicesAfter(60_000, 29_000)).toEqual([]);
    expect(await servicesAfter(2_000)).toEqual(['prometheus-look cart']);
  });

  it.each<[string, ShownAlert]>([
    ['silenced', shown('cart', { suppressed: true })],
    ['for others', shown('cart', { receivers: ['people'] })],
    ['with labels more', shown('cart', { labels: labelsOf('cart', { replica: 'a' }) })],
    ['with other labels', shown('cart', { labels: labelsOf('cart', { route: '/b' }) })],
  ])('leaves alone what Alertmanager knows: %s', async (_, known) => {
    world.shown = [known];
    world.known = () => ({ open: { incidentId: 'i', row: { status: 'firing', endsAt: null } }, closed: null, declined: null });
    world.series = [series('cart', { route: '/a' })];
    expect(await servicesAfter(60_000, 60_000)).toEqual([]);
    world.known = () => ({ open: null, closed: null, declined: null });
    expect((await servicesAfter(60_000, 60_000)).filter((one) => one.startsWith('prometheus'))).toEqual([]);
  });

  it('knows an alert by its labels when an external label names the cluster', async () => {
    world.shown = [shown('cart', { labels: { alertname: 'X', service: 'cart', ecs_cluster: 'elsewhere' }, receivers: ['people'] })];
    world.series = [{ labels: { alertname: 'X', service: 'cart' }, since: null }];
    expect(await servicesAfter(60_000, 60_000)).toEqual([]);
  });

  it('leaves alone what a silence covers, before Alertmanager says so of the alert', async () => {
    world.silences = [[{ name: 'ecs_service', value: 'cart|search', isRegex: true, isEqual: true }]];
    world.series = [series('cart'), series('checkout')];
    expect(await servicesAfter(60_000, 60_000)).toEqual(['prometheus-look checkout']);
    world.silences = new UpstreamError('alertmanager', 'timeout', 'no answer');
    expect(await servicesAfter(60_000)).toEqual(['prometheus-look checkout']);
  });

  it('leaves alone what names no service of a cluster we watch', async () => {
    world.series = [{ labels: { alertname: 'DiskFull' }, since: null }, series('cart', { ecs_cluster: 'elsewhere' })];
    expect(await servicesAfter(60_000, 60_000)).toEqual([]);
  });

  it('takes an open incident for enough: fingerprints may differ', async () => {
    world.series = [series('cart')];
    world.known = () => ({ open: { incidentId: 'i', row: null }, closed: null, declined: null });
    expect(await servicesAfter(60_000, 60_000)).toEqual([]);
  });
});

describe('a look at Prometheus while Alertmanager does not answer', () => {
  beforeEach(() => {
    world.shown = unreachable();
    world.series = [series('cart'), series('checkout')];
  });

  it('feeds what fires, and says that silences are not known', async () => {
    expect(await servicesAfter(60_000, 60_000)).toEqual(['prometheus-look cart', 'prometheus-look checkout']);
    expect(JSON.parse(fed[0]?.body.toString() ?? '')).toMatchObject({ lookNote: expect.stringContaining('silenced') });
    expect(await failures()).toEqual({ 'alertmanager server': 3 });
  });

  it('waits out a restart of Alertmanager', async () => {
    world.remembered = { at: start, silences: [] };
    expect(await servicesAfter(60_000, 59_000)).toEqual([]);
    expect(await servicesAfter(60_000, 60_000)).toHaveLength(2);
  });

  it('keeps the silences it last heard of', async () => {
    const silences = [[{ name: 'ecs_service', value: 'cart', isRegex: false, isEqual: true }]];
    world.remembered = { at: '2026-11-20T00:00:00.000Z', silences };
    expect(await servicesAfter(60_000, 60_000)).toEqual(['prometheus-look checkout']);
    world.remembered = { at: '2026-11-20T00:00:00.000Z', silences: null };
    expect(await servicesAfter(60_000)).toEqual([]);
  });

  it('remembers the silences of every good look, and gives up on naming too many', async () => {
    world.shown = [];
    await services();
    expect(world.remembered).toEqual({ at: start, silences: [] });
    const one: Matcher = { name: 'a', value: 'b', isRegex: false, isEqual: true };
    world.silences = Array.from({ length: 501 }, () => [one]);
    await services();
    expect(world.remembered).toEqual({ at: start, silences: null });
  });

  it('feeds nothing when Prometheus does not answer either, and goes on next time', async () => {
    world.series = new UpstreamError('prometheus', 'timeout', 'no answer');
    expect(await services()).toEqual([]);
    expect(await failures()).toEqual({ 'alertmanager server': 1, 'prometheus timeout': 1 });
    world.shown = [shown('cart')];
    expect(await services()).toEqual(['alertmanager-look cart']);
    const lastLook = Object.fromEntries((await metrics.lastLook.get()).values.map(({ labels, value }) => [labels.source, value]));
    expect(lastLook).toEqual({ alertmanager: Date.parse(start) / 1000 });
  });
});
