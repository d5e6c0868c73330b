/** Joins the parts into one running sandbox: the AWS services it imitates, behind one loopback endpoint. Decides nothing itself. */
import type { AddressInfo } from 'node:net';
import { TargetsFile } from './discovery/file-sd.ts';
import { ecrModule } from './ecr/ecr.ts';
import { ControlPlane, type TargetGroupSettings } from './ecs/control-plane.ts';
import { ecsModule } from './ecs/module.ts';
import { taskWorld } from './ecs/task-world.ts';
import { timingAt } from './ecs/timing.ts';
import { elbModule } from './elb/elb.ts';
import { createFis } from './fis/fis.ts';
import { createLogs } from './logs/logs.ts';
import type { ImageIndex } from './runtime/images.ts';
import { createScaling } from './scaling/scaling.ts';
import { Journal, type JournalEntry } from './wire/journal.ts';
import { createWireServer } from './wire/server.ts';
import type { World } from './world.ts';

export interface SandboxOptions {
  images: ImageIndex;
  /** 0 = any free port. */
  port?: number;
  /** AWS's durations are divided by it; 1 = AWS's own. */
  pace?: number;
  /** Prometheus file_sd file to keep up to date. */
  targetsFile?: string;
  region?: string;
  accountId?: string;
  /** Most tasks a cluster has room for. */
  capacity?: number;
  /** The balancers' idle timeout; an ALB's 60 s, not paced, because applications are as slow as they are. */
  idleTimeoutMs?: number;
  random?: () => number;
}

export interface Sandbox {
  /** AWS endpoint for every service, `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly region: string;
  readonly pace: number;
  readonly world: World;
  /** Base URL of the service's balancer. Throws when there is no such service. */
  balancerUrl(cluster: string, service: string): string;
  /** `cluster` → `service` → base URL. */
  balancers(): Record<string, Record<string, string>>;
  /** What the ELB API would hold about a target group; set it before the service that uses the ARN is created. */
  setTargetGroup(targetGroupArn: string, settings: TargetGroupSettings): void;
  journal(): JournalEntry[];
  /** Kills every task and frees every port. */
  stop(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { pace = 30, region = 'us-east-1', accountId = '123456789012', random = Math.random } = options;
  if (!(pace > 0)) throw new Error(`pace must be greater than 0, got ${pace}`);
  const now = Date.now;
  const logs = createLogs({ region, accountId });
  // A copy, for images can be deleted.
  const images = { ...options.images };
  const plane = new ControlPlane({
    account: { region, id: accountId },
    timing: timingAt(pace),
    images,
    logs,
    capacity: options.capacity ?? 500,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    now,
    random,
  });
  const world = taskWorld(plane);
  const fis = createFis(world, { pace, region, accountId });
  const scaling = createScaling(plane);
  const journal = new Journal();
  const modules = [ecsModule(plane), elbModule(plane), ecrModule(images, { region, accountId }), scaling, logs, fis];
  const server = createWireServer({ modules, journal, now });
  if (options.targetsFile !== undefined) {
    const file = new TargetsFile(options.targetsFile);
    file.write([]);
    plane.onChange(() => file.write(plane.tasks.values()));
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  plane.start();
  const balancerUrl = (cluster: string, service: string): string => {
    const port = plane.balancerPort(cluster, service);
    if (port === undefined) throw new Error(`no service ${service} in cluster ${cluster}`);
    return `http://127.0.0.1:${port}`;
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region,
    pace,
    world,
    balancerUrl,
    balancers: () => {
      const urls: Record<string, Record<string, string>> = {};
      for (const { cluster, name, status } of plane.services.values())
        if (status !== 'INACTIVE') urls[cluster] = { ...urls[cluster], [name]: balancerUrl(cluster, name) };
      return urls;
    },
    setTargetGroup: (arn, settings) => void plane.targetGroups.set(arn, settings),
    journal: () => journal.entries(),
    stop: async () => {
      fis.close();
      scaling.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await plane.stop();
      await closed;
    },
  };
}
