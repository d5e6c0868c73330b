/**
 * Turns waiting notifications into alert rows and incidents: reads them from disk, oldest first, cleans them, finds out which services
 * they are about, and stores the result in units of at most so many alerts. Whatever it was doing when it stopped, it starts anew: the
 * store takes each alert of a notification once. A notification that cannot be sorted is set aside after some attempts, and the rest goes on.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { InvariantError, StoreError } from '../domain/errors.ts';
import type { Inventory } from '../incident/inventory.ts';
import type { AlertRow, ReceivedAlert } from '../incident/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { cleanAlerts, isLong, lookNote, parseInTurns, parseNotification, type WireNotification } from './notification.ts';
import type { NotificationStore, SortSlice, WaitingNotification } from './notification-store.ts';
import { findTargets } from './target.ts';

export interface SorterSettings {
  /** Pause between two looks, milliseconds, when nobody wakes it: other processes' notifications, and those a dead one left. */
  pollMs: number;
  /** Notifications read at once. */
  pageSize: number;
  /** Alerts sorted in one transaction, which holds up everything else for as long as it takes. */
  unitAlerts: number;
  /** While webhooks come in quick succession it gives way to them, but for no longer than this before each unit, milliseconds. */
  maxGiveWayMs: number;
}

export const sorterDefaults: SorterSettings = { pollMs: 1_000, pageSize: 256, unitAlerts: 250, maxGiveWayMs: 500 };

/** Between two looks whether webhooks still come, milliseconds. */
const giveWayStepMs = 5;
/** A notification that failed is not tried again before, milliseconds. */
const retryAfterMs = 1_000;

export interface SorterDependencies {
  notifications: NotificationStore;
  inventory: Inventory;
  /** The ECS cluster of alerts without a label `ecs_cluster`; without it they are declined. */
  defaultCluster?: string;
  clock: Clock;
  logger: Logger;
  metrics?: Pick<Metrics, 'alerts'>;
  /** Whether webhooks come in quick succession right now. */
  isBusy?: () => boolean;
  /** Called for each slice that this process sorted. */
  onSorted?: (seq: number, rows: readonly AlertRow[]) => void;
  /** Called when there may be work for the runner. */
  wake?: () => void;
}

export interface Sorter {
  start(): void;
  /** Look for waiting notifications now. */
  wake(): void;
  /** Ends with the unit it is in. */
  stop(): Promise<void>;
}

