/** A webhook in a process of its own, for tests that kill it: `node webhook-process.ts <store file>` prints its port and serves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerProblem } from '../api/problem.ts';
import { serverLimits } from '../intake/alertmanager/index.ts';
import { createIntake } from '../intake/intake.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createNotificationStore } from '../storage/notification-store.ts';
import { openStore } from '../storage/store.ts';
import { systemClock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { testAuditKeys } from './temp-store.ts';

const [path = ''] = process.argv.slice(2);
const store = await openStore({ path }, { auditKeys: testAuditKeys });
const logger = createLogger('silent');
const intake = createIntake({
  token: 'the-token',
  notifications: createNotificationStore(store, systemClock, { newId: () => crypto.randomUUID(), graphVersion: '1' }),
  trail: createAuditTrail(store),
  clock: systemClock,
  logger,
  inventory: { services: async () => null },
  answerProblem: (error, response) => answerProblem(error, response, logger),
});
const server = createServer(serverLimits, (request, response) => void intake.handle(request, response));
intake.start();
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
