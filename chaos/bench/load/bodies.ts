/**
 * What the load generator sends: a captured Alertmanager notification blown up to n alerts, as whole HTTP requests in buffers. A request
 * that must be new each time carries an id of fixed width, written over in place: making a body must not cost the generator its core.
 */
import captured from '../fixtures/notification.json' with { type: 'json' };

export interface Fleet {
  cluster: string;
  services: number;
  alertNames: number;
  /** What the alerts' names begin with; another prefix, other incidents. */
  prefix?: string;
}

/** One series of the fleet: what an incident is about. */
export interface Series {
  service: string;
  alertName: string;
}

export interface Target {
  host: string;
  port: number;
  path: string;
  token?: string;
}

/** `bench-0003-00000017`: connection and count. */
const emptyId = 'bench-0000-00000000';

/** Every series of the fleet, services varying fastest, so that the first n are about as many services as there are. */
export function seriesOf({ services, alertNames, prefix = 'HighErrorRatio' }: Fleet): Series[] {
  return Array.from({ length: services * alertNames }, (_, index) => ({
    service: `svc-${String(index % services).padStart(3, '0')}`,
    alertName: `${prefix}${String(Math.floor(index / services)).padStart(3, '0')}`,
  }));
}

/** Alertmanager's webhook body about these series; about 0.6 KB and 1.1 KB for each alert. */
export function notificationBody(cluster: string, series: readonly Series[]): string {
  const [alert] = captured.alerts;
  const alerts = series.map(({ service, alertName }, index) => ({
    ...alert,
    labels: { ...alert?.labels, alertname: alertName, ecs_cluster: cluster, ecs_service: service, service },
    annotations: {
      ...alert?.annotations,
      // As long as what people write there; also where the id stands that makes the body new.
      description: `${description} ${emptyId}`,
    },
    fingerprint: fingerprintOf(`${alertName}/${service}/${index}`),
  }));
  return JSON.stringify({ ...captured, groupKey: `${captured.groupKey} ${emptyId}`, alerts });
}

const description =
  'More than 5 % of the requests failed over the last minutes. See the runbook for what to look at first; the dashboard shows the routes. ' +
  'Rollouts of the last hour are the likeliest cause; look at the events of the service before anything is restarted, and at what it calls. ' +
  'Notification of the bench:';

/** What Alertmanager's own API takes: the alerts alone. */
export function alertsBody(cluster: string, series: readonly Series[]): string {
  const { alerts } = JSON.parse(notificationBody(cluster, series)) as { alerts: Record<string, unknown>[] };
  return JSON.stringify(alerts.map(({ labels, annotations, startsAt, generatorURL }) => ({ labels, annotations, startsAt, generatorURL })));
}

/** FNV-1a over both halves: 16 hexadecimal digits, as Alertmanager's are. */
function fingerprintOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

export interface RequestTemplate {
  bytes: Buffer;
  /** Where the ids begin. */
  ids: number[];
}

export function requestOf({ host, port, path, token }: Target, body: string): RequestTemplate {
  const payload = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'User-Agent: Alertmanager/0.25.0',
    `Content-Length: ${payload.length}`,
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    'Content-Type: application/json',
  ];
  const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), payload]);
  const ids: number[] = [];
  for (let at = bytes.indexOf(emptyId); at >= 0; at = bytes.indexOf(emptyId, at + 1)) ids.push(at);
  return { bytes, ids };
}

export function idOf(connection: number, count: number): string {
  return `bench-${String(connection).padStart(4, '0')}-${String(count).padStart(8, '0')}`;
}

export function stamp({ bytes, ids }: RequestTemplate, id: string): Buffer {
  for (const at of ids) bytes.write(id, at, 'latin1');
  return bytes;
}

/** The index of a series, drawn so that the first is drawn twice as often as the second and so on (zipf, exponent 1). */
export function zipf(count: number, random: () => number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Mulberry32: the same draws for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
