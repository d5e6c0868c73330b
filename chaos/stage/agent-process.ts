/** The agent as every stage runs it: the same program as in production, started with nothing but environment variables. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startListening } from '../monitoring/child.ts';

/** The folder of this checkout. */
export const repository = join(import.meta.dirname, '..', '..');

export interface AgentOptions {
  awsEndpoint: string;
  prometheusUrl: string;
  alertmanagerUrl: string;
  cluster: string;
  webhookToken: string;
  apiToken: string;
  auditKey: string;
  port: number;
  storePath: string;
  logPath: string;
  /** The factor by which the alert rules' durations were divided; the agent's own are divided by the same. */
  pace: number;
  /** Put over the others. */
  settings?: Readonly<Record<string, string>>;
}

export interface AgentProcess {
  url: string;
  /** From spawn to ready, milliseconds. */
  coldStartMs: number;
  /** Resident memory, MiB; null where the operating system does not tell. */
  residentMiB(): Promise<number | null>;
  stop(): Promise<void>;
  /** As `kill -9` does; resolves when it has ended. */
  kill(): Promise<void>;
}

/**
 * The words of `npm start`, its `node` being the one that runs us. A young generation of bounded size keeps the agent at rest under 200 MB;
 * the bound on the old one is far above what it needs, for the nearer it is the more often V8 collects. To look no link up saves a tenth of
 * the start; npm installs none.
 */
export function startCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const [node, ...words] = (scripts.start ?? '').split(' ');
  if (node !== 'node' || words.length === 0) throw new Error(`npm start is no plain node command: ${scripts.start}`);
  return words;
}

/** The durations an installation has by default, in seconds; a stage divides them by its pace, as it does those of the alert rules. */
const productionSeconds = {
  KINTSUGI_RUN_RECENT_SECONDS: 120,
  KINTSUGI_RUN_BASELINE_SECONDS: 450,
  KINTSUGI_RUN_ALERT_PENDING_SECONDS: 120,
  KINTSUGI_RUN_LOOK_AGAIN_SECONDS: 45,
  KINTSUGI_POLICY_MINIMUM_TROUBLE_SECONDS: 120,
  KINTSUGI_RUN_VERIFICATION_INTERVAL_SECONDS: 15,
  KINTSUGI_VERIFICATION_GRACE_SECONDS: 90,
  KINTSUGI_VERIFICATION_HOLD_SECONDS: 300,
  KINTSUGI_VERIFICATION_MAX_HOLD_SECONDS: 900,
  KINTSUGI_VERIFICATION_DEADLINE_SECONDS: 1200,
  KINTSUGI_DIAGNOSIS_DEPLOYMENT_LOOKBACK_SECONDS: 3600,
  KINTSUGI_RECONCILER_PERIOD_SECONDS: 60,
  KINTSUGI_RECONCILER_MARGIN_SECONDS: 90,
};

export function agentEnvironment(options: AgentOptions): Record<string, string> {
  const shortened = Object.entries(productionSeconds).map(([name, seconds]) => [name, String(seconds / options.pace)]);
  return {
    ...Object.fromEntries(shortened),
    AWS_ENDPOINT_URL: options.awsEndpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAKINTSUGIAGENT000',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    KINTSUGI_CLUSTERS: options.cluster,
    KINTSUGI_SERVER_PORT: String(options.port),
    KINTSUGI_WEBHOOK_TOKEN: options.webhookToken,
    KINTSUGI_API_TOKEN: options.apiToken,
    KINTSUGI_AUDIT_KEY: options.auditKey,
    KINTSUGI_STORE_PATH: options.storePath,
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: options.prometheusUrl,
    KINTSUGI_RECONCILER_ALERTMANAGER_URL: options.alertmanagerUrl,
    // No duration of a stage's Alertmanager is below a second, its group_wait included.
    KINTSUGI_RECONCILER_SETTLE_SECONDS: '3',
    // Three scrapes, as in production; a stage scrapes every second instead of every 15.
    KINTSUGI_EVIDENCE_PROMETHEUS_STALE_AFTER_SECONDS: '3',
    KINTSUGI_POLICY_AUTONOMY_DEFAULT: 'auto',
    KINTSUGI_FLAGS_ROLL_BACK_DEPLOYMENT: 'true',
    KINTSUGI_FLAGS_STOP_TASK: 'true',
    KINTSUGI_FLAGS_FORCE_NEW_DEPLOYMENT: 'true',
    KINTSUGI_FLAGS_SCALE_SERVICE: 'true',
    ...options.settings,
  };
}

export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const began = performance.now();
  const program = await startListening({
    name: 'The agent',
    command: process.execPath,
    args: () => startCommand(),
    cwd: repository,
    env: { PATH: process.env.PATH ?? '', ...agentEnvironment(options) },
    port: options.port,
    readyPath: '/readyz',
    logPath: options.logPath,
  });
  return {
    url: program.url,
    coldStartMs: performance.now() - began,
    residentMiB: () => residentMiB(program.pid),
    stop: program.stop,
    async kill() {
      process.kill(program.pid, 'SIGKILL');
      await program.exited;
    },
  };
}

async function residentMiB(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return match ? Number(match[1]) / 1024 : null;
}
