/**
 * Looks into a store for the bench, or fills one: `node bench-store.ts <order as JSON>` prints its answer as JSON.
 * The bench itself sees the agent from outside only.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createAuditKeys } from '../audit/key.ts';
import { graphVersion } from '../graph/graph.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { createNotificationStore } from '../storage/notification-store.ts';
import { unpackBody } from '../storage/packed-body.ts';
import { openStore, type Store } from '../storage/store.ts';
import { systemClock } from '../system-clock.ts';
import { receivedAlert } from './received-alert.ts';

type Order =
  /** `acknowledged`: of each connection of the load generator, how many ids were answered with 2xx. */
  | { task: 'check'; path: string; acknowledged: number[] }
  /** Makes so many incidents that have come, been sorted and been closed; `auditKey` is the agent's. */
  | { task: 'fill'; path: string; incidents: number; auditKey: string };

const idPattern = /bench-(\d{4})-(\d{8})/;
const page = 500;

/** Every acknowledged id must stand in a notification, or in the group key of an alert whose notification's body is gone by now. */
async function check({ db }: Store, acknowledged: readonly number[]): Promise<object> {
  const missing = acknowledged.map((count) => new Uint8Array(count + 1).fill(1, 1));
  const found = (text: string) => {
    const [, connection, count] = idPattern.exec(text) ?? [];
    const left = missing[Number(connection)];
    if (left && Number(count) < left.length) left[Number(count)] = 0;
  };
  let notifications = 0;
  let waiting = 0;
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('notification')
      .select(['seq', 'body', 'status'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(page)
      .execute();
    for (const { body, status } of rows) {
      notifications += 1;
      if (status === 'waiting') waiting += 1;
      // The group key stands at the end, behind the alerts, which carry the same id.
      if (body) found(unpackBody(Buffer.from(body)).toString('latin1'));
    }
    after = rows.at(-1)?.seq ?? 0;
    if (rows.length < page) break;
  }
  for (let after = 0; ; ) {
    const rows = await db.selectFrom('alert').select(['id', 'group_key']).where('id', '>', after).orderBy('id').limit(page).execute();
    for (const { group_key } of rows) found(group_key);
    after = rows.at(-1)?.id ?? 0;
    if (rows.length < page) break;
  }
  return { missing: missing.reduce((sum, one) => sum + one.reduce((left, id) => left + id, 0), 0), notifications, waiting };
}

/** Alerts that are stored together. */
const batch = 500;

/** By the same stores as the agent uses: one notification, one alert and its audit entries for each incident, all closed. */
async function fill(store: Store, incidents: number): Promise<void> {
  const newId = () => randomUUID();
  const incidentStore = createIncidentStore(store, systemClock, newId, graphVersion);
  const notifications = createNotificationStore(store, systemClock, { newId, graphVersion });
  for (let from = 0; from < incidents; from += batch) {
    const numbers = Array.from({ length: Math.min(batch, incidents - from) }, (_, index) => from + index);
    const slices = await Promise.all(
      numbers.map(async (number) => {
        const receivedAt = systemClock.now().toISOString();
        const name = `Stored${Math.floor(number / 200)}`;
        const service = `svc-${String(number % 200).padStart(3, '0')}`;
        const labels = { alertname: name, ecs_cluster: 'prod', ecs_service: service, severity: 'critical' };
        const body = Buffer.from(JSON.stringify({ version: '4', number, alerts: [{ labels }] }).padEnd(1_600));
        const bodyHash = createHash('sha256').update(body).digest('hex');
        const seq = await notifications.accept({ source: 'alertmanager-webhook', body, bodyHash, receivedAt, alerts: 1, truncated: 0 });
        const alert = { fingerprint: bodyHash.slice(0, 16), name, labels, startsAt: receivedAt };
        const target = { resource: { cluster: 'prod', service } };
        return { seq, from: 0, alerts: [receivedAlert({ alert, target, receivedAt, bodyHash })] };
      }),
    );
    const rows = (await notifications.sort(slices)).flatMap((sorted) => sorted ?? []);
    await Promise.all(rows.map(({ incidentId }) => incidentId && incidentStore.close('no-fault', 'made for the bench', incidentId)));
  }
}

async function main(): Promise<object> {
  const order = JSON.parse(process.argv[2] ?? '{}') as Order;
  if (order.task === 'check') {
    const store = await openStore({ path: order.path });
    const found = await check(store, order.acknowledged);
    await store.close();
    return found;
  }
  const began = performance.now();
  mkdirSync(dirname(order.path), { recursive: true });
  const store = await openStore({ path: order.path }, { auditKeys: createAuditKeys(order.auditKey, []) });
  await fill(store, order.incidents);
  await store.close();
  return { seconds: (performance.now() - began) / 1000, mebibytes: statSync(order.path).size / 2 ** 20 };
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
