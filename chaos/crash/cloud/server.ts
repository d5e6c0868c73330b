/**
 * The cloud of the crash laboratory: ECS, CloudWatch Logs and Prometheus on one loopback port, over the wire the real ones speak, every
 * answer at once. It keeps its state and its journal outside of the agent's process. What it does not imitate stands in `../README.md`.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { encode } from '../../sandbox/wire/encode.ts';
import { type Operations, ServiceException } from '../../sandbox/wire/operation.ts';
import { ecsOperations } from './ecs.ts';
import { answerQuery } from './prometheus.ts';
import { createWorld, type World } from './world.ts';

export interface Cloud {
  url: string;
  world: World;
  close(): Promise<void>;
}

export async function startCloud(): Promise<Cloud> {
  const world = createWorld();
  const operations: Operations = { ...ecsOperations(world), FilterLogEvents: () => ({ events: [] }) };
  const server = createServer((request, response) => {
    answer(request, world, operations).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body);
      },
      // A killed agent takes its half-sent requests with it.
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(request: IncomingMessage, world: World, operations: Operations): Promise<{ status: number; body: string }> {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return callOperation(target.split('.').at(-1) ?? '', body, request, world, operations);
  const parameters = new URLSearchParams(body || (request.url?.split('?')[1] ?? ''));
  const result = answerQuery(world, parameters.get('query') ?? '', Number(parameters.get('time') ?? Date.now() / 1000));
  return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }) };
}

async function callOperation(
  operation: string,
  body: string,
  request: IncomingMessage,
  world: World,
  operations: Operations,
): Promise<{ status: number; body: string }> {
  const principal = /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody';
  const input = JSON.parse(body || '{}') as Record<string, unknown>;
  if (operation !== 'ListServices') noteAsked(world, String(input.cluster ?? ''), principal);
  try {
    const handler = operations[operation];
    if (!handler) throw new ServiceException('UnknownOperationException', `the stand-in cloud knows no ${operation}`);
    return { status: 200, body: encode(await handler(input, { principal })) };
  } catch (error) {
    if (!(error instanceof ServiceException)) throw error;
    return { status: error.status, body: JSON.stringify({ __type: error.code, message: error.message }) };
  }
}

/** Keeps the first call of each process about each cluster: when somebody took the incident up again. */
function noteAsked(world: World, cluster: string, by: string): void {
  const seen = world.asked.get(cluster) ?? [];
  if (seen.some((one) => one.by === by)) return;
  seen.push({ by, atMs: Date.now() });
  world.asked.set(cluster, seen);
}
