/** The AWS endpoint: one loopback HTTP server for every service. Routes, throttles and journals; knows no service's meaning. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encode } from './encode.ts';
import type { Journal } from './journal.ts';
import { type ApiModule, type Caller, ServiceException } from './operation.ts';
import { isQuery, queryAnswer, queryError } from './query.ts';
import { defaultBucket, ecsOperationClasses, Throttle } from './throttle.ts';

const bodyLimit = 2 * 1024 * 1024;

export interface WireOptions {
  modules: readonly ApiModule[];
  journal: Journal;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface Signature {
  caller: Caller;
  /** Signing name from the credential scope. */
  service: string;
}

interface Answer {
  status: number;
  body: unknown;
}

export function createWireServer(options: WireOptions): Server {
  const throttle = new Throttle(ecsOperationClasses, defaultBucket);
  return createServer((request, response) => {
    answerRequest(request, options, throttle).then(
      (answer) => send(response, answer, contentTypeOf(request)),
      (error: unknown) => sendError(response, error, contentTypeOf(request)),
    );
  });
}

async function answerRequest(request: IncomingMessage, options: WireOptions, throttle: Throttle): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const path = decodeURIComponent(url.pathname);
  const method = request.method ?? 'GET';
  if (path.startsWith('/sandbox/')) {
    if (method === 'GET' && path === '/sandbox/journal') return { status: 200, body: { entries: options.journal.entries() } };
    throw new ServiceException('ResourceNotFoundException', `the sandbox has no ${method} ${path}; try GET /sandbox/journal`, 404);
  }
  const body = await readBody(request);
  const signature = readSignature(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return callOperation(target, parseJson(body), signature, options, throttle);
  if (isQuery(request.headers['content-type'])) return answerQuery(new URLSearchParams(body), options);
  const owner = options.modules.find((module) => module.rest?.handles(method, path));
  if (owner?.rest === undefined) throw unknownOperation(`${method} ${path}`);
  const { rest } = owner;
  const operation = `${method} ${path}`;
  const input = parseJson(body);
  const changes = owner.mutating.has(`${method} /${path.split('/')[1] ?? ''}`) || owner.mutating.has(operation);
  return journaled(options, signature, operation, input, changes, () =>
    rest.handle(method, path, url.searchParams, input, signature.caller),
  );
}

/** Nothing that is asked this way changes anything. */
function answerQuery(form: URLSearchParams, { modules }: WireOptions): Answer {
  const action = form.get('Action') ?? '';
  const api = modules.map(({ query }) => query).find((query) => query && Object.hasOwn(query.operations, action));
  const handler = api?.operations[action];
  if (api === undefined || handler === undefined) throw unknownOperation(action);
  return { status: 200, body: queryAnswer(api.namespace, action, handler(form)) };
}

async function callOperation(
  target: string,
  input: Record<string, unknown>,
  signature: Signature,
  options: WireOptions,
  throttle: Throttle,
): Promise<Answer> {
  const dot = target.lastIndexOf('.');
  const operation = target.slice(dot + 1);
  const owner = options.modules.find((module) => module.targetPrefix === target.slice(0, dot));
  const handler = Object.hasOwn(owner?.operations ?? {}, operation) ? owner?.operations?.[operation] : undefined;
  if (owner === undefined || handler === undefined) throw unknownOperation(target);
  return journaled(options, signature, operation, input, owner.mutating.has(operation), async () => {
    if (!throttle.take(operation, options.now())) throw new ServiceException('ThrottlingException', 'Rate exceeded');
    return { status: 200, body: await handler(input, signature.caller) };
  });
}

async function journaled(
  options: WireOptions,
  signature: Signature,
  operation: string,
  input: Record<string, unknown>,
  changes: boolean,
  call: () => Promise<Answer>,
): Promise<Answer> {
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

function send(response: ServerResponse, answer: Answer, contentType: string, headers: Record<string, string> = {}): void {
  const body = contentType === xml ? String(answer.body) : encode(answer.body);
  response.writeHead(answer.status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown, contentType: string): void {
  const known =
    error instanceof ServiceException
      ? error
      : new ServiceException('InternalFailure', error instanceof Error ? `sandbox: ${error.stack ?? error.message}` : 'sandbox', 500);
  const body = contentType === xml ? queryError(known) : { __type: known.code, message: known.message, ...known.fields };
  send(response, { status: known.status, body }, contentType, { 'x-amzn-errortype': known.code });
}
