/** The webhook on a loopback port over a store of its own, and what it logged. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { problemHandler } from '../api/problem.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Inventory } from '../incident/inventory.ts';
import { type AlertmanagerWebhookDependencies, createAlertmanagerWebhook, serverLimits } from '../intake/alertmanager/index.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore, type SqlIncidentStore } from '../storage/incident-store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { countingIds, openTempStore } from './temp-store.ts';

export const webhookToken = 'correct-horse-battery-staple';

export interface WebhookServer {
  port: number;
  incidents: SqlIncidentStore;
  trail: AuditTrail;
  clock: FakeClock;
  logged: string[];
  /** Posts with the right token, unless the headers say otherwise. */
  post(
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

export function inventoryOf(clusters: Record<string, readonly string[]>): Inventory {
  const known = new Map(Object.entries(clusters));
  return { services: async (cluster) => known.get(cluster) ?? [] };
}

export async function startWebhook(overrides: Partial<AlertmanagerWebhookDependencies> = {}): Promise<WebhookServer> {
  const temp = await openTempStore();
  const clock = createFakeClock('2026-11-21T07:00:00.000Z');
  const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
  const trail = createAuditTrail(temp.store);
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
  const inventory = inventoryOf({});
  const http = express();
  http.use(
    '/webhooks/alertmanager',
    createAlertmanagerWebhook({ token: webhookToken, store: incidents, trail, clock, logger, inventory, ...overrides }),
  );
  http.use(problemHandler(logger));
  const server = createServer(serverLimits, http);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    incidents,
    trail,
    clock,
    logged,
    async post(body, headers = {}) {
      const response = await fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await temp.remove();
    },
  };
}
