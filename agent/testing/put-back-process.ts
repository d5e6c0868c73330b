/**
 * A process that puts back what is due and ends when nothing waits any more, unless it is killed: `node put-back-process.ts <json>`.
 * What it puts back was changed by scale-service.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createAwsClients } from '../action/aws/clients.ts';
import { createLedger } from '../action/ledger.ts';
import { createPutBackLoop } from '../action/put-back/put-back.ts';
import { scaleService } from '../action/scale-service/index.ts';
import { createActionStore } from '../storage/action-store.ts';
import { createPutBackStore } from '../storage/put-back-store.ts';
import { openStore, type StoreAddress } from '../storage/store.ts';
import { systemClock as clock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { testAuditKeys } from './temp-store.ts';

export interface PutBackProcessOrder {
  address: StoreAddress;
  /** Where ECS answers. */
  endpoint: string;
}

const { address, endpoint } = JSON.parse(process.argv[2] ?? '{}') as PutBackProcessOrder;
const store = await openStore(address, { auditKeys: testAuditKeys });
const aws = createAwsClients({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const action = scaleService.create(scaleService.config.parse({ schedule: 'none' }), { aws, clock });
const actions = createActionStore(store, clock);
const owed = createPutBackStore(store, clock);
const loop = createPutBackLoop({
  owner: String(process.pid),
  store: owed,
  actions,
  // What a killed process sent has arrived by the time the next one has started.
  ledger: createLedger({ store: actions, clock, lookAfterMs: [0, 100, 100] }),
  catalog: action ? [action] : [],
  check: async () => null,
  clock,
  logger: createLogger('silent'),
  metrics: createMetrics(async () => ({})),
});
while ((await owed.waiting()).count > 0) {
  await loop.round();
  await pause(20);
}
await store.close();
process.exit(0);
