/** Joins the parts into one running sandbox: the AWS services it imitates, behind one loopback endpoint. Decides nothing itself. */
import type { AddressInfo } from 'node:net';
import { createAppConfig } from './appconfig/appconfig.ts';
import { TargetsFile } from './discovery/file-sd.ts';
import { ecrModule } from './ecr/ecr.ts';
import { ControlPlane, type TargetGroupSettings } from './ecs/control-plane.ts';
import { ecsModule } from './ecs/module.ts';
import { interruptSpot, type SpotInterruption } from './ecs/spot.ts';
import { taskWorld } from './ecs/task-world.ts';
import { timingAt } from './ecs/timing.ts';
import { elbModule } from './elb/elb.ts';
import { createFis } from './fis/fis.ts';
import { createLogs } from './logs/logs.ts';
import { Brake } from './runtime/brake/brake.ts';
import type { ImageIndex } from './runtime/images.ts';
import { createScaling } from './scaling/scaling.ts';
import { createSsm } from './ssm/ssm.ts';
import { Journal, type JournalEntry } from './wire/journal.ts';
import { createWireServer } from './wire/server.ts';
import { accountThrottle, type Drought, throttleFor } from './wire/throttle.ts';
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
  /** Holds running tasks to the `cpu` of their definition; Linux only. */
  cpuLimits?: boolean;
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
  /** AWS takes Spot tasks of a service back; answers their ARNs. Also `POST /sandbox/spot-interruptions`. */
  interruptSpot(interruption: SpotInterruption): string[];
  /** Calls are throttled until what it answers is called. Also `POST /sandbox/throttling`, for `seconds` of the wall clock. */
  throttle(drought: Drought): () => void;
  journal(): JournalEntry[];
  /** Kills every task and frees every port. */
  stop(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { pace = 30, region = 'us-east-1', accountId = '123456789012', random = Math.random, cpuLimits = false } = options;
  if (!(pace > 0)) throw new Error(`pace must be greater than 0, got ${pace}`);
  if (cpuLimits && !Brake.isPossible) throw new Error('cpuLimits hold processes, which the sandbox can on Linux only');
  const now = Date.now;
  const logs = createLogs({ region, accountId });
  // A copy, for images can be deleted.
  const images = { ...options.images };
  const ssm = createSsm({ region, accountId, now });
  let endpoint = '';
  const plane = new ControlPlane({
    account: { region, id: accountId },
    timing: timingAt(pace),
    images,
    logs,
    secret: ssm.valueOf,
    flagsAgent: () => endpoint,
    cpuLimits,
    capacity: options.capacity ?? 500,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    now,
    random,
  });
  const world = taskWorld(plane);
  const fis = createFis(world, { pace, region, accountId });
  const scaling = createScaling(plane);
  const appConfig = createAppConfig({ pace, now });
  const journal = new Journal();
  const throttle = accountThrottle();
  const modules = [ecsModule(plane), elbModule(plane), ecrModule(images, { region, accountId }), scaling, logs, fis, ssm, appConfig];
  const controls = {
    'spot-interruptions': (input: Record<string, unknown>) => ({ taskArns: interruptSpot(plane, input) }),
    throttling: (input: Record<string, unknown>) => throttleFor(throttle, input),
  };
  const server = createWireServer({ modules, journal, now, throttle, controls });
  if (options.targetsFile !== undefined) {
    const file = new TargetsFile(options.targetsFile);
    file.write([]);
    plane.onChange(() => file.write(plane.tasks.values()));
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  plane.start();
  const balancerUrl = (cluster: string, service: string): string => {
    const port = plane.balancerPort(cluster, service);
    if (port === undefined) throw new Error(`no service ${service} in cluster ${cluster}`);
    return `http://127.0.0.1:${port}`;
  };
  return {
    endpoint,
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
    interruptSpot: (interruption) => interruptSpot(plane, { ...interruption }),
    throttle: (drought) => throttle.dry(drought),
    journal: () => journal.entries(),
    stop: async () => {
      fis.close();
      scaling.close();
      appConfig.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await plane.stop();
      await closed;
    },
  };
}
