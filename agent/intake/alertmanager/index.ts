/**
 * Alertmanager's webhook: authenticates, checks, cleans and stores a notification, and only then answers 202. It judges nothing and
 * calls nobody but the inventory; a URL or a text from the payload is never followed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerOptions } from 'node:http';
import { type Request, type Response, Router } from 'express';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../domain/clock.ts';
import { AppError, ConfigError, InputError, InvariantError } from '../../domain/errors.ts';
import { createCachedInventory, type Inventory } from '../../incident/inventory.ts';
import type { AlertRow, IncidentStore, ReceivedAlert } from '../../incident/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { findTargets } from '../target.ts';
import { leaveBody, readBody, refuseEncoded } from './body.ts';
import { createRefusalRecorder } from './refusals.ts';
import { faultsOf, Notification, tooComplex } from './schema.ts';

/** For `http.createServer`: a client that is slow on purpose holds a connection for at most about 11 s. Milliseconds and bytes. */
export const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions;

/** 10,000 alerts in one group are about 4.4 MB. */
const defaultBodyBytes = 8_388_608;
/** A body without a valid token is thrown away up to this length, so that a sender with a wrong token reads its 401. */
const strangerBytes = 1_048_576;

export interface AlertmanagerWebhookDependencies {
  /** The bearer token the sender must show. */
  token: string;
  store: Pick<IncidentStore, 'receive'>;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  inventory: Inventory;
  /** The ECS cluster of alerts without a label `ecs_cluster`; without it they are declined. */
  defaultCluster?: string;
  limits?: { bodyBytes?: number };
  metrics?: Pick<Metrics, 'webhooks' | 'alerts'>;
  /** Called after each stored notification: there may be work. */
  wake?: () => void;
}

/**
 * `POST /` answers `202 {accepted, incidents, declined}` once everything is on disk. Errors go to the next error handler as `AppError`:
 * WEBHOOK_UNAUTHORIZED, _ENCODED, _TOO_LARGE, _MALFORMED, _INVALID, and STORE_UNAVAILABLE, which Alertmanager retries.
 */
export function createAlertmanagerWebhook(dependencies: AlertmanagerWebhookDependencies): Router {
  const { token, store, trail, clock, logger, limits, metrics, wake, defaultCluster } = dependencies;
  if (token === '') throw new ConfigError(['webhook token: empty; give the token that Alertmanager sends']);
  const expected = digest(token);
  const maxBytes = limits?.bodyBytes ?? defaultBodyBytes;
  const inventory = createCachedInventory(dependencies.inventory, clock);
  const refusals = createRefusalRecorder(trail, clock, logger);

  async function accept(request: Request, response: Response): Promise<void> {
    if (!timingSafeEqual(digest(bearerToken(request)), expected)) {
      leaveBody(request, response, strangerBytes);
      throw new InputError('WEBHOOK_UNAUTHORIZED', 'no bearer token, or not the right one', {
        hint: 'set http_config.authorization.credentials of the receiver to the token the agent was given',
      });
    }
    const encoded = refuseEncoded(request);
    if (encoded) {
      leaveBody(request, response, maxBytes);
      throw encoded;
    }
    const body = await readBody(request, maxBytes);
    if (body === 'aborted') {
      metrics?.webhooks.inc({ code: 'aborted' });
      return;
    }
    if (body === 'too-large') {
      leaveBody(request, response, 4 * maxBytes);
      throw new InputError('WEBHOOK_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, {
        hint: 'set max_alerts on the receiver, or group alerts by ecs_service',
      });
    }
    const notification = parse(body);
    const received = await toReceived(notification, body);
    const rows = await store.receive(received);
    answer(response, rows, notification.truncatedAlerts);
  }

  async function toReceived(notification: Notification, body: Buffer): Promise<ReceivedAlert[]> {
    const labelSets = notification.alerts.map((alert) => alert.labels.values);
    const targets = await findTargets(labelSets, inventory, defaultCluster);
    const receivedAt = clock.now().toISOString();
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const cut = notification.truncatedAlerts;
    const general = cut > 0 ? [`Alertmanager left ${cut} more alerts of this group out (max_alerts)`] : [];
    return notification.alerts.map(({ labels, annotations, status, startsAt, endsAt, fingerprint }, index) => {
      const found = targets[index];
      if (!found) throw new InvariantError('an alert was left without a target');
      const name = labels.values.alertname ?? '';
      return {
        alert: {
          fingerprint,
          status,
          name,
          labels: labels.values,
          annotations: annotations.values,
          startsAt,
          endsAt,
          groupKey: notification.groupKey,
        },
        target: found.target,
        receivedAt,
        bodyHash,
        notes: [...general, ...found.notes, ...labels.notes, ...annotations.notes],
      };
    });
  }

  function answer(response: Response, rows: readonly AlertRow[], truncated: number): void {
    const incidents = [...new Set(rows.flatMap((row) => row.incidentId ?? []))];
    const declined = rows.filter((row) => row.disposition === 'declined').length;
    for (const row of rows) metrics?.alerts.inc({ disposition: row.disposition });
    metrics?.webhooks.inc({ code: 'accepted' });
    logger.info({ accepted: rows.length, incidents: incidents.slice(0, 20), declined, truncated }, 'webhook stored');
    response.status(202).json({ accepted: rows.length, incidents, declined });
    wake?.();
  }

  const router = Router();
  router.post('/', async (request, response) => {
    try {
      await accept(request, response);
    } catch (error) {
      if (error instanceof AppError) {
        metrics?.webhooks.inc({ code: error.code });
        if (error instanceof InputError) await refusals.record(error, request.socket.remoteAddress);
      }
      throw error;
    }
  });
  return router;
}

function parse(body: Buffer): Notification {
  const complexity = tooComplex(body);
  if (complexity) throw invalid(`the body is ${complexity}`);
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new InputError('WEBHOOK_MALFORMED', `the body of ${body.length} bytes is not JSON`, {
      cause: error,
      hint: 'send the JSON that Alertmanager sends by itself; look for a proxy that cuts or rewrites bodies',
    });
  }
  const checked = Notification.safeParse(json);
  if (!checked.success) throw invalid(faultsOf(checked.error));
  return checked.data;
}

function invalid(message: string): InputError {
  return new InputError('WEBHOOK_INVALID', message, {
    hint: 'send the notification as Alertmanager makes it (payload version 4), without a payload template of your own',
  });
}

function bearerToken(request: IncomingMessage): string {
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' ? token : '';
}

/** Comparing hashes of equal length takes the same time whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
