/**
 * Stands between the agent and one thing it depends on, and spoils what comes back in seventeen ways. It counts every call that arrives, so
 * that a caller who tries too often is found out.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export const faults = [
  ...(['refused', 'silent', 'reset', 'drip', 'cut', '429', '429 with Retry-After', '500', '503', 'HTML', 'bad JSON', 'cut JSON'] as const),
  ...(['50 MB', 'wrong schema', 'TLS', 'DNS', 'stale'] as const),
] as const;
export type Fault = (typeof faults)[number];

export interface Call {
  /** AWS operation, or the path. */
  operation: string;
  /** The same for every attempt of one call. */
  id: string;
  /** Other calls may be spelt the same: what is asked about the past, or with no words at all. */
  isRepeatable: boolean;
}

export interface Order {
  fault: Fault;
  /** Calls it befalls; the ways in which a whole host fails befall all from the first such call on. */
  befalls: (operation: string) => boolean;
  /** The call is carried out first, and only its answer is spoilt. */
  afterEffect?: boolean;
}

export interface FaultProxy {
  readonly url: string;
  readonly calls: Call[];
  /** Undefined: all is well again. */
  order(order: Order | undefined): Promise<void>;
  close(): Promise<void>;
}

/** A question about a moment younger than this is asked in one look only. */
const recentSeconds = 5;

/** `upstream` answers what the proxy passes on; `name` is what the agent calls the host, `setName` makes it fail or not. */
export async function startFaultProxy(
  upstream: string,
  name: string,
  setName: (name: string, isDown: boolean) => void,
): Promise<FaultProxy> {
  const calls: Call[] = [];
  const sockets = new Set<Socket>();
  const firstAnswers = new Map<string, string>();
  let order: Order | undefined;
  let isGone = false;
  let port = 0;

  const server: Server = createServer((request, response) => {
    // What a fault leaves half done on purpose is no failure of the proxy.
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    // "handshake failure", as a server that speaks TLS answers to plain HTTP.
    if (isGone && order?.fault === 'TLS') socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]));
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  async function listen(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }

  /** The whole host fails: those who are connected lose their connection too. */
  async function goAway(): Promise<void> {
    isGone = true;
    if (order?.fault === 'DNS') setName(name, true);
    for (const socket of sockets) socket.destroy();
    if (order?.fault === 'refused' && server.listening) await new Promise((resolve) => server.close(resolve));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const target = request.headers['x-amz-target'];
    const operation = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : (request.url?.split('?')[0] ?? '');
    const invocation = request.headers['amz-sdk-invocation-id'];
    const about = Number(/(?:^|&)time=([\d.]+)/.exec(body)?.[1] ?? 0);
    const isRepeatable = invocation === undefined && about < Date.now() / 1000 - recentSeconds;
    calls.push({ operation, id: String(invocation ?? `${request.url} ${body}`), isRepeatable });
    const now = order?.befalls(operation) ? order : undefined;
    if (!now || now.afterEffect || now.fault === 'drip' || now.fault === 'cut' || now.fault === 'cut JSON' || now.fault === 'stale') {
      const answer = await fetch(`${upstream}${request.url}`, {
        method: request.method ?? 'GET',
        headers: pick(request, ['x-amz-target', 'content-type', 'authorization']),
        ...(request.method === 'GET' ? {} : { body }),
      });
      const said = await answer.text();
      const question = `${operation} ${body.replace(/time=[\d.]+/, '')}`;
      if (!firstAnswers.has(question)) firstAnswers.set(question, said);
      if (!now) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(said);
      else await spoil(now.fault, response, said, firstAnswers.get(question) ?? said);
    } else await spoil(now.fault, response, '', '');
  }

  async function spoil(fault: Fault, response: ServerResponse, said: string, first: string): Promise<void> {
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const throttled = { __type: 'ThrottlingException', message: 'Rate exceeded' };
    switch (fault) {
      case 'refused':
      case 'TLS':
      case 'DNS':
        await goAway();
        return;
      case 'silent':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'drip':
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const character of said) {
          if (response.destroyed) return;
          response.write(character);
          await pause(250);
        }
        response.end();
        return;
      case 'cut':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(said) + 100) });
        response.write(said);
        await pause(20);
        response.destroy();
        return;
      case '429':
        json(429, throttled);
        return;
      case '429 with Retry-After':
        json(429, throttled, { 'retry-after': '30' });
        return;
      case '500':
        json(500, { __type: 'InternalFailure' });
        return;
      case '503':
        response.writeHead(503).end();
        return;
      case 'HTML':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
        return;
      case 'bad JSON':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"status": success, "services": [}');
        return;
      case 'cut JSON':
        response.writeHead(200, { 'content-type': 'application/json' }).end(said.slice(0, Math.max(1, Math.floor(said.length / 2))));
        return;
      case '50 MB':
        response.on('error', () => undefined);
        await pour(response, 50_000_000);
        return;
      case 'wrong schema':
        json(200, {
          status: 'success',
          data: 'none',
          services: 'none',
          serviceArns: 7,
          tasks: {},
          taskArns: 'x',
          events: 'none',
          service: 3,
        });
        return;
      case 'stale':
        // A cache gives the first answer again and again; what carries a time carries an old one.
        response.writeHead(200, { 'content-type': 'application/json', age: '600' }).end(aged(first));
        return;
    }
  }

  await listen();
  return {
    get url() {
      return `http://${name}:${port}`;
    },
    calls,
    async order(next) {
      order = next;
      const wasGone = isGone;
      isGone = false;
      setName(name, false);
      if (!server.listening) await listen();
      if (wasGone) for (const socket of sockets) socket.destroy();
      // A host that fails as a whole, and for whatever it is asked, fails before it is asked.
      if (next && ['refused', 'TLS', 'DNS'].includes(next.fault) && next.befalls('')) await goAway();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pick(request: IncomingMessage, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])));
}

async function pour(response: ServerResponse, bytes: number): Promise<void> {
  const chunk = 'x'.repeat(1_000_000);
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"status":"success","nextToken":"');
  for (let sent = 0; sent < bytes && !response.destroyed; sent += chunk.length) {
    if (!response.write(chunk)) await drained(response);
  }
  response.end('"}');
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

/** Prometheus' samples ten minutes older. */
function aged(answer: string): string {
  return answer.replace(/"value":\[([\d.]+),/g, (_, second: string) => `"value":[${Number(second) - 600},`);
}
