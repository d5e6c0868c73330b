/**
 * Prometheus and AWS as the bench needs them: every question is answered at once and says that nothing is known, so that what is measured
 * is the agent and not its world. One process beside the load generator; told over IPC to hold its answers back, to let go, or to count.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface StubsReady {
  kind: 'ready';
  port: number;
}
/** `hold`: answer nothing that a run asks · `release`: answer everything again, and drop what was held · `count`: start anew, tell. */
export interface StubsOrder {
  kind: 'hold' | 'release' | 'count';
}
export interface StubsCount {
  kind: 'counted';
  /** Calls since the count before, and when the first of them came: milliseconds on the machine's monotonic clock. */
  calls: number;
  firstAt: number | null;
}

const services = Array.from({ length: 200 }, (_, index) => `svc-${String(index).padStart(3, '0')}`);
const account = 'arn:aws:ecs:us-east-1:000000000000';
const nothingKnown = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });
const replies: Record<string, string> = {
  ListServices: JSON.stringify({ serviceArns: services.map((name) => `${account}:service/prod/${name}`) }),
  ListServiceDeployments: JSON.stringify({ serviceDeployments: [] }),
  ListTasks: JSON.stringify({ taskArns: [] }),
  DescribeTasks: JSON.stringify({ tasks: [], failures: [] }),
  FilterLogEvents: JSON.stringify({ events: [] }),
};

function describeServices(body: string): string {
  const asked = (JSON.parse(body) as { services?: string[] }).services ?? [];
  const described = asked.map((serviceName) => ({
    serviceName,
    serviceArn: `${account}:service/prod/${serviceName}`,
    clusterArn: `${account}:cluster/prod`,
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: 1,
    pendingCount: 0,
    taskDefinition: `${account}:task-definition/${serviceName}:1`,
    deployments: [],
    events: [],
  }));
  return JSON.stringify({ services: described, failures: [] });
}

function answer(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

let isHolding = false;
let calls = 0;
let firstAt: number | null = null;
const held = new Set<ServerResponse>();

const server = createServer(async (request, response) => {
  const target = request.headers['x-amz-target'];
  const operation = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '';
  const body = await text(request);
  // What services there are, and what fires, is asked by the intake and not by a run.
  if (request.url?.startsWith('/api/v2/alerts')) return answer(response, 200, '[]');
  if (operation === '' && /query=ALERTS/.test(`${request.url}&${body}`)) return answer(response, 200, nothingKnown);
  if (operation === 'ListServices') return answer(response, 200, replies.ListServices ?? '', 'application/x-amz-json-1.1');
  calls += 1;
  firstAt ??= Number(process.hrtime.bigint()) / 1e6;
  if (isHolding) {
    held.add(response);
    return;
  }
  if (operation === '') return answer(response, 200, nothingKnown);
  const reply = operation === 'DescribeServices' ? describeServices(body) : replies[operation];
  if (reply) return answer(response, 200, reply, 'application/x-amz-json-1.1');
  return answer(response, 400, JSON.stringify({ __type: 'UnknownOperationException', message: operation }));
});
server.keepAliveTimeout = 60_000;

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ kind: 'ready', port } satisfies StubsReady);
});

process.on('message', ({ kind }: StubsOrder) => {
  if (kind === 'hold') isHolding = true;
  if (kind === 'release') {
    isHolding = false;
    for (const response of held) response.destroy();
    held.clear();
  }
  if (kind !== 'count') return;
  process.send?.({ kind: 'counted', calls, firstAt } satisfies StubsCount);
  calls = 0;
  firstAt = null;
});
process.on('disconnect', () => process.exit(0));
