/** One look: reads what fires, leaves out what the store knows, and feeds the rest as notifications. It says "fires" or nothing, never "resolved". */
import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { AppError, InvariantError } from '../../domain/errors.ts';
import type { NotificationSource } from '../../domain/notification.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { LookMetrics } from '../../telemetry/metrics.ts';
import { cleanSet, cleanText, textLimits } from '../clean-text.ts';
import type { FiringAlert, ReadFiringSeries } from '../firing-alerts.ts';
import type { LookStore, RememberedSilences } from '../look-store.ts';
import type { NotificationStore } from '../notification-store.ts';
import { namedResource } from '../target.ts';
import type { Alertmanager, ShownAlert } from './alertmanager.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Finding, isMissing, judge } from './judgement.ts';
import { type NotificationOrigin, notificationsOf } from './notification.ts';
import { createPatience } from './patience.ts';
import { mayBeSilenced } from './silences.ts';
import { inSlices } from './slices.ts';

export interface LookDependencies {
  alertmanager: Alertmanager;
  prometheus: ReadFiringSeries;
  store: LookStore;
  /** Webhooks go into it as well. */
  inbox: Pick<NotificationStore, 'accept' | 'state'>;
  clock: Clock;
  logger: Logger;
  metrics: LookMetrics;
  /** There is something to sort. */
  wake: () => void;
}

export interface LookSettings {
  /** The receiver in Alertmanager's configuration that sends to us. */
  receiver: string;
  /** Clusters we watch: with Prometheus there is no routing that would say so. */
  clusters: readonly string[];
  periodMs: number;
  settleMs: number;
  marginMs: number;
}

/** Milliseconds until the next look is worth it; undefined when nothing waits for one. */
export type Look = (options: { soon: boolean; signal: AbortSignal }) => Promise<number | undefined>;

const notes = {
  alertmanager: 'found by looking at Alertmanager: it fires, and no notification in the store says so',
  prometheus: 'found by looking at Prometheus: it fires, and Alertmanager does not know of it',
  prometheusAlone: 'found by looking at Prometheus while Alertmanager could not be read: whether somebody silenced it lately is not known',
} as const;
/** More silences than this are not remembered one by one. */
const maxSilences = 500;
const backlogMs = 1_000;
const backlogLooks = 20;

