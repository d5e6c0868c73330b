/** The webhook and the sorter behind it, on a loopback port over a store of its own, and what they logged. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerProblem } from '../api/problem.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Inventory } from '../incident/inventory.ts';
import { serverLimits } from '../intake/alertmanager/index.ts';
import { createIntake, type Intake, type IntakeDependencies } from '../intake/intake.ts';
import type { NotificationStore } from '../intake/notification-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore, type SqlIncidentStore } from '../storage/incident-store.ts';
import { createNotificationStore } from '../storage/notification-store.ts';
import type { Store } from '../storage/store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { countingIds, openTempStore, type TempStoreOptions } from './temp-store.ts';

export const webhookToken = 'correct-horse-battery-staple';

export interface WebhookServer {
  port: number;
  store: Store;
  /** What the intake was given, and the store's own. */
  notifications: NotificationStore;
  stored: NotificationStore;
  incidents: SqlIncidentStore;
  trail: AuditTrail;
  intake: Intake;
  clock: FakeClock;
  logged: string[];
  /** Posts with the right token, unless the headers say otherwise; returns with the answer. */
  send(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<Answer>;
  /** The same, and returns when nothing waits to be sorted. */
  post(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<Answer>;
  /** Returns when nothing waits to be sorted. */
  sorted(): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export function inventoryOf(clusters: Record<string, readonly string[]>): Inventory {
  const known = new Map(Object.entries(clusters));
  return { services: async (cluster) => known.get(cluster) ?? [] };
}

export async function startWebhook(overrides: Partial<IntakeDependencies> = {}, options: TempStoreOptions = {}): Promise<WebhookServer> {
  const temp = await openTempStore(options);
  const clock = createFakeClock('2026-11-21T07:00:00.000Z');
  const newId = countingIds('incident');
  const stored = createNotificationStore(temp.store, clock, { newId, graphVersion: '1' });
  const notifications = overrides.notifications ?? stored;
  const incidents = createIncidentStore(temp.store, clock, newId);
  const trail = createAuditTrail(temp.store);
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
  const intake = createIntake({
    token: webhookToken,
    notifications: stored,
    trail,
    clock,
    logger,
    inventory: inventoryOf({}),
    answerProblem: (error, response) => answerProblem(error, response, logger),
    ...overrides,
  });
  const server = createServer(serverLimits, (request, response) => {
    if (intake.takes(request)) void intake.handle(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  intake.start();
  const { port } = server.address() as AddressInfo;

  async function send(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }
  async function sorted(): Promise<void> {
    // Time moves on a little: the sorter gives way to webhooks, and may wait for the inventory.
    while ((await stored.state()).waiting > 0) await clock.advance(5);
  }
  return {
    port,
    store: temp.store,
    notifications,
    stored,
    incidents,
    trail,
    intake,
    clock,
    logged,
    send,
    async post(body, headers) {
      const answer = await send(body, headers);
      await sorted();
      return answer;
    },
    sorted,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await intake.stop();
      await temp.remove();
    },
  };
}
