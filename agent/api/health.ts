/** Probes and metrics: open to the network the agent listens on, and free of anything secret. */
import { Router } from 'express';
import type { Registry } from 'prom-client';

export interface HealthDependencies {
  registry: Registry;
  /** Why the agent cannot take a webhook right now; empty when it can. */
  notReady: () => Promise<string[]>;
}

export function createHealth(deps: HealthDependencies): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const reasons = await deps.notReady();
    response.status(reasons.length === 0 ? 200 : 503).json(reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(deps.registry.contentType).send(await deps.registry.metrics());
  });
  return router;
}