export function createLook(deps: LookDependencies, settings: LookSettings): Look {
  const { store, inbox, clock, logger, metrics } = deps;
  const patience = createPatience(clock);
  const defaultCluster = settings.clusters.length === 1 ? settings.clusters[0] : undefined;

  return async ({ soon, signal }) => {
    const shown = await attempt('alertmanager', signal, () => deps.alertmanager.alerts(signal));
    const silences = shown && (await attempt('alertmanager', signal, () => deps.alertmanager.silences(signal)));
    const series = await attempt('prometheus', signal, () => deps.prometheus(signal));
    // What waits to be sorted is known, but not to the tables that are compared with.
    if (!(await isSorted(signal))) return backlogMs * backlogLooks;
    const now = clock.now().toISOString();
    if (silences) await store.remember({ at: now, silences: silences.length > maxSilences ? null : silences });

    const routed = (shown ?? []).filter((alert) => !alert.suppressed && alert.receivers.includes(settings.receiver));
    const settled = patience.ripe('alertmanager', routed, soon ? 0 : settings.settleMs, { byStart: true });
    await feed('alertmanager-look', notes.alertmanager, settled);
    if (series) {
      const found: FiringAlert[] = [];
      await inSlices(series, (slice) => void found.push(...slice.map((one) => fromSeries(one, now)).filter(isOurs)));
      if (shown) await feedUnknown(found, shown, silences ?? (await store.remembered())?.silences ?? null);
      else await feedAlone(found);
    }
    return patience.nextMs();
  };

  /** Alertmanager answers: only what it has not heard of, after every chance to hear of it. */
  async function feedUnknown(found: readonly FiringAlert[], shown: readonly ShownAlert[], silences: RememberedSilences['silences']) {
    const isKnown = await knownTo(found.length > 0 ? shown : [], defaultCluster);
    const unknown = found.filter((alert) => !isKnown(alert));
    // An Alertmanager that has just started knows nothing until Prometheus sends its alerts anew, which takes up to the margin.
    const ripe = patience.ripe('prometheus', unknown, settings.marginMs);
    await feed(
      'prometheus-look',
      notes.prometheus,
      ripe.filter((alert) => !mayBeSilenced(alert.labels, silences)),
    );
  }

  /** Alertmanager does not answer: its silences of the last time stay in force, and a restart of it is waited out. */
  async function feedAlone(found: readonly FiringAlert[]) {
    const ripe = patience.ripe('prometheus', found, settings.marginMs);
    const remembered = await store.remembered();
    if (remembered && isRecent(remembered)) return;
    const silences = remembered ? remembered.silences : [];
    await feed(
      'prometheus-look',
      notes.prometheusAlone,
      ripe.filter((alert) => !mayBeSilenced(alert.labels, silences)),
    );
  }

  function isRecent({ at }: RememberedSilences): boolean {
    return clock.now().getTime() - new Date(at).getTime() < 2 * settings.periodMs;
  }

  async function feed(source: NotificationSource, note: string, alerts: readonly FiringAlert[]): Promise<void> {
    const missing: FiringAlert[] = [];
    const findings: Partial<Record<Finding, number>> = {};
    await inSlices(alerts, async (slice) => {
      const known = await store.known(slice.map((alert) => ({ ...keyOf(alert, defaultCluster), fingerprint: storedFingerprint(alert) })));
      slice.forEach((alert, index) => {
        const answer = known[index];
        if (!answer) throw new InvariantError('the store said nothing of an alert');
        const finding = judge(alert, answer, { marginMs: settings.marginMs, byFingerprint: source === 'alertmanager-look' });
        if (!isMissing(finding)) return;
        findings[finding] = (findings[finding] ?? 0) + 1;
        missing.push(alert);
      });
    });
    const tries = patience.tries(source, missing);
    if (tries.givenUp > 0) metrics.lookFailures.inc({ source: sourceOf(source), reason: 'given-up' }, tries.givenUp);
    const at = clock.now().toISOString();
    const origin: NotificationOrigin = { receiver: settings.receiver, groupKey: `look:${sourceOf(source)}`, note, at };
    const bodies = [...notificationsOf(tries.first, origin), ...notificationsOf(tries.again, origin, { alone: true })];
    for (const { body, alerts: count } of bodies) {
      const bodyHash = createHash('sha256').update(body).digest('hex');
      await inbox.accept({ source, body, bodyHash, receivedAt: at, alerts: count, truncated: 0 });
      metrics.lookAlerts.inc({ source: sourceOf(source) }, count);
    }
    if (bodies.length === 0) return;
    logger.warn({ source, findings, alerts: tries.first.length + tries.again.length }, 'alerts fire that no notification told of');
    deps.wake();
  }

  /** Null when the source cannot be read; every other fault of ours goes up. */
  async function attempt<T>(source: 'alertmanager' | 'prometheus', signal: AbortSignal, read: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await read();
      metrics.lastLook.set({ source }, clock.now().getTime() / 1000);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof AppError && 'reason' in error ? String(error.reason) : 'server';
      metrics.lookFailures.inc({ source, reason });
      logger.warn({ source, reason, detail: error instanceof Error ? error.message : String(error) }, 'a look failed');
      return null;
    }
  }

  async function isSorted(signal: AbortSignal): Promise<boolean> {
    for (let looks = 0; looks < backlogLooks; looks += 1) {
      if ((await inbox.state()).waiting === 0) return true;
      await clock.sleep(backlogMs, signal);
    }
    metrics.lookFailures.inc({ source: 'store', reason: 'backlog' });
    return false;
  }

  function isOurs(alert: FiringAlert): boolean {
    const { resource } = keyOf(alert, defaultCluster);
    return resource !== null && settings.clusters.includes(resource.cluster);
  }
}

function sourceOf(source: NotificationSource): 'alertmanager' | 'prometheus' {
  return source === 'prometheus-look' ? 'prometheus' : 'alertmanager';
}

/** As the sorter will name it: by cleaned labels. */
function keyOf({ labels }: Pick<FiringAlert, 'labels'>, defaultCluster: string | undefined) {
  const cleaned = cleanSet('label', Object.entries(labels)).values;
  const named = namedResource(cleaned, defaultCluster);
  return { name: cleaned.alertname ?? '', resource: 'declined' in named ? null : named };
}

function storedFingerprint({ fingerprint }: FiringAlert): string {
  return cleanText(fingerprint, { maxLength: textLimits.label });
}

function fromSeries({ labels, since }: { labels: Readonly<Record<string, string>>; since: string | null }, now: string): FiringAlert {
  return { fingerprint: fingerprintOf(labels), labels, annotations: {}, startsAt: since, updatedAt: now, generatorURL: '' };
}

/**
 * External labels and relabelling change an alert between Prometheus and Alertmanager: it counts as known when all its labels are found
 * in one of Alertmanager's, or when that one has its name and service. Better to wait for a notification than to pass a silence by.
 */
async function knownTo(shown: readonly ShownAlert[], defaultCluster: string | undefined): Promise<(alert: FiringAlert) => boolean> {
  const text = (alert: Pick<FiringAlert, 'labels'>) => JSON.stringify(keyOf(alert, defaultCluster));
  const keys = new Set<string>();
  await inSlices(shown, (slice) => {
    for (const alert of slice) keys.add(text(alert));
  });
  const byName = Map.groupBy(shown, ({ labels }) => labels.alertname ?? '');
  return (alert) => {
    if (keys.has(text(alert))) return true;
    const labels = Object.entries(alert.labels);
    return (byName.get(alert.labels.alertname ?? '') ?? []).some((other) => labels.every(([name, value]) => other.labels[name] === value));
  };
}
