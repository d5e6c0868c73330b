/** An Alertmanager as far as its API and its webhook body go: tests fire and resolve alerts and see what it would tell. */
import { createHash } from 'node:crypto';

interface Shown {
  labels: Record<string, string>;
  startsAt: string;
  updatedAt: string;
  silenced: boolean;
  receiver: string;
}

export interface ShownAlerts {
  fire(labels: Record<string, string>, at: Date, more?: { silenced?: boolean; receiver?: string }): void;
  /** As Prometheus does each minute for what still fires. */
  update(at: Date): void;
  /** From then on it is not shown; no webhook says so. */
  resolve(labels: Record<string, string>): void;
  /** The body of a webhook about what fires with this alert name, cut after `maxAlerts`; undefined when nothing does. */
  notification(alertname: string, maxAlerts?: number): string | undefined;
  /** Answers /api/v2/alerts and /api/v2/silences. */
  fetch: typeof fetch;
  /** What it answers instead, while that is set. */
  broken: Response | (() => Promise<Response>) | undefined;
  /** Requests for alerts. */
  looks: number;
}

export function createShownAlerts(): ShownAlerts {
  const shown = new Map<string, Shown>();
  const fingerprintOf = (labels: object) => createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16);

  const alerts: ShownAlerts = {
    looks: 0,
    broken: undefined,
    fire(labels, at, { silenced = false, receiver = 'kintsugi' } = {}) {
      const times = { startsAt: at.toISOString(), updatedAt: at.toISOString() };
      shown.set(fingerprintOf(labels), { labels, ...times, silenced, receiver });
    },
    update(at) {
      for (const alert of shown.values()) alert.updatedAt = at.toISOString();
    },
    resolve(labels) {
      shown.delete(fingerprintOf(labels));
    },
    notification(alertname, maxAlerts = 0) {
      const members = [...shown].filter(([, { labels, silenced }]) => labels.alertname === alertname && !silenced);
      if (members.length === 0) return undefined;
      const told = maxAlerts > 0 ? members.slice(0, maxAlerts) : members;
      return JSON.stringify({
        receiver: 'kintsugi',
        status: 'firing',
        version: '4',
        groupKey: `{}:{alertname="${alertname}"}`,
        externalURL: '',
        truncatedAlerts: members.length - told.length,
        alerts: told.map(([fingerprint, { labels, startsAt }]) => ({
          status: 'firing',
          labels,
          annotations: {},
          startsAt,
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: '',
          fingerprint,
        })),
      });
    },
    async fetch(input) {
      if (alerts.broken) return typeof alerts.broken === 'function' ? alerts.broken() : alerts.broken.clone();
      if (String(input).endsWith('/silences')) return Response.json([]);
      alerts.looks += 1;
      return Response.json(
        [...shown].map(([fingerprint, { labels, startsAt, updatedAt, silenced, receiver }]) => ({
          fingerprint,
          labels,
          annotations: {},
          startsAt,
          updatedAt,
          endsAt: updatedAt,
          generatorURL: '',
          receivers: [{ name: receiver }],
          status: { state: silenced ? 'suppressed' : 'active', silencedBy: silenced ? ['s'] : [], inhibitedBy: [] },
        })),
      );
    },
  };
  return alerts;
}