export function createSorter(deps: SorterDependencies, settings: SorterSettings = sorterDefaults): Sorter {
  const { notifications, clock, logger } = deps;
  const stopping = new AbortController();
  /** When those that failed may be tried again. */
  const notBefore = new Map<number, number>();
  let isWoken = false;
  let endNap: (() => void) | null = null;

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      isWoken = false;
      try {
        await sortAll();
      } catch (error) {
        // Not the fault of what was to be sorted: it waits on disk until the store can be written again.
        if (!stopping.signal.aborted) logger.error({ err: error }, 'notifications could not be sorted');
        isWoken = false;
      }
      if (!isWoken) await nap();
    }
  }

  async function nap(): Promise<void> {
    const napping = new AbortController();
    endNap = () => napping.abort();
    await clock.sleep(settings.pollMs, AbortSignal.any([napping.signal, stopping.signal])).catch(() => undefined);
    endNap = null;
  }

  async function sortAll(): Promise<void> {
    let after = 0;
    while (!stopping.signal.aborted) {
      const page = await notifications.waiting(settings.pageSize, after);
      const last = page.at(-1);
      if (!last) return;
      after = last.seq;
      await sortPage(page);
    }
  }

  async function sortPage(page: readonly WaitingNotification[]): Promise<void> {
    const broken = new Set<number>();
    let unit: SortSlice[] = [];
    let size = 0;
    const store = async () => {
      if (unit.length > 0) await storeUnit(unit, broken);
      unit = [];
      size = 0;
    };
    for (const notification of page) {
      if ((notBefore.get(notification.seq) ?? 0) > clock.now().getTime()) continue;
      const wire = await read(notification);
      if (!wire) continue;
      const clusters = new Set<string>();
      let from = notification.sortedAlerts;
      do {
        if (stopping.signal.aborted || broken.has(notification.seq)) break;
        const to = Math.min(wire.alerts.length, from + settings.unitAlerts - size);
        const alerts = await toReceived(notification, wire, from, to, clusters);
        unit.push({ seq: notification.seq, from, alerts });
        size += alerts.length;
        from = to;
        if (size >= settings.unitAlerts) await store();
      } while (from < wire.alerts.length);
    }
    await store();
  }

  async function read(notification: WaitingNotification): Promise<WireNotification | undefined> {
    try {
      const { body } = notification;
      const wire = isLong(body) ? await parseInTurns(body) : parseNotification(body);
      if (wire.alerts.length === notification.alerts) return wire;
      throw new InvariantError(`the body holds ${wire.alerts.length} alerts, ${notification.alerts} were counted when it came`);
    } catch (error) {
      await failed(notification.seq, error);
      return undefined;
    }
  }

  async function toReceived(
    { source, receivedAt, bodyHash }: WaitingNotification,
    wire: WireNotification,
    from: number,
    to: number,
    clusters: Set<string>,
  ): Promise<ReceivedAlert[]> {
    const cleaned = cleanAlerts(wire, from, to);
    const labelSets = cleaned.map(({ alert }) => alert.labels);
    const targets = await findTargets(labelSets, deps.inventory, deps.defaultCluster, clusters);
    const origin = source === 'alertmanager-webhook' ? [] : lookNote(wire);
    return cleaned.map(({ alert, notes }, index) => {
      const found = targets[index];
      if (!found) throw new InvariantError('an alert was left without a target');
      return { alert, target: found.target, receivedAt, bodyHash, notes: [...origin, ...notes, ...found.notes] };
    });
  }

  /** One that cannot be stored must not keep the others of its unit from it: they are stored one by one then. */
  async function storeUnit(unit: readonly SortSlice[], broken: Set<number>): Promise<void> {
    await giveWay();
    try {
      done(unit, await notifications.sort(unit));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (unit.length > 1) {
        for (const slice of unit) await storeUnit([slice], broken);
        return;
      }
      for (const { seq } of unit) {
        broken.add(seq);
        await failed(seq, error);
      }
    }
  }

  function done(unit: readonly SortSlice[], answers: readonly (readonly AlertRow[] | null)[]): void {
    let alerts = 0;
    unit.forEach(({ seq }, index) => {
      const rows = answers[index];
      if (!rows) return;
      notBefore.delete(seq);
      alerts += rows.length;
      for (const row of rows) deps.metrics?.alerts.inc({ disposition: row.disposition });
      deps.onSorted?.(seq, rows);
    });
    if (alerts === 0) return;
    logger.info({ notifications: unit.length, alerts, first: unit[0]?.seq, last: unit.at(-1)?.seq }, 'notifications sorted');
    deps.wake?.();
  }

  async function failed(seq: number, error: unknown): Promise<void> {
    const fault = error instanceof Error ? error.message : String(error);
    const status = await notifications.failed(seq, fault);
    if (status === 'quarantined') {
      notBefore.delete(seq);
      logger.error({ notification: seq, fault }, 'notification quarantined: it cannot be sorted');
      return;
    }
    notBefore.set(seq, clock.now().getTime() + retryAfterMs);
    logger.warn({ notification: seq, err: error }, 'a notification could not be sorted');
  }

  async function giveWay(): Promise<void> {
    // Also when nobody has to be let past: requests that came meanwhile are read between two units.
    await nextTurn();
    for (let waited = 0; waited < settings.maxGiveWayMs && deps.isBusy?.(); waited += giveWayStepMs) {
      await clock.sleep(giveWayStepMs, stopping.signal);
    }
  }

  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = loop();
    },
    wake() {
      isWoken = true;
      endNap?.();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
