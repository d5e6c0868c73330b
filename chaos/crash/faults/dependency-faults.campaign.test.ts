/**
 * R10: each thing the agent depends on fails in each way, while an incident is under way. The judge is the cloud's journal, the calls that
 * arrived at the proxies, and the incident table.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { type CampaignRun, campaign } from '../../../agent/testing/campaign.ts';
import { inLanes, pause, until } from '../campaign.ts';
import { type Cloud, startCloud } from '../cloud/server.ts';
import { addTroubledService, badRevision, oldRevision } from '../cloud/world.ts';
import { type LabStore, sqliteStore } from '../lab-store.ts';
import { type Replica, startReplica } from '../replica.ts';
import { environmentOf, notificationOf } from '../settings.ts';
import { type Fault, type FaultProxy, faults, startFaultProxy } from './fault-proxy.ts';

const hosts = ['prometheus', 'ecs', 'logs', 'credentials', 'alertmanager'] as const;
type Host = (typeof hosts)[number];

const writes = new Set(['UpdateService']);
interface Dependency {
  host: Host;
  befalls: (operation: string) => boolean;
  /** Without its full answer nothing may be changed. */
  isRequired: boolean;
}
const dependencies = {
  Prometheus: { host: 'prometheus', befalls: () => true, isRequired: true },
  'ECS reads': { host: 'ecs', befalls: (operation) => !writes.has(operation) && operation !== 'ListServices', isRequired: true },
  'ECS inventory': { host: 'ecs', befalls: (operation) => operation === 'ListServices', isRequired: false },
  'ECS writes': { host: 'ecs', befalls: (operation) => writes.has(operation), isRequired: false },
  'CloudWatch Logs': { host: 'logs', befalls: () => true, isRequired: true },
  'AWS credentials': { host: 'credentials', befalls: () => true, isRequired: true },
  Alertmanager: { host: 'alertmanager', befalls: () => true, isRequired: false },
} satisfies Record<string, Dependency>;
type DependencyName = keyof typeof dependencies;

interface Case {
  dependency: DependencyName;
  fault: Fault;
  /** When the trouble begins: before the alert, or once something was changed. */
  begins: 'before' | 'after the change';
  afterEffect: boolean;
}

/** Several looks at Alertmanager fail in this time. */
const blindMs = 2000;
/** An incident in which everything that can be waited for is waited for ends by then. */
const endsWithinMs = 60_000;

