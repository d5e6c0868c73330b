/** Joins the metrics with what is read for them when they are asked for. Part of the composition root. */
import type { PutBackStore } from './action/put-back/store.ts';
import type { Clock } from './domain/clock.ts';
import type { NotificationStore } from './intake/notification-store.ts';
import type { Inbox, Owed } from './telemetry/metrics.ts';

export async function lookIntoInbox(notifications: NotificationStore, clock: Clock): Promise<Inbox> {
  const { waiting, quarantined, oldestReceivedAt } = await notifications.state();
  return { waiting, quarantined, lagSeconds: secondsSince(oldestReceivedAt, clock) };
}

export async function lookAtOwed(store: PutBackStore, clock: Clock): Promise<Owed> {
  const { count, oldestDueAt } = await store.waiting();
  return { waiting: count, overdueSeconds: secondsSince(oldestDueAt, clock) };
}

/** Never negative; 0 for what never was. */
function secondsSince(at: string | null, clock: Clock): number {
  return at === null ? 0 : Math.max(0, (clock.now().getTime() - Date.parse(at)) / 1000);
}
