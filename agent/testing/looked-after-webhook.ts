/** The webhook with the reconciler beside it, both over one store and one clock that the test moves. */
import type { FiringSeries } from '../intake/firing-alerts.ts';
import { createReconciler, type Reconciler } from '../intake/reconciler/index.ts';
import { createLookStore } from '../storage/look-store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createShownAlerts, type ShownAlerts } from './shown-alerts.ts';
import { inventoryOf, startWebhook, type WebhookServer } from './webhook-server.ts';

export interface LookedAfterWebhook extends WebhookServer {
  alertmanager: ShownAlerts;
  /** What fires in Prometheus. */
  series: FiringSeries[];
  metrics: Metrics;
  reconciler: Reconciler;
  /** One more process on the same store, not yet started; the test stops it. */
  another(): Reconciler;
  /** Moves time on in small steps, until looks and sorting that fall into it are done. */
  passes(seconds: number): Promise<void>;
}

export const periodSeconds = 60;

/** A period of 60 s, 30 s to settle, a margin of 90 s; `services` of cluster `shop` are known. */
export async function startLookedAfterWebhook(services: readonly string[]): Promise<LookedAfterWebhook> {
  const alertmanager = createShownAlerts();
  const series: FiringSeries[] = [];
  const metrics = createMetrics(async () => ({}));
  let lookSoon = () => {};
  const webhook = await startWebhook({ inventory: inventoryOf({ shop: services }), metrics, wasCut: () => lookSoon() });
  const { clock } = webhook;
  const create = () =>
    createReconciler(
      {
        store: createLookStore(webhook.store, clock),
        inbox: webhook.notifications,
        clock,
        logger: createLogger('silent'),
        metrics,
        prometheus: async () => series,
        fetch: (input, init) => alertmanager.fetch(input, init),
        wake: () => webhook.intake.wake(),
      },
      {
        alertmanager: { url: 'http://alertmanager', timeoutMs: 5_000, maxBytes: 10_000_000 },
        receiver: 'kintsugi',
        clusters: ['shop'],
        periodMs: periodSeconds * 1000,
        settleMs: 30_000,
        marginMs: 90_000,
      },
    );
  const reconciler = create();
  lookSoon = reconciler.lookSoon;
  reconciler.start();
  return {
    ...webhook,
    alertmanager,
    series,
    metrics,
    reconciler,
    another: create,
    async passes(seconds) {
      for (let left = seconds; left > 0; left -= 1) {
        await clock.advance(1_000);
        await webhook.sorted();
      }
    },
    async stop() {
      await reconciler.stop();
      await webhook.stop();
    },
  };
}
