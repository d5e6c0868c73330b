/** The AWS endpoint: one loopback HTTP server for every service. Routes, throttles and journals; knows no service's meaning. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encode } from './encode.ts';
import type { Journal } from './journal.ts';
import { type ApiModule, type Caller, type RestAnswer, type RestCall, type RestHandler, ServiceException } from './operation.ts';
import { isQuery, queryAnswer, queryError } from './query.ts';
import { accountThrottle, type Throttle } from './throttle.ts';

const bodyLimit = 2 * 1024 * 1024;

export interface WireOptions {
  modules: readonly ApiModule[];
  journal: Journal;
  throttle?: Throttle;
  /** `POST /sandbox/<name>`: what no API of AWS does, for scripts that are another process than the sandbox. The journal knows nothing of it. */
  controls?: Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface Signature {
  caller: Caller;
  /** Signing name from the credential scope. */
  service: string;
}

type Complete = Required<WireOptions>;

const openSignature: Signature = { caller: { principal: '' }, service: '' };

export function createWireServer(options: WireOptions): Server {
  const complete: Complete = { throttle: accountThrottle(), controls: {}, ...options };
  return createServer((request, response) => {
    answerRequest(request, complete).then(
      (answer) => send(response, answer, contentTypeOf(request)),
      (error: unknown) => sendError(response, error, contentTypeOf(request)),
    );
  });
}

async function answerRequest(request: IncomingMessage, options: Complete): Promise<RestAnswer> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const path = decodeURIComponent(url.pathname);
  const method = request.method ?? 'GET';
  const body = await readBody(request);
  if (path.startsWith('/sandbox/')) return { status: 200, body: ownAnswer(method, path, body, options) };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return callOperation(target, parseJson(body), readSignature(request), options);
  if (isQuery(request.headers['content-type'])) {
    readSignature(request);
    return answerQuery(new URLSearchParams(body), options);
  }
  const owner = options.modules.find((module) => module.rest?.handles(method, path));
  const signature = owner?.rest?.isOpen?.(method, path) ? openSignature : readSignature(request);
  if (owner?.rest === undefined) throw unknownOperation(`${method} ${path}`);
  const call = { method, path, query: url.searchParams, headers: request.headers, body };
  return callRest(owner.rest, owner.mutating, call, signature, options);
}

function ownAnswer(method: string, path: string, body: string, { journal, controls }: Complete): unknown {
  if (method === 'GET' && path === '/sandbox/journal') return { entries: journal.entries() };
  const name = path.slice('/sandbox/'.length);
  const control = method === 'POST' && Object.hasOwn(controls, name) ? controls[name] : undefined;
  if (control !== undefined) return control(parseJson(body));
  const known = ['GET /sandbox/journal', ...Object.keys(controls).map((each) => `POST /sandbox/${each}`)];
  throw new ServiceException('ResourceNotFoundException', `the sandbox has no ${method} ${path}, only ${known.join(', ')}`, 404);
}

function callRest(
  rest: RestHandler,
  mutating: ReadonlySet<string>,
  call: RestCall,
  signature: Signature,
  options: Complete,
): Promise<RestAnswer> {
  const { method, path } = call;
  const { operation, input } = rest.read?.(call) ?? { operation: `${method} ${path}`, input: parseJson(call.body) };
  const changes = mutating.has(`${method} /${path.split('/')[1] ?? ''}`) || mutating.has(operation);
  return journaled(options, signature, operation, input, changes, () => rest.handle({ ...call, operation, input }, signature.caller));
}

/** Nothing that is asked this way changes anything. */
function answerQuery(form: URLSearchParams, { modules }: Complete): RestAnswer {
  const action = form.get('Action') ?? '';
  const api = modules.map(({ query }) => query).find((query) => query && Object.hasOwn(query.operations, action));
  const handler = api?.operations[action];
  if (api === undefined || handler === undefined) throw unknownOperation(action);
  return { status: 200, body: queryAnswer(api.namespace, action, handler(form)) };
}

async function callOperation(target: string, input: Record<string, unknown>, signature: Signature, options: Complete): Promise<RestAnswer> {
  const dot = target.lastIndexOf('.');
  const operation = target.slice(dot + 1);
  const owner = options.modules.find((module) => module.targetPrefix === target.slice(0, dot));
  const handler = Object.hasOwn(owner?.operations ?? {}, operation) ? owner?.operations?.[operation] : undefined;
  if (owner === undefined || handler === undefined) throw unknownOperation(target);
  const told = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, owner.secret?.has(key) ? '***' : value]));
  return journaled(options, signature, operation, told, owner.mutating.has(operation), async () => {
    if (!options.throttle.take(operation, signature.caller.principal, options.now()))
      throw new ServiceException('ThrottlingException', 'Rate exceeded');
    return { status: 200, body: await handler(input, signature.caller) };
  });
}

async function journaled(
  options: WireOptions,
  signature: Signature,
  operation: string,
  input: Record<string, unknown>,
  changes: boolean,
  call: () => Promise<RestAnswer>,
): Promise<RestAnswer> {
  const record = (result: string): void => {
    if (!changes) return;
    const at = new Date(options.now()).toISOString();
    options.journal.record({ at, principal: signature.caller.principal, service: signature.service, operation, input, result });
  };
  try {
    const answer = await call();
    record(answer.status < 400 ? 'ok' : String(answer.status));
    return answer;
  } catch (error) {
    record(error instanceof ServiceException ? error.code : 'InternalFailure');
    throw error;
  }
}

function unknownOperation(what: string): ServiceException {
  return new ServiceException('UnknownOperationException', `the sandbox does not imitate ${what}; see chaos/sandbox/README.md`);
}

/** The signature itself is not checked: any secret key will do. */
function readSignature(request: IncomingMessage): Signature {
  const scope = /Credential=([^/,\s]+)\/[^/]+\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '');
  if (scope?.[1] === undefined || scope[2] === undefined) {
    throw new ServiceException('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  return { caller: { principal: scope[1] }, service: scope[2] };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new ServiceException('RequestEntityTooLargeException', `the body is larger than ${bodyLimit} bytes`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(body: string): Record<string, unknown> {
  if (body === '') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Answered below like any other body that is not an object.
  }
  throw new ServiceException('SerializationException', 'the body is not a JSON object');
}

const xml = 'text/xml';

function contentTypeOf(request: IncomingMessage): string {
  if (isQuery(request.headers['content-type'])) return xml;
  return typeof request.headers['x-amz-target'] === 'string'
    ? (request.headers['content-type'] ?? 'application/x-amz-json-1.1')
    : 'application/json';
}

function send(response: ServerResponse, answer: RestAnswer, contentType: string): void {
  const body = typeof answer.body === 'string' ? answer.body : encode(answer.body);
  response.writeHead(answer.status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
    ...answer.headers,
  });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown, contentType: string): void {
  const known =
    error instanceof ServiceException
      ? error
      : new ServiceException('InternalFailure', error instanceof Error ? `sandbox: ${error.stack ?? error.message}` : 'sandbox', 500);
  const body = contentType === xml ? queryError(known) : { __type: known.code, message: known.message, ...known.fields };
  send(response, { status: known.status, body, headers: { 'x-amzn-errortype': known.code } }, contentType);
}
