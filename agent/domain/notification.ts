/** A notification: one body of alerts, as a webhook brought it or a look at the source did. */

/** Who told us: Alertmanager by itself, or a look of ours at Alertmanager or at Prometheus. */
export type NotificationSource = 'alertmanager-webhook' | 'alertmanager-look' | 'prometheus-look';
