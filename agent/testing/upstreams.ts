/** Stand-ins for Prometheus and AWS over HTTP, as far as a healthy or absent shop needs them; they count what would change something. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sendJson } from '../evidence/upstream.contract.ts';

const account = 'arn:aws:ecs:eu-west-1:000000000000';
const changing = /^(Update|Stop|Run|Start|Create|Delete|Put|Register|Deregister|Execute)/;

export interface Upstreams {
  url: string;
  /** Requests to Prometheus, and AWS operations, in order of arrival. */
  asked: string[];
  /** AWS operations among them that change something. */
  changes(): string[];
  /** Answers 503 from now on. */
  down: { prometheus: boolean; aws: boolean };
  close(): Promise<void>;
}

export async function startUpstreams(services: readonly string[] = ['checkout', 'storefront']): Promise<Upstreams> {
  const asked: string[] = [];
  const down = { prometheus: false, aws: false };
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const body = await text(request);
    if (typeof target === 'string') {
      const operation = target.split('.').at(-1) ?? '';
      asked.push(operation);
      if (down.aws) return sendJson(response, 503, {});
      return answerAws(response, operation, services);
    }
    asked.push('prometheus');
    if (down.prometheus) return sendJson(response, 503, {});
    void body;
    sendJson(response, 200, { status: 'success', data: { resultType: 'vector', result: [] } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    changes: () => asked.filter((operation) => changing.test(operation)),
    down,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answerAws(response: ServerResponse, operation: string, services: readonly string[]): void {
  const createdAt = Date.now() / 1000 - 86_400;
  const replies: Record<string, object> = {
    ListServices: { serviceArns: services.map((service) => `${account}:service/shop/${service}`) },
    DescribeServices: {
      services: services.map((serviceName) => ({
        serviceName,
        serviceArn: `${account}:service/shop/${serviceName}`,
        clusterArn: `${account}:cluster/shop`,
        status: 'ACTIVE',
        desiredCount: 1,
        runningCount: 1,
        pendingCount: 0,
        taskDefinition: `${account}:task-definition/${serviceName}:1`,
        deployments: [
          {
            id: 'ecs-svc/1',
            status: 'PRIMARY',
            taskDefinition: `${account}:task-definition/${serviceName}:1`,
            rolloutState: 'COMPLETED',
            createdAt,
            updatedAt: createdAt,
          },
        ],
        events: [],
      })),
      failures: [],
    },
    ListServiceDeployments: { serviceDeployments: [] },
    ListTasks: { taskArns: [] },
    DescribeTasks: { tasks: [], failures: [] },
    FilterLogEvents: { events: [] },
  };
  const reply = replies[operation];
  if (reply) sendJson(response, 200, reply);
  else sendJson(response, 400, { __type: 'UnknownOperationException', message: operation });
}