let folder: string;
let cloud: Cloud;
let credentials: StandIn;
/** Firing alerts nobody tells the agent of by webhook, by lane. */
const unheard = new Map<string, object[]>();
const alertmanagers: StandIn[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-faults-'));
  cloud = await startCloud();
  credentials = await startStandIn(credentialsForAMoment);
});
afterAll(async () => {
  for (const standIn of [credentials, ...alertmanagers]) standIn.close();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

interface StandIn {
  url: string;
  close(): void;
}

async function startStandIn(answer: (path: string) => unknown): Promise<StandIn> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(request.url?.split('?')[0] ?? '')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** As ECS gives them to a task, but good for a moment only, so that they are asked for again and again. */
function credentialsForAMoment(): object {
  const Expiration = new Date(Date.now() + 1000).toISOString();
  return { AccessKeyId: 'laboratory', SecretAccessKey: 'secret', Token: 'token', Expiration };
}

function firingIn(cluster: string): object {
  const labels = { alertname: 'HighErrorRatio', ecs_cluster: cluster, ecs_service: 'checkout', severity: 'critical' };
  const [startsAt, updatedAt] = [Date.now() - 10_000, Date.now()].map((at) => new Date(at).toISOString());
  const status = { state: 'active', silencedBy: [], inhibitedBy: [] };
  return {
    fingerprint: cluster,
    labels,
    annotations: {},
    startsAt,
    updatedAt,
    endsAt: updatedAt,
    receivers: [{ name: 'kintsugi' }],
    status,
  };
}

interface Lane {
  name: string;
  replica: Replica;
  store: LabStore;
  proxies: Record<Host, FaultProxy>;
  clusters: string[];
  stop(): Promise<void>;
}

async function startLane(name: string, cases: number): Promise<Lane> {
  const downFile = join(folder, `${name}-names`);
  const down = new Set<string>();
  const setName = (host: string, isDown: boolean) => {
    if (isDown) down.add(host);
    else down.delete(host);
    writeFileSync(downFile, [...down].join('\n'));
  };
  const proxies = {} as Record<Host, FaultProxy>;
  unheard.set(name, []);
  const alertmanager = await startStandIn((path) => (path.endsWith('/alerts') ? unheard.get(name) : []));
  alertmanagers.push(alertmanager);
  for (const host of hosts) {
    const upstream = { credentials: credentials.url, alertmanager: alertmanager.url }[host as string] ?? cloud.url;
    // The SDK takes credentials over plain HTTP from this machine only, by its number.
    proxies[host] = await startFaultProxy(upstream, host === 'credentials' ? 'localhost' : `${host}.lab.invalid`, setName);
  }
  const store = sqliteStore(folder, name);
  const clusters = Array.from({ length: cases }, (_, index) => `${name}-${index}`);
  const replica = startReplica(name, {
    ...environmentOf({ cloudUrl: cloud.url, clusters, store: store.environment, autonomy: 'auto' }),
    NODE_OPTIONS: `--import ${fileURLToPath(new URL('name-service.ts', import.meta.url))}`,
    NAMES_DOWN: downFile,
    AWS_ENDPOINT_URL_ECS: proxies.ecs.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: proxies.logs.url,
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${proxies.credentials.url}/credentials`,
    AWS_EC2_METADATA_DISABLED: 'true',
    KINTSUGI_RECONCILER_ALERTMANAGER_URL: proxies.alertmanager.url,
    KINTSUGI_RECONCILER_PERIOD_SECONDS: '0.5',
    KINTSUGI_RECONCILER_SETTLE_SECONDS: '0.2',
    KINTSUGI_RECONCILER_TIMEOUT_SECONDS: '0.4',
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: proxies.prometheus.url,
    KINTSUGI_EVIDENCE_PROMETHEUS_TIMEOUT_MS: '1500',
    KINTSUGI_EVIDENCE_ECS_TIMEOUT_MS: '1500',
    KINTSUGI_EVIDENCE_CLOUDWATCH_LOGS_TIMEOUT_MS: '1500',
    KINTSUGI_RUN_EVIDENCE_DEADLINE_SECONDS: '2',
    KINTSUGI_ACTION_ROLL_BACK_DEPLOYMENT_CALL_TIMEOUT_MS: '1000',
  });
  await replica.ready;
  return {
    name,
    replica,
    store,
    proxies,
    clusters,
    async stop() {
      replica.signal('SIGTERM');
      await replica.ended;
      await store.close();
      for (const host of hosts) await proxies[host].close();
    },
  };
}

interface Row {
  id: string;
  status: string;
  outcome: string | null;
}

async function runCase(lane: Lane, cluster: string, { dependency, fault, begins, afterEffect }: Case): Promise<string> {
  const { host, befalls, isRequired }: Dependency = dependencies[dependency];
  const proxy = lane.proxies[host];
  addTroubledService(cloud.world, cluster, 'cured');
  const journal = () => cloud.world.journal.filter((effect) => effect.cluster === cluster).map((effect) => effect.revision);
  const arrived = proxy.calls.length;
  if (begins === 'before') await proxy.order({ fault, befalls, afterEffect });
  if (dependency === 'Alertmanager') unheard.set(lane.name, [firingIn(cluster)]);
  else expect(await lane.replica.post(notificationOf([cluster])), 'the webhook was refused').toBe(202);

  const incident = async () =>
    (await lane.store.rows<Row>(`select id, status, outcome from incident where cluster = '${cluster}'`)) as [Row?, ...Row[]];
  if (dependency === 'Alertmanager' && begins === 'before') {
    await pause(blindMs);
    expect(await incident(), 'an incident out of a broken answer').toEqual([]);
    await proxy.order(undefined);
  }
  let isFaulty = begins === 'before';
  const hasEnded = await until(
    async () => {
      if (!isFaulty && journal().length > 0) {
        isFaulty = true;
        await proxy.order({ fault, befalls, afterEffect });
      }
      const [row] = await incident();
      return row?.status === 'closed' || row?.status === 'awaiting-approval';
    },
    endsWithinMs,
    25,
  );
  await proxy.order(undefined);
  unheard.set(lane.name, []);
  const [row, ...others] = await incident();
  expect(lane.replica.end(), 'the process ended').toBeNull();
  expect(hasEnded, `stuck: ${row?.status ?? 'no incident'}`).toBe(true);
  expect(others, 'one alert, one incident').toEqual([]);
  expect(row?.outcome).toMatch(/^(fixed|recovered|escalated|no-fault)$/);

  const changes = journal();
  if (begins === 'before' && isRequired && !leavesEvidence(dependency, fault)) {
    expect(changes, 'changes on incomplete evidence').toEqual([]);
  }
  // Rolled back once, and put back once at most.
  expect([[], [oldRevision], [oldRevision, badRevision]], 'changes made').toContainEqual(changes);
  expect(attemptsOf(proxy, arrived), 'attempts of one call').toBeLessThanOrEqual(3);
  const unfinished = await lane.store.rows(`select key from action where incident_id = '${row?.id}' and status = 'intended'`);
  expect(unfinished, 'intents left open').toEqual([]);
  return row?.outcome ?? '';
}

/** With nothing in the way the agent mends: without this, a campaign in which it never acts would look well. */
async function mendsUnhindered(lane: Lane, cluster: string): Promise<void> {
  addTroubledService(cloud.world, cluster, 'cured');
  expect(await lane.replica.post(notificationOf([cluster]))).toBe(202);
  const outcomes = () => lane.store.rows<Row>(`select outcome from incident where cluster = '${cluster}' and status = 'closed'`);
  await until(async () => (await outcomes()).length > 0, endsWithinMs, 25);
  expect(await outcomes()).toEqual([{ outcome: 'fixed' }]);
}

/** An old answer of AWS is a whole one, and credentials may still be good for a moment. */
function leavesEvidence(dependency: DependencyName, fault: Fault): boolean {
  if (dependency === 'AWS credentials') return fault === 'stale' || fault === 'drip';
  return dependency !== 'Prometheus' && fault === 'stale';
}

function attemptsOf(proxy: FaultProxy, from: number): number {
  const byCall = new Map<string, number>();
  for (const { id, isRepeatable } of proxy.calls.slice(from)) {
    if (!isRepeatable) byCall.set(id, (byCall.get(id) ?? 0) + 1);
  }
  return Math.max(0, ...byCall.values());
}

/** Each lane is an agent of its own with proxies of its own; within it one case follows the other. */
async function runCases(run: CampaignRun, name: string, cases: readonly Case[]) {
  const laneCount = run.isLab ? 4 : 3;
  const outcomes = new Map<string, number>();
  let slowestMs = 0;
  const lanes = Array.from({ length: laneCount }, (_, lane) => cases.filter((_case, index) => index % laneCount === lane));
  await inLanes(
    lanes.map((own, index) => async () => {
      const lane = await startLane(`${name}-${index}`, own.length + 1);
      await mendsUnhindered(lane, lane.clusters[own.length] ?? '');
      for (const [at, one] of own.entries()) {
        const startedMs = performance.now();
        await run.attempt(`${one.dependency}, ${one.fault}, ${one.begins}${one.afterEffect ? ', answer lost' : ''}`, async () => {
          const outcome = await runCase(lane, lane.clusters[at] ?? '', one);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        });
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      }
      await lane.stop();
    }),
    laneCount,
  );
  return { outcomes, slowestMs, unhindered: laneCount };
}

const names = Object.keys(dependencies) as DependencyName[];
/** Every dependency with every fault, in turn. */
const every = faults.flatMap((fault, row) =>
  names.map((_, column) => ({ fault, dependency: names[(row + column) % names.length] ?? 'Prometheus' })),
);
const byRounds = [...every].sort((one, other) => (every.indexOf(one) % names.length) - (every.indexOf(other) % names.length));

campaign(
  {
    id: 'R10',
    title: `${names.length} dependencies × ${faults.length} faults: each incident ends, nothing is changed on incomplete evidence, no call is tried too often`,
    store: 'sqlite',
    runs: { ci: faults.length, lab: 5 * every.length },
  },
  async (run) => {
    const drawn = run.sample(
      fc.record({ begins: fc.constantFrom('before', 'before', 'after the change'), afterEffect: fc.boolean() }),
      run.runs,
    );
    const cases = Array.from({ length: run.runs }, (_, index) => ({
      ...(byRounds[index % byRounds.length] as { fault: Fault; dependency: DependencyName }),
      ...(drawn[index] as Pick<Case, 'begins' | 'afterEffect'>),
    }));
    const { outcomes, slowestMs } = await runCases(run, 'faults', cases);
    for (const [outcome, count] of outcomes) run.measure(`ended ${outcome}`, count);
    run.measure('slowest seconds', slowestMs / 1000);
  },
);

/** In all of these ECS has made the change, and what it said about it never arrives, or is no answer. */
const losses: readonly Fault[] = ['silent', 'reset', 'drip', 'cut', '500', '503', 'HTML', 'bad JSON', 'cut JSON', '50 MB'];

campaign(
  {
    id: 'R11',
    title: 'a roll-back is made and its answer is lost: it is read back and never made twice',
    store: 'sqlite',
    runs: { ci: 8, lab: 300 },
  },
  async (run) => {
    const drawn = run.sample(fc.constantFrom(...losses), run.runs);
    const cases = drawn.map((fault): Case => ({ dependency: 'ECS writes', fault, begins: 'before', afterEffect: true }));
    const { outcomes, unhindered } = await runCases(run, 'lost', cases);
    const changes = cloud.world.journal.filter(({ cluster }) => cluster.startsWith('lost-'));
    for (const [outcome, count] of outcomes) run.measure(`ended ${outcome}`, count);
    expect(changes, 'every change was made once').toHaveLength(cases.length + unhindered);
  },
);
