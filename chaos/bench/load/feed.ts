/** Turns a workload into requests. Every connection has buffers of its own, for one may still be on its way when the next is stamped. */
import {
  alertsBody,
  type Fleet,
  idOf,
  notificationBody,
  type RequestTemplate,
  requestOf,
  type Series,
  seeded,
  seriesOf,
  stamp,
  type Target,
  zipf,
} from './bodies.ts';
import type { LoadPlan, Workload } from './plan.ts';

export interface NextRequest {
  bytes: Buffer;
  alerts: number;
  /** The id it was stamped with counts as acknowledged when it is answered with 2xx. */
  isNew: boolean;
}

export interface Feed {
  /** Undefined: nothing is left to send. */
  next(connection: number, count: number): NextRequest | undefined;
}

/** Templates a connection holds: enough for many services, small enough for 64 connections of 110 KB bodies. */
const templatesOf = (alerts: number) => (alerts >= 100 ? 6 : alerts >= 10 ? 24 : 96);

export function createFeed({ target, fleet, workload, connections, seed }: LoadPlan): Feed {
  const random = seeded(seed);
  switch (workload.kind) {
    case 'once':
      return once(target, fleet, workload.alerts);
    case 'new':
      return newBodies(target, fleet, workload.alerts, connections, random);
    case 'repeated':
      return repeated(target, fleet, workload, connections, random);
    case 'mixed':
      return mixed(target, fleet, workload.repeatShare, connections, random);
    default:
      return workload satisfies never;
  }
}

/** Series for one body of n alerts: one drawn by zipf and its neighbours, as a group of one alert over several services is. */
function drawn(series: readonly Series[], alerts: number, draw: () => number): Series[] {
  const first = draw();
  return Array.from({ length: alerts }, (_, index) => series[(first + index) % series.length] ?? { service: '', alertName: '' });
}

function once(target: Target, fleet: Fleet, alerts: number): Feed {
  const waiting = slices(seriesOf(fleet), alerts).map((series) => ({
    template: requestOf(target, notificationBody(fleet.cluster, series)),
    alerts: series.length,
  }));
  let at = 0;
  return {
    next(connection, count) {
      const request = waiting[at];
      at += 1;
      return request && { bytes: stamp(request.template, idOf(connection, count)), alerts: request.alerts, isNew: true };
    },
  };
}

function slices<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function newBodies(target: Target, fleet: Fleet, alerts: number, connections: number, random: () => number): Feed {
  const series = seriesOf(fleet);
  const draw = zipf(series.length, random);
  const templates: RequestTemplate[][] = Array.from({ length: connections }, () =>
    Array.from({ length: templatesOf(alerts) }, () => requestOf(target, notificationBody(fleet.cluster, drawn(series, alerts, draw)))),
  );
  return {
    next(connection, count) {
      const own = templates[connection] ?? [];
      const template = own[count % own.length];
      return template && { bytes: stamp(template, idOf(connection, count)), alerts, isNew: true };
    },
  };
}

function repeated(
  target: Target,
  fleet: Fleet,
  { alerts, distinct, newShare, form }: Extract<Workload, { kind: 'repeated' }>,
  connections: number,
  random: () => number,
): Feed {
  const series = seriesOf(fleet);
  const body = form === 'alerts' ? alertsBody : notificationBody;
  const known = Array.from({ length: distinct }, (_, index) =>
    requestOf(
      target,
      body(
        fleet.cluster,
        drawn(series, alerts, () => (index * alerts) % series.length),
      ),
    ),
  );
  const fresh = newShare > 0 ? newBodies(target, fleet, alerts, connections, random) : undefined;
  return {
    next(connection, count) {
      if (fresh && random() < newShare) return fresh.next(connection, count);
      const template = known[Math.floor(random() * known.length)];
      return template && { bytes: template.bytes, alerts, isNew: false };
    },
  };
}

const sizes = [
  { alerts: 1, share: 0.7 },
  { alerts: 10, share: 0.25 },
  { alerts: 100, share: 0.05 },
] as const;

function mixed(target: Target, fleet: Fleet, repeatShare: number, connections: number, random: () => number): Feed {
  const feeds = sizes.map(({ alerts }) => ({
    alerts,
    fresh: newBodies(target, fleet, alerts, connections, random),
    known: repeated(target, fleet, { kind: 'repeated', alerts, distinct: 100, newShare: 0, form: 'notification' }, connections, random),
  }));
  return {
    next(connection, count) {
      let drawnShare = random();
      const size = sizes.findIndex(({ share }) => {
        drawnShare -= share;
        return drawnShare < 0;
      });
      const feed = feeds[Math.max(0, size)];
      return (random() < repeatShare ? feed?.known : feed?.fresh)?.next(connection, count);
    },
  };
}
