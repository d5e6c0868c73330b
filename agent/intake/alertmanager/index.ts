/**
 * Alertmanager's webhook: authenticates, checks and stores a notification as it came, and only then answers 202. It judges nothing and
 * calls nobody; a URL or a text from the payload is never followed. It runs on Node's own server, for everything that waits for an
 * answer waits for this code: what the alerts mean is the sorter's work.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../domain/clock.ts';
import { AppError, ConfigError, InputError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { isLong, parseInTurns, parseNotification, type WireNotification } from '../notification.ts';
import type { NotificationStore } from '../notification-store.ts';
import type { Pressure } from '../pressure.ts';
import type { Repeats } from '../repeats.ts';
import { leaveBody, readBody, refuseEncoded } from './body.ts';
import { createRefusalRecorder } from './refusals.ts';

/** For `http.createServer`: a client that is slow on purpose holds a connection for at most about 11 s. Milliseconds and bytes. */
export const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions;

const path = '/webhooks/alertmanager';
/** 10,000 alerts in one group are about 4.4 MB. */
const defaultBodyBytes = 8_388_608;
/** A body without a valid token is thrown away up to this length, so that a sender with a wrong token reads its 401. */
const strangerBytes = 1_048_576;

export interface AlertmanagerWebhookDependencies {
  /** The bearer token the sender must show. */
  token: string;
  notifications: Pick<NotificationStore, 'accept'>;
  repeats: Repeats;
  pressure: Pick<Pressure, 'arrives'>;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  /** Answers with an error: the one place where errors become HTTP. */
  answerProblem: (error: unknown, response: ServerResponse) => void;
  limits?: { bodyBytes?: number };
  metrics?: Pick<Metrics, 'webhooks'>;
  /** Called after each stored notification: there is something to sort. */
  wake?: () => void;
  /** Called after a stored notification that names only some of the alerts that fire (`truncatedAlerts`). */
  wasCut?: () => void;
}

export interface AlertmanagerWebhook {
  /** Whether this request is for it: a POST to its path. */
  takes(request: IncomingMessage): boolean;
  /**
   * Answers `202 {accepted, notification}` once the body is on disk, or known to be there. Errors: WEBHOOK_UNAUTHORIZED, _ENCODED,
   * _TOO_LARGE, _MALFORMED, _INVALID, and STORE_UNAVAILABLE, which Alertmanager retries.
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Begun {
  alerts: number;
  truncated: number;
  stored: Promise<number>;
}

export function createAlertmanagerWebhook(dependencies: AlertmanagerWebhookDependencies): AlertmanagerWebhook {
  const { token, notifications, repeats, pressure, trail, clock, logger, limits, metrics, wake, wasCut, answerProblem } = dependencies;
  if (token === '') throw new ConfigError(['webhook token: empty; give the token that Alertmanager sends']);
  const expected = digest(token);
  const maxBytes = limits?.bodyBytes ?? defaultBodyBytes;
  const refusals = createRefusalRecorder(trail, clock, logger);
  const accepted = metrics?.webhooks.labels('accepted');
  const repeated = metrics?.webhooks.labels('repeated');

  function requireToken(request: IncomingMessage, response: ServerResponse): void {
    if (timingSafeEqual(digest(bearerToken(request)), expected)) return;
    leaveBody(request, response, strangerBytes);
    throw new InputError('WEBHOOK_UNAUTHORIZED', 'no bearer token, or not the right one', {
      hint: 'set http_config.authorization.credentials of the receiver to the token the agent was given',
    });
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireToken(request, response);
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
    pressure.arrives();
    await store(body, response);
  }

  async function store(body: Buffer, response: ServerResponse): Promise<void> {
    const bodyHash = hash('sha256', body, 'hex');
    const original = repeats.find(bodyHash);
    if (original) {
      const seq = original.seq ?? (await original.stored);
      repeats.count(seq);
      repeated?.inc();
      answer(response, original.alerts, seq);
      return;
    }
    const { alerts, truncated, stored } = isLong(body)
      ? await beginInTurns(body, bodyHash)
      : begin(body, bodyHash, parseNotification(body));
    const seq = await stored;
    accepted?.inc();
    answer(response, alerts, seq);
    wake?.();
    if (truncated > 0) wasCut?.();
  }

  /** Apart from the wait for the disk, so that what was parsed is garbage before it. */
  async function beginInTurns(body: Buffer, bodyHash: string): Promise<Begun> {
    return begin(body, bodyHash, await parseInTurns(body));
  }

  function begin(body: Buffer, bodyHash: string, { alerts, truncatedAlerts: truncated = 0 }: WireNotification): Begun {
    const receivedAt = clock.now().toISOString();
    const stored = notifications.accept({
      source: 'alertmanager-webhook',
      body,
      bodyHash,
      receivedAt,
      alerts: alerts.length,
      truncated,
    });
    repeats.remember(bodyHash, alerts, stored);
    return { alerts: alerts.length, truncated, stored };
  }

  return {
    takes: ({ method, url = '' }) => method === 'POST' && (url === path || url === `${path}/` || url.startsWith(`${path}?`)),
    async handle(request, response) {
      try {
        await receive(request, response);
      } catch (error) {
        if (error instanceof AppError) metrics?.webhooks.inc({ code: error.code });
        if (error instanceof InputError) await refusals.record(error, request.socket.remoteAddress);
        answerProblem(error, response);
      }
    },
  };
}

function answer(response: ServerResponse, accepted: number, notification: number): void {
  const body = `{"accepted":${accepted},"notification":${notification}}`;
  response.writeHead(202, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length });
  response.end(body, 'latin1');
}

function bearerToken(request: IncomingMessage): string {
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' ? token : '';
}

/** Comparing hashes of equal length takes the same time whatever was sent. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
