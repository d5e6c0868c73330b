/**
 * R6: one body of 10,000 alerts; 10,000 bodies; 2,000 connections at once. Every notification is answered 202 and every alert of it has a
 * row; the process stays small and quick, and no more is changed than the budgets allow.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { emptyOutcome, type LabCampaign, type LabOptions, type Outcome, pause, until } from './campaign.ts';
import { type Group, withGroup } from './group.ts';
import { type Replica, tokens } from './replica.ts';

const services = 48;
/** A notification that names more clusters than this is not believed. */
const clustersPerBody = 16;
/** What the agent is shipped with: the storm must not get more out of it. */
const fleetBudget = 6;
const shippedGuards = {
  KINTSUGI_POLICY_COOLDOWN_SECONDS: '900',
  KINTSUGI_POLICY_TARGET_BUDGET_CHANGES: '1',
  KINTSUGI_POLICY_ACTION_BUDGET_CHANGES: '3',
  KINTSUGI_POLICY_FLEET_BUDGET_CHANGES: String(fleetBudget),
  KINTSUGI_POLICY_BREAKER_FAILURES: '2',
  KINTSUGI_POLICY_MASS_FAILURE_SERVICES: '3',
};
/** Told apart from lost by then. */
const sortedWithinMs = 300_000;
const limits = { memoryMb: 512, lagMs: 200 };
/** Below this size the machine is shared with whatever else runs: its figures are shown, not judged. */
const judgedFrom = 10_000;

interface Storm {
  name: string;
  /** Sends that many alerts; answers how many notifications it took and how many of them were answered 202. */
  blow(replica: Replica, clusters: readonly string[], alerts: number): Promise<{ sent: number; taken: number }>;
}

const storms: readonly Storm[] = [
  {
    name: 'one body',
    async blow(replica, clusters, alerts) {
      const body = bodyOf(Array.from({ length: alerts }, (_, index) => alertOf(clusters[index % clustersPerBody] ?? '', `one-${index}`)));
      return { sent: 1, taken: (await replica.post(body)) === 202 ? 1 : 0 };
    },
  },
  {
    name: 'many bodies',
    async blow(replica, clusters, alerts) {
      const connections = new Agent({ keepAlive: true, maxSockets: 64 });
      const bodies = Array.from({ length: alerts }, (_, index) =>
        bodyOf([alertOf(clusters[index % clusters.length] ?? '', `many-${index}`)]),
      );
      const statuses = await Promise.all(bodies.map((body) => post(replica.url(), connections, body)));
      connections.destroy();
      return { sent: alerts, taken: statuses.filter((status) => status === 202).length };
    },
  },
  {
    name: 'many connections',
    async blow(replica, clusters, alerts) {
      const count = Math.max(1, Math.round(alerts / 5));
      const sockets = await Promise.all(Array.from({ length: count }, () => opened(replica.url())));
      const statuses = await Promise.all(
        sockets.map((socket, index) => ask(socket, bodyOf([alertOf(clusters[index % clusters.length] ?? '', `open-${index}`)]))),
      );
      return { sent: count, taken: statuses.filter((status) => status === 202).length };
    },
  },
];

export const storm: LabCampaign = {
  id: 'R6',
  title: 'storms: one body of 10,000 alerts, 10,000 bodies, 2,000 open connections; counted in notifications',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 10_000, subset: 1000 },
  async run(options) {
    const outcome = emptyOutcome();
    for (const one of storms) await blowOne(one, options, outcome);
    return outcome;
  },
};

