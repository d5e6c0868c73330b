/** Found alerts in the form of Alertmanager's webhook, version 4, so that they go through the same door as those it sends. */
import type { FiringAlert } from '../firing-alerts.ts';

/** So much is sorted as one; a long list becomes several notifications. */
const limits = { alerts: 500, bytes: 1_048_576 } as const;

export interface NotificationBody {
  body: Buffer;
  alerts: number;
}

export interface NotificationOrigin {
  receiver: string;
  groupKey: string;
  /** Becomes part of the reason of each row. */
  note: string;
  /** ISO 8601: stands for a beginning the source does not know. */
  at: string;
}

/** The same alerts give the same bytes, whatever order they came in. `alone` makes a notification of each. */
export function notificationsOf(
  alerts: readonly FiringAlert[],
  origin: NotificationOrigin,
  { alone = false }: { alone?: boolean } = {},
): NotificationBody[] {
  const bodies: NotificationBody[] = [];
  let members: string[] = [];
  let bytes = 0;
  const flush = () => {
    if (members.length > 0) bodies.push({ body: bodyOf(members, origin), alerts: members.length });
    members = [];
    bytes = 0;
  };
  for (const alert of alerts.toSorted((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))) {
    const member = memberOf(alert, origin);
    if (members.length >= (alone ? 1 : limits.alerts) || bytes + member.length > limits.bytes) flush();
    members.push(member);
    bytes += member.length;
  }
  flush();
  return bodies;
}

function memberOf({ labels, annotations, startsAt, generatorURL, fingerprint }: FiringAlert, { at }: NotificationOrigin): string {
  const times = { startsAt: startsAt ?? at, endsAt: '0001-01-01T00:00:00Z' };
  return JSON.stringify({ status: 'firing', labels, annotations, ...times, generatorURL, fingerprint });
}

function bodyOf(members: readonly string[], { receiver, groupKey, note }: NotificationOrigin): Buffer {
  const head = { version: '4', status: 'firing', receiver, groupKey, truncatedAlerts: 0, externalURL: '', lookNote: note };
  const common = { groupLabels: {}, commonLabels: {}, commonAnnotations: {} };
  return Buffer.from(`${JSON.stringify({ ...head, ...common }).slice(0, -1)},"alerts":[${members.join(',')}]}`);
}
