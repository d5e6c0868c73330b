/** Joins what looks at Alertmanager: settings, its client and what it asks Prometheus. Part of the composition root. */
import type { Settings } from './config/settings.ts';
import { prometheus } from './evidence/prometheus/index.ts';
import { createReconciler, type Reconciler, type ReconcilerDependencies } from './intake/reconciler/index.ts';

/** Undefined where nobody said where Alertmanager is; that is said aloud. */
export function createReconcilerApp(
  { reconciler, clusters, evidence }: Settings,
  deps: Omit<ReconcilerDependencies, 'fetch' | 'prometheus'>,
): Reconciler | undefined {
  const { alertmanagerUrl, receiver, timeoutSeconds, maxBytes } = reconciler;
  if (alertmanagerUrl === undefined) {
    const hint = 'set KINTSUGI_RECONCILER_ALERTMANAGER_URL to the base URL of Alertmanager';
    deps.logger.warn({ hint }, 'NO LOOKS AT ALERTMANAGER: a notification that is lost, refused or cut stays lost');
    return undefined;
  }
  const firing = prometheus.firing(evidence.prometheus, { fetch, now: () => deps.clock.now() });
  return createReconciler(
    { ...deps, fetch, prometheus: firing },
    {
      alertmanager: { url: alertmanagerUrl, timeoutMs: timeoutSeconds * 1000, maxBytes },
      receiver,
      clusters,
      periodMs: reconciler.periodSeconds * 1000,
      settleMs: reconciler.settleSeconds * 1000,
      marginMs: reconciler.marginSeconds * 1000,
    },
  );
}
