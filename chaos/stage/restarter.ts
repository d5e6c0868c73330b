/**
 * Restart on alert: takes Alertmanager's webhook and forces a new deployment of whatever service a firing alert names, as people do who run a command
 * by prometheus-am-executor. It asks nothing, verifies nothing and undoes nothing.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';

const Notification = z.object({
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      startsAt: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

export interface RestarterOptions {
  ecs: ECSClient;
  /** The one cluster it may touch. */
  cluster: string;
  port: number;
}

export interface Restarter {
  /** From this moment on it acts; what it is told before is about services that are still coming up. */
  arm(): void;
  stop(): Promise<void>;
}

export async function startRestarter({ ecs, cluster, port }: RestarterOptions): Promise<Restarter> {
  /** Once for each time an alert begins to fire. */
  const done = new Set<string>();
  let isArmed = false;

  async function restartFor(body: unknown): Promise<void> {
    if (!isArmed) return;
    for (const { status, labels, startsAt, fingerprint } of Notification.parse(body).alerts) {
      const service = labels.ecs_service;
      const firing = `${fingerprint} ${startsAt}`;
      if (status !== 'firing' || labels.ecs_cluster !== cluster || service === undefined || done.has(firing)) continue;
      await ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
      done.add(firing);
    }
  }

  const server = createServer((request, response) => {
    json(request)
      .then(restartFor)
      .then(
        () => response.writeHead(200).end(),
        // Alertmanager tries again.
        () => response.writeHead(500).end(),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    arm() {
      isArmed = true;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
