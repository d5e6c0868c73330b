/** Alerts as the edge hands them to the incident store. */
import type { Alert } from '../domain/alert.ts';
import type { ReceivedAlert } from '../incident/store.ts';

interface Overrides {
  alert?: Partial<Alert>;
  target?: ReceivedAlert['target'];
  receivedAt?: string;
  bodyHash?: string;
  notes?: readonly string[];
}

/** A firing `HighErrorRatio` of `shop/checkout`, unless the test says otherwise. */
export function receivedAlert(overrides: Overrides = {}): ReceivedAlert {
  const { alert, ...rest } = overrides;
  return {
    alert: {
      fingerprint: 'f1',
      status: 'firing',
      name: 'HighErrorRatio',
      labels: { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: 'checkout', severity: 'critical' },
      annotations: { summary: 'checkout fails' },
      startsAt: '2025-12-31T23:59:00.000Z',
      endsAt: null,
      groupKey: '{}:{}',
      ...alert,
    },
    target: { resource: { cluster: 'shop', service: 'checkout' } },
    receivedAt: '2026-01-01T00:00:00.000Z',
    bodyHash: 'body-1',
    ...rest,
  };
}
