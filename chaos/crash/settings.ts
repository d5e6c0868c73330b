/** The agent's settings in the laboratory: guards wide open and windows short, so that a thousand incidents fit into minutes. */
import { baselineSeconds, recentSeconds } from './cloud/prometheus.ts';
import { tokens } from './replica.ts';

const many = '1000000';

export interface LabSettings {
  cloudUrl: string;
  clusters: readonly string[];
  store: Readonly<Record<string, string>>;
  autonomy: 'auto' | 'approve';
}

export function environmentOf({ cloudUrl, clusters, store, autonomy }: LabSettings): Record<string, string> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_SECRET_ACCESS_KEY: 'laboratory',
    AWS_ENDPOINT_URL: cloudUrl,
    KINTSUGI_CLUSTERS: clusters.join(','),
    KINTSUGI_SERVER_PORT: '0',
    KINTSUGI_LOG_LEVEL: 'info',
    KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
    KINTSUGI_API_TOKEN: tokens.api,
    KINTSUGI_AUDIT_KEY: 'k'.repeat(32),
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: cloudUrl,
    KINTSUGI_FLAGS_ROLL_BACK_DEPLOYMENT: 'true',
    KINTSUGI_POLICY_AUTONOMY_DEFAULT: autonomy,
    KINTSUGI_POLICY_APPROVAL_APPROVERS: 'anyone',
    KINTSUGI_POLICY_COOLDOWN_SECONDS: '0',
    KINTSUGI_POLICY_TARGET_BUDGET_CHANGES: many,
    KINTSUGI_POLICY_ACTION_BUDGET_CHANGES: many,
    KINTSUGI_POLICY_CLUSTER_BUDGET_CHANGES: many,
    KINTSUGI_POLICY_FLEET_BUDGET_CHANGES: many,
    KINTSUGI_POLICY_BREAKER_FAILURES: many,
    KINTSUGI_POLICY_MASS_FAILURE_SERVICES: many,
    KINTSUGI_RUN_RECENT_SECONDS: String(recentSeconds),
    KINTSUGI_RUN_BASELINE_SECONDS: String(baselineSeconds),
    KINTSUGI_RUN_ALERT_PENDING_SECONDS: '1',
    KINTSUGI_POLICY_MINIMUM_TROUBLE_SECONDS: '1',
    KINTSUGI_RUN_LOOK_AGAIN_SECONDS: '0.2',
    KINTSUGI_RUN_VERIFICATION_INTERVAL_SECONDS: '0.15',
    KINTSUGI_RUN_POLL_SECONDS: '0.25',
    KINTSUGI_VERIFICATION_GRACE_SECONDS: '0',
    KINTSUGI_VERIFICATION_HOLD_SECONDS: '0.4',
    // As many holds as in production, and more: fifty incidents at once share two cores.
    KINTSUGI_VERIFICATION_DEADLINE_SECONDS: '10',
    KINTSUGI_VERIFICATION_MIN_SAMPLES: '2',
    ...store,
  };
}

/** What Alertmanager sends about one firing alert on the service of each of these clusters. */
export function notificationOf(clusters: readonly string[], secondsAgo = 10): string {
  const startsAt = new Date(Date.now() - secondsAgo * 1000).toISOString();
  const alerts = clusters.map((cluster) => ({
    status: 'firing',
    labels: { alertname: 'HighErrorRatio', ecs_cluster: cluster, ecs_service: 'checkout', severity: 'critical' },
    annotations: {},
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: cluster,
  }));
  const head = { version: '4', groupKey: `g ${clusters[0]}`, status: 'firing', receiver: 'kintsugi', truncatedAlerts: 0, externalURL: '' };
  return JSON.stringify({ ...head, alerts });
}
