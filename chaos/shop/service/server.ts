/** The HTTP side of a service: routes, metrics, error answers and error logs. It knows nothing of what is sold. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CallError, HttpError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type Answer, type Exchange, matchRoute, type Route } from './router.ts';
import { traceHeader, traceIdOf } from './trace.ts';

const maxBodyBytes = 64 * 1024;

export interface ServerParts {
  routes: readonly Route[];
  log: Logger;
  metrics: Metrics;
  /** null while the service is well, else what is not. */
  health: () => string | null;
}

export function createServiceServer(parts: ServerParts): Server {
  const { routes, log, metrics, health } = parts;
  for (const route of routes) metrics.declareRoute(route.method, route.path);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://service');
    // Probes and scrapes are not traffic: counted, they would dilute the share of failed requests.
    if (url.pathname === '/healthz') return send(response, healthAnswer(health()));
    if (url.pathname === '/metrics') return void sendMetrics(response, metrics, log);
    void serve(request, response, url, parts);
  });
  server.keepAliveTimeout = 65_000;
  return server;
}

async function serve(request: IncomingMessage, response: ServerResponse, url: URL, parts: ServerParts): Promise<void> {
  const { metrics } = parts;
  const started = performance.now();
  const method = request.method ?? 'GET';
  const match = matchRoute(parts.routes, method, url.pathname);
  const route = match?.route.path ?? 'unmatched';
  const traceId = traceIdOf(request.headers[traceHeader]);
  const log = parts.log.child({ traceId, method, route });
  const hangUp = new AbortController();
  metrics.inFlight.inc();
  response.once('close', () => {
    const answered = response.writableFinished;
    const seconds = (performance.now() - started) / 1000;
    metrics.inFlight.dec();
    metrics.served(method, route, answered ? response.statusCode : 499, seconds);
    if (answered) return;
    hangUp.abort();
    log.info({ durationMs: Math.round(seconds * 1000) }, 'client hung up');
  });
  response.setHeader('x-trace-id', traceId);
  const exchange: Exchange = {
    params: match?.params ?? {},
    query: url.searchParams,
    traceId,
    log,
    signal: hangUp.signal,
    body: () => readBody(request),
  };
  try {
    const answer = match ? await match.route.handle(exchange) : { status: 404, body: { error: `no route for ${method} ${url.pathname}` } };
    send(response, answer);
  } catch (error) {
    // 'close' comes a moment after the read or call that the hang-up ended.
    if (request.destroyed && !request.complete) return;
    if (response.destroyed) return;
    send(response, errorAnswer(error, log, traceId));
  }
}

function healthAnswer(trouble: string | null): Answer {
  return trouble === null ? { status: 200, body: { status: 'ok' } } : { status: 503, body: { status: 'unavailable', reason: trouble } };
}

function errorAnswer(error: unknown, log: Logger, traceId: string): Answer {
  if (error instanceof HttpError) {
    log.warn({ status: error.status }, `request refused: ${error.message}`);
    return { status: error.status, body: { error: error.message, traceId } };
  }
  if (error instanceof CallError) {
    log.error({ err: error, peer: error.peer, code: error.code }, 'call failed');
    return { status: error.code === 'timeout' ? 504 : 502, body: { error: `${error.peer} is not available`, traceId } };
  }
  log.error({ err: error }, 'request failed');
  return { status: 500, body: { error: 'internal error', traceId } };
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  response.statusCode = answer.status;
  if (answer.body === undefined) {
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer.body));
}

async function sendMetrics(response: ServerResponse, { registry }: Metrics, log: Logger): Promise<void> {
  try {
    const text = await registry.metrics();
    response.setHeader('content-type', registry.contentType);
    response.end(text);
  } catch (error) {
    log.error({ err: error }, 'metrics could not be read');
    send(response, { status: 500 });
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new HttpError(413, `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new HttpError(400, 'the body is not a JSON object');
  return { ...body };
}
