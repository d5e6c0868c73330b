/** A webhook in a process of its own, for tests that kill it: `node webhook-process.ts <store file>` prints its port and serves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { problemHandler } from '../api/problem.ts';
import { createAlertmanagerWebhook, serverLimits } from '../intake/alertmanager/index.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { openStore } from '../storage/store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createFakeClock } from './fake-clock.ts';
import { testAuditKeys } from './temp-store.ts';

const [path = ''] = process.argv.slice(2);
const store = await openStore({ path }, { auditKeys: testAuditKeys });
const clock = createFakeClock(new Date().toISOString());
const logger = createLogger('silent');
const http = express();
http.use(
  '/webhooks/alertmanager',
  createAlertmanagerWebhook({
    token: 'the-token',
    store: createIncidentStore(store, clock, () => crypto.randomUUID()),
    trail: createAuditTrail(store),
    clock,
    logger,
    inventory: { services: async () => null },
  }),
  problemHandler(logger),
);
const server = createServer(serverLimits, http);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