async function blowOne(one: Storm, options: LabOptions, outcome: Outcome): Promise<void> {
  const name = `${options.engine}-${one.name.replaceAll(' ', '-')}`;
  await withGroup({ name, incidents: services, settings: shippedGuards }, options, async (group) => {
    const replica = await group.start();
    const clusters = Array.from({ length: services }, () => group.open().cluster);
    // The first look at a histogram empties it: what is read after the storm is about the storm.
    await lagMs(replica);
    const startedAt = performance.now();
    const { sent, taken } = await one.blow(replica, clusters, options.runs);
    const answeredSeconds = (performance.now() - startedAt) / 1000;
    const figures = { memory: peakMemoryMb(replica.pid), lag: await lagMs(replica) };
    const alerts = one.name === 'one body' ? options.runs : sent;
    await until(async () => (await rowsOf(group)) >= alerts, sortedWithinMs, 200);
    const sortedSeconds = (performance.now() - startedAt) / 1000;
    // Whoever may change something has begun to.
    await pause(2000);
    const rows = await rowsOf(group);
    const changes = options.cloud.world.journal.filter(({ cluster }) => clusters.includes(cluster)).length;
    const isJudged = options.runs >= judgedFrom;
    const faults = [
      taken < sent ? `${sent - taken} of ${sent} notifications were not answered 202` : '',
      rows !== alerts ? `${alerts} alerts were sent, ${rows} have a row` : '',
      changes > fleetBudget ? `${changes} changes, ${fleetBudget} are allowed` : '',
      isJudged && figures.memory > limits.memoryMb
        ? `${figures.memory.toFixed(0)} MB of memory, at most ${limits.memoryMb} are allowed`
        : '',
      isJudged && figures.lag > limits.lagMs
        ? `event loop held up for ${figures.lag.toFixed(0)} ms (p99), at most ${limits.lagMs} are allowed`
        : '',
    ].filter(Boolean);
    await group.stop(replica);
    outcome.runs += sent;
    outcome.failures.push(...[...faults, ...group.failures].map((fault) => `${one.name}: ${fault}`));
    outcome.measured[`${one.name}: peak memory MB`] = Math.round(figures.memory);
    outcome.measured[`${one.name}: event-loop lag p99 ms`] = Math.round(figures.lag);
    outcome.measured[`${one.name}: answered within seconds`] = Math.round(answeredSeconds * 100) / 100;
    outcome.measured[`${one.name}: sorted within seconds`] = Math.round(sortedSeconds * 10) / 10;
    outcome.measured[`${one.name}: changes`] = changes;
    options.progress(`${one.name}: ${JSON.stringify(figures)}`);
  });
}

async function rowsOf(group: Group): Promise<number> {
  const [counted] = await group.store.rows<{ rows: number | string }>('select count(*) as rows from alert');
  return Number(counted?.rows);
}

/** The most it ever had, as the kernel counts it. */
function peakMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

async function lagMs(replica: Replica): Promise<number> {
  const answer = await fetch(`${replica.url()}/metrics`);
  return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await answer.text())?.[1] ?? Number.NaN);
}

function alertOf(cluster: string, fingerprint: string): object {
  const startsAt = new Date(Date.now() - 10_000).toISOString();
  const labels = {
    alertname: 'HighErrorRatio',
    ecs_cluster: cluster,
    ecs_service: 'checkout',
    severity: 'critical',
    instance: fingerprint,
  };
  const annotations = { summary: 'The error ratio is above 5 %', description: 'x'.repeat(100) };
  return { status: 'firing', labels, annotations, startsAt, endsAt: '0001-01-01T00:00:00Z', generatorURL: '', fingerprint };
}

function bodyOf(alerts: readonly object[]): string {
  const head = { version: '4', groupKey: '{}', status: 'firing', receiver: 'kintsugi', truncatedAlerts: 0, externalURL: '' };
  return JSON.stringify({ ...head, alerts });
}

const headers = { authorization: `Bearer ${tokens.webhook}`, 'content-type': 'application/json' };

/** Status; 0 when there was no answer. */
function post(url: string, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(`${url}/webhooks/alertmanager`, { method: 'POST', agent, headers, timeout: 60_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.on('timeout', () => sent.destroy());
    sent.end(body);
  });
}

function opened(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket));
    socket.on('error', reject);
  });
}

function ask(socket: Socket, body: string): Promise<number> {
  const lines = Object.entries({ ...headers, host: 'agent', 'content-length': Buffer.byteLength(body) });
  return new Promise((resolve) => {
    const done = (status: number) => {
      socket.destroy();
      resolve(status);
    };
    socket.setTimeout(60_000, () => done(0));
    socket.once('data', (answer: Buffer) => done(Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString('latin1'))?.[1] ?? 0)));
    socket.once('close', () => done(0));
    socket.write(
      `POST /webhooks/alertmanager HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`,
    );
  });
}
