/** A local HTTP server that misbehaves on demand, and the list of ways in which a real upstream does. Tests only. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

export interface Upstream {
  url: string;
  /** What the server does with the next requests. */
  answer(listener: RequestListener): void;
  /** Requests seen since the last `answer`. */
  requests(): number;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  let listener: RequestListener = (_, response) => void response.writeHead(500).end();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    // A fault may drop the connection before the body has arrived.
    request.on('error', () => {});
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(next) {
      listener = next;
      requests = 0;
    },
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export interface Fault {
  name: string;
  listener: RequestListener;
  /** Words the answer's detail must hold, so that an operator knows the cause. */
  names: RegExp;
}

export const faults: readonly Fault[] = [
  {
    name: 'resets the connection',
    listener: (request) => void request.socket.resetAndDestroy(),
    names: /^server: .*(reset|closed|hang up|terminated)/i,
  },
  {
    name: 'closes the connection without a word',
    listener: (request) => void request.socket.destroy(),
    names: /^server: .*(closed|hang up|reset)/i,
  },
  { name: 'answers 500', listener: (_, response) => sendJson(response, 500, {}), names: /^server: .*500/ },
  {
    name: 'answers 503 with a page',
    listener: (_, response) => void response.writeHead(503).end('<html>down</html>'),
    names: /^server: .*503/,
  },
  { name: 'answers 403', listener: (_, response) => sendJson(response, 403, {}), names: /^auth: .*403/ },
  { name: 'answers 401', listener: (_, response) => sendJson(response, 401, {}), names: /^auth: .*401/ },
  { name: 'answers 429', listener: (_, response) => sendJson(response, 429, {}), names: /^rate-limit: .*429/ },
  { name: 'answers 400', listener: (_, response) => sendJson(response, 400, {}), names: /^client: .*400/ },
  {
    name: 'answers with a page',
    listener: (_, response) => void response.end('<!doctype html><title>login</title>'),
    names: /^server: .*not JSON/,
  },
  { name: 'answers bad JSON', listener: (_, response) => void response.end('{"status": success}'), names: /^server: .*not JSON/ },
  {
    name: 'answers half of its JSON',
    listener: (_, response) => void response.end('{"status":"success","da'),
    names: /^server: .*not JSON/,
  },
  {
    name: 'cuts the body short',
    listener: (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"status":');
      setImmediate(() => response.destroy());
    },
    names: /^server: .*(terminated|aborted|closed|reset|hang up)/i,
  },
  { name: 'answers nothing', listener: (_, response) => void response.end(), names: /^server: .*(not JSON|unknown shape)/ },
  { name: 'answers an empty object', listener: (_, response) => sendJson(response, 200, {}), names: /^server: .*unknown shape/ },
  { name: 'answers a list', listener: (_, response) => sendJson(response, 200, []), names: /^server: .*unknown shape/ },
  {
    name: 'answers other types than documented',
    listener: (_, response) =>
      sendJson(response, 200, { status: 'success', data: 'none', services: 'none', serviceArns: 7, events: 'none' }),
    names: /^server: .*unknown shape/,
  },
];

/** One AWS operation: answers the body of a 200, or an `AwsError`. */
export type AwsOperation = (input: Record<string, unknown>) => object;

export class AwsError {
  readonly type: string;
  readonly message: string;
  readonly status: number;
  constructor(type: string, message: string, status = 400) {
    this.type = type;
    this.message = message;
    this.status = status;
  }
}

/** Speaks AWS' JSON 1.1 protocol; an operation that is not listed is unknown, as in a service that is older than the SDK. */
export function speakingAws(operations: Readonly<Record<string, AwsOperation>>): RequestListener {
  return async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    // The SDK packs large requests of some services.
    const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
    const input = JSON.parse((await text(body)) || '{}') as Record<string, unknown>;
    const answer = operations[operation]?.(input) ?? new AwsError('UnknownOperationException', `${operation} is unknown`);
    if (answer instanceof AwsError) sendJson(response, answer.status, { __type: answer.type, message: answer.message });
    else sendJson(response, 200, answer);
  };
}
