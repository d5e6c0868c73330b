/** What a monitoring system told us, after the edge has checked and cleaned it. Never trusted as proof: it is a reason to look. */

export type AlertStatus = 'firing' | 'resolved';

export interface Alert {
  /** Alertmanager's hash of the label set. */
  fingerprint: string;
  status: AlertStatus;
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** ISO 8601. Orders firings; never part of a key (a flapping alert changes it between firing and resolved). */
  startsAt: string;
  /** ISO 8601, or null while firing (Alertmanager sends the year 1). */
  endsAt: string | null;
  groupKey: string;
}

/** One ECS service: what an incident is about and what an action may touch. */
export interface Resource {
  cluster: string;
  service: string;
}

/** `ecs:<cluster>/<service>`, the key of budgets, cooldowns and leases. */
export function resourceKey(resource: Resource): string {
  return `ecs:${resource.cluster}/${resource.service}`;
}

/** What became of one firing; every alert row carries one, with a reason in words. */
export type Disposition = 'opened' | 'merged' | 'suppressed' | 'declined' | 'resolved';
