/** Calls to other services: JSON in, JSON out, one timeout for the whole exchange, every call counted and timed. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { CallError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { traceHeader, traceparent } from './trace.ts';

export interface PeerSettings {
  /** ECS service name of the callee. */
  peer: string;
  /** `http://host:port` */
  baseUrl: string;
  timeoutMs: number;
}

export interface CallOptions {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  traceId: string;
  /** Ends the call early; it then fails with code 499. */
  signal?: AbortSignal;
  /** A pooled connection; without one every call opens its own, so that the sidecar spreads calls over all tasks. */
  agent?: Agent;
}

export interface CallAnswer {
  status: number;
  body: unknown;
}

export interface Peer {
  /** Answers every status below 500; throws `CallError` for the rest. */
  call(options: CallOptions): Promise<CallAnswer>;
}

const ownConnection = new Agent({ keepAlive: false });

export function createPeer(settings: PeerSettings, metrics: Metrics): Peer {
  metrics.declarePeer(settings.peer);
  return {
    async call(options) {
      const started = performance.now();
      let code = 'error';
      try {
        const answer = await exchange(settings, options);
        code = String(answer.status);
        if (answer.status >= 500) {
          throw new CallError(settings.peer, code, `${settings.peer} answered ${code} to ${options.method} ${options.path}`);
        }
        return answer;
      } catch (error) {
        if (error instanceof CallError) code = error.code;
        throw error;
      } finally {
        metrics.called(settings.peer, code, (performance.now() - started) / 1000);
      }
    },
  };
}

/** One call without the metrics of a peer; any status is an answer. Throws `CallError` when there is none. */
export function exchange(settings: PeerSettings, options: CallOptions): Promise<CallAnswer> {
  const { peer, baseUrl, timeoutMs } = settings;
  const what = `${options.method} ${options.path}`;
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) {
      reject(new CallError(peer, '499', `${what} to ${peer} was given up`));
      return;
    }
    const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
    const request = httpRequest(new URL(options.path, baseUrl), {
      method: options.method,
      agent: options.agent ?? ownConnection,
      headers: {
        [traceHeader]: traceparent(options.traceId),
        ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    });
    const giveUp = (): void => fail(new CallError(peer, '499', `${what} to ${peer} was given up`));
    const timer = setTimeout(
      () => fail(new CallError(peer, 'timeout', `${peer} did not answer ${what} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    };
    function fail(error: CallError): void {
      settle();
      request.destroy();
      reject(error);
    }
    signal?.addEventListener('abort', giveUp, { once: true });
    request.on('error', (cause: NodeJS.ErrnoException) => {
      // A kept connection may have been closed by the other side just as we picked it up; nothing was processed then.
      if (request.reusedSocket && cause.code === 'ECONNRESET') {
        settle();
        exchange(settings, { ...options, agent: ownConnection }).then(resolve, reject);
        return;
      }
      fail(new CallError(peer, 'error', `${what} to ${peer} failed: ${cause.code ?? cause.message}`, cause));
    });
    request.on('response', (response) => {
      readJson(response).then(
        (body) => {
          settle();
          resolve({ status: response.statusCode ?? 0, body });
        },
        (cause: Error) => fail(new CallError(peer, 'error', `the answer of ${peer} to ${what} was cut off`, cause)),
      );
    });
    request.end(payload);
  });
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    // A proxy's own error page is not JSON; the status says enough.
    if ((response.statusCode ?? 0) >= 400) return null;
    throw error;
  }
}
