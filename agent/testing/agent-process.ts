/** The product itself, `node agent/main.ts`, as a child with an environment of the test's choice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const tokens = { webhook: 'w'.repeat(32), api: 'a'.repeat(32), audit: 'k'.repeat(32) };

/** What every agent of a test is told: where all that it asks is, and its own tokens. Where its store is, the test adds. */
export function agentEnvironment(upstreamsUrl: string): Record<string, string> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: upstreamsUrl,
    KINTSUGI_CLUSTERS: 'shop',
    KINTSUGI_SERVER_PORT: '0',
    KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
    KINTSUGI_API_TOKEN: tokens.api,
    KINTSUGI_AUDIT_KEY: tokens.audit,
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: upstreamsUrl,
  };
}

export interface AgentProcess {
  url: string;
  pid: number;
  lines: string[];
  post(body: unknown, token?: string): Promise<{ status: number; type: string; body: Record<string, unknown> }>;
  get(path: string, token?: string): Promise<{ status: number; type: string; text: string; body: Record<string, unknown> }>;
  /** Ends with the exit code or the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | string | null>;
}

const main = new URL('../main.ts', import.meta.url).pathname;

/** As `npm start` runs it. */
export function spawnAgent(environment: Record<string, string>): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  return spawn(process.execPath, ['--preserve-symlinks', '--max-semi-space-size=4', '--max-old-space-size=1024', main], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function startAgentProcess(environment: Record<string, string>): Promise<AgentProcess> {
  const child = spawnAgent(environment);
  const exited = once(child, 'exit');
  const lines: string[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ready = Promise.withResolvers<string>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const entry = JSON.parse(line) as { msg?: string; url?: string };
      if (entry.msg === 'agent ready' && entry.url) ready.resolve(entry.url);
    });
  }
  void exited.then(([code]) => ready.reject(new Error(`the agent ended with ${String(code)}: ${errors}`)));
  const url = await ready.promise;

  async function ask(path: string, init: RequestInit) {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text, body: type.includes('json') ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }
  return {
    url,
    pid: child.pid ?? 0,
    lines,
    post: (body, token = tokens.webhook) =>
      ask('/webhooks/alertmanager', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, token = tokens.api) => ask(path, { headers: { authorization: `Bearer ${token}` } }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code, by] = await exited;
      return (code ?? by) as number | string | null;
    },
  };
}

/** What Alertmanager sends about one firing alert. */
export function notificationOf(service: string): object {
  const labels = { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: service, severity: 'critical' };
  const startsAt = new Date(Date.now() - 10_000).toISOString();
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: service,
  };
  return { version: '4', groupKey: 'g', status: 'firing', receiver: 'kintsugi', truncatedAlerts: 0, externalURL: '', alerts: [alert] };
}
