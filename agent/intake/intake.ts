/** Joins the parts of the way in: the door (webhook), the memory of what came a moment ago, and the sorter behind them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { createCachedInventory, type Inventory } from '../incident/inventory.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createAlertmanagerWebhook } from './alertmanager/index.ts';
import type { NotificationStore } from './notification-store.ts';
import { createPressure } from './pressure.ts';
import { createRepeats } from './repeats.ts';
import { createSorter } from './sorter.ts';

export interface IntakeDependencies {
  /** The bearer token a webhook's sender must show. */
  token: string;
  notifications: NotificationStore;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  inventory: Inventory;
  /** The ECS cluster of alerts without a label `ecs_cluster`; without it they are declined. */
  defaultCluster?: string;
  limits?: { bodyBytes?: number };
  metrics?: Pick<Metrics, 'webhooks' | 'alerts'>;
  answerProblem: (error: unknown, response: ServerResponse) => void;
  /** Called when there may be work for the runner. */
  wake?: () => void;
  /** Called after a stored notification that names only some of the alerts that fire. */
  wasCut?: () => void;
}

export interface Intake {
  /** Whether the request is a webhook; `handle` then answers it. */
  takes(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Call before an incident is closed: from then on a byte-identical copy of its notification is a firing anew. */
  closes(incidentId: string): void;
  /** Begins to sort what is on disk. */
  start(): void;
  /** Something was accepted, by whomever. */
  wake(): void;
  /** For work that can wait while webhooks come in quick succession. */
  letPass(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export function createIntake(deps: IntakeDependencies): Intake {
  const { notifications, clock, logger, wake } = deps;
  const pressure = createPressure(clock);
  const repeats = createRepeats({ notifications, clock, logger, wake: () => sorter.wake() });
  const sorter = createSorter({
    ...deps,
    inventory: createCachedInventory(deps.inventory, clock),
    isBusy: pressure.isBusy,
    onSorted: (seq, rows) => repeats.sorted(seq, new Set(rows.flatMap((row) => row.incidentId ?? []))),
    ...(wake ? { wake } : {}),
  });
  const { takes, handle } = createAlertmanagerWebhook({ ...deps, repeats, pressure, wake: () => sorter.wake() });
  return {
    takes,
    handle,
    closes: repeats.closes,
    start: sorter.start,
    wake: sorter.wake,
    letPass: pressure.letPass,
    async stop() {
      await sorter.stop();
      await repeats.stop();
    },
  };
}
