/** The whole agent but its upstreams: graph, runner and API over a real store, with a world that follows what is done to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import express from 'express';
import type { Action } from '../action/action.ts';
import type { ActionStore } from '../action/action-store.ts';
import { createLedger } from '../action/ledger.ts';
import type { RightsCheck } from '../action/rights.ts';
import { problemHandler } from '../api/problem.ts';
import { createApi } from '../api/routes.ts';
import { type ApprovalDesk, createApprovalDesk } from '../approval/desk.ts';
import { createSlackApprovals, type SlackApprovals } from '../approval/slack/index.ts';
import { slackSettingsSchema } from '../approval/slack/settings.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditRow, AuditTrail } from '../audit/trail.ts';
import { diagnosisSettingsSchema } from '../diagnosis/settings.ts';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import { buildGraph, graphVersion, type IncidentGraph } from '../graph/graph.ts';
import { createRunner, type Runner, type RunnerSettings } from '../graph/runner.ts';
import type { IncidentState } from '../graph/state.ts';
import { threadOf } from '../incident/thread.ts';
import type { Adviser } from '../llm/adviser.ts';
import { llmBudgetSettingsSchema } from '../llm/budget/settings.ts';
import { createModelMoney } from '../llm/budget/spending.ts';
import { noAdviser } from '../llm/no-adviser.ts';
import type { NarrationStore } from '../narration/store.ts';
import { approvalSettingsSchema } from '../policy/approvers.ts';
import type { PolicySettings } from '../policy/request.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import { type Recordable, recorded } from '../recording/recorder.ts';
import { createActionStore } from '../storage/action-store.ts';
import { createApprovalMessageStore } from '../storage/approval-message-store.ts';
import { createApprovalStore } from '../storage/approval-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { openCheckpoints } from '../storage/checkpoints.ts';
import { createEvidenceStore } from '../storage/evidence-store.ts';
import { checkpointGuard } from '../storage/fence.ts';
import { createIncidentStore, type SqlIncidentStore } from '../storage/incident-store.ts';
import { createKillSwitch, createKillSwitchControl } from '../storage/kill-switch.ts';
import { createModelCallStore } from '../storage/model-call-store.ts';
import { createNarrationStore } from '../storage/narration-store.ts';
import { createAutonomyControl, createRecordStore } from '../storage/record-store.ts';
import { createRecordingStore } from '../storage/recording-store.ts';
import { createSettings } from '../storage/settings.ts';
import { createShadowStore } from '../storage/shadow-store.ts';
import { openStore, type StoreAddress } from '../storage/store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { verificationSettingsSchema } from '../verification/settings.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { testChains } from './model-chains.ts';
import { receivedAlert } from './received-alert.ts';
import type { SlackServer } from './slack-server.ts';
import { testAuditKeys } from './temp-store.ts';
import { alertStart, fakeCatalog, type World } from './world.ts';

export const apiToken = 'the-token-of-the-api-in-the-tests';

export interface AgentOptions {
  /** An SQLite file, or where else the store is. */
  path: string | StoreAddress;
  world: World;
  clock?: FakeClock;
  policy?: Partial<PolicySettings>;
  catalog?: Action[];
  rights?: RightsCheck;
  /** Where approvals are asked as well. */
  slack?: Pick<SlackServer, 'url' | 'token' | 'secret' | 'channel'>;
  runner?: Partial<RunnerSettings>;
  /** Who the nodes ask for words; nobody by default. */
  adviser?: Adviser;
  /** What the runner waits for before it starts runs. */
  letPass?: (signal: AbortSignal) => Promise<void>;
  /** The version the incidents are opened with. */
  opensWithVersion?: string;
  /** The checkpointer, wrapped. */
  saver?: (saver: BaseCheckpointSaver) => BaseCheckpointSaver;
  /** Last say over what the nodes get. */
  deps?: (deps: NodeDependencies) => NodeDependencies;
}

export interface TestAgent {
  url: string;
  clock: FakeClock;
  world: World;
  incidents: SqlIncidentStore;
  actions: ActionStore;
  approvals: ApprovalStore;
  narrations: NarrationStore;
  /** Where answers from elsewhere than the API go. */
  desk: ApprovalDesk;
  trail: AuditTrail;
  metrics: Metrics;
  graph: IncidentGraph;
  runner: Runner;
  /** `on` stops every change. */
  killSwitch: { on: boolean };
  logged: string[];
  /** An alert arrives; answers the incident it opened or joined. */
  alert(service: string, name?: string, cluster?: string, labels?: Record<string, string>): Promise<Incident>;
  get(incident: Incident): Promise<Incident>;
  timeline(incident: Incident): Promise<AuditRow[]>;
  state(incident: Incident): Promise<IncidentState>;
  /** Lets time pass until the condition holds; throws when it never does. */
  until(condition: () => Promise<boolean> | boolean): Promise<void>;
  /** Lets time pass until the incident is closed. */
  closed(incident: Incident): Promise<Incident>;
  /** With the shared token, unless another is given. */
  api(
    path: string,
    body?: unknown,
    method?: 'POST' | 'PUT',
    token?: string,
  ): Promise<{ status: number; type: string; body: Record<string, unknown> }>;
  /** Drains and closes. */
  stop(drainMs?: number): Promise<void>;
}

/** Owners of the agents of this process: several on one SQLite file stand for the replicas that only PostgreSQL can have. */
const alive = new Set<string>();

/** Production's settings but for autonomy and flags: everything may act by itself. */
export async function startAgent(options: AgentOptions): Promise<TestAgent> {
  const { path, world } = options;
  const clock = options.clock ?? createFakeClock(new Date(Date.parse(alertStart) + 5000).toISOString());
  const store = await openStore(typeof path === 'string' ? { path } : path, { auditKeys: testAuditKeys });
  const checkpoints = await openCheckpoints(store, { guard: checkpointGuard(store) });
  const newId = () => crypto.randomUUID();
  const owner = newId();
  alive.add(owner);
  const incidents = createIncidentStore(store, clock, newId, options.opensWithVersion ?? graphVersion);
  const approvals = createApprovalStore(store, clock, newId);
  const trail = createAuditTrail(store);
  const actions = createActionStore(store, clock);
  const narrations = createNarrationStore(store, clock);
  const metrics = createMetrics(() => incidents.countOpen());
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
  const killSwitch = { on: false };
  const stored = createKillSwitch(createSettings(store, clock));
  const services = ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database'];
  const auto = {
    autonomy: { default: 'auto' as const, byAction: {} },
    approval: approvalSettingsSchema.parse({ approvers: ['anyone'] }),
    flags: { 'roll-back-deployment': true, 'stop-task': true, 'force-new-deployment': true },
  };
  const recordings = createRecordingStore(store, clock, { incidentCharacters: 8_388_608 });
  const recordable: Recordable = {
    clock,
    logger,
    metrics,
    newId,
    incidents,
    approvals,
    trail,
    actions,
    records: createRecordStore(store),
    shadows: createShadowStore(store, clock),
    narrations,
    evidence: createEvidenceStore(store),
    inventory: { services: async () => services },
    killSwitch: { isOn: async () => killSwitch.on || (await stored.isOn()) },
    sources: world.sources,
    catalog: options.catalog ?? fakeCatalog(world),
    rights: options.rights ?? (async () => ({ kind: 'granted' })),
    adviser: options.adviser ?? noAdviser,
    diagnosis: diagnosisSettingsSchema.parse({}),
    policy: () => ({ ...policySettingsSchema.parse({}), ...auto, ...options.policy }),
    verification: verificationSettingsSchema.parse({}),
    run: {
      evidenceDeadlineMs: 10_000,
      recentSeconds: 120,
      baselineSeconds: 450,
      alertPendingSeconds: 120,
      lookAgainMs: 45_000,
      verificationIntervalMs: 15_000,
      approvalTtlSeconds: 1800,
    },
  };
  const ports = recorded(recordable, { store: recordings, settings: { action: {}, github: false, own: null } });
  const own: NodeDependencies = { ...ports, ledger: createLedger({ store: ports.actions, clock: ports.clock, logger }) };
  const deps = options.deps ? options.deps(own) : own;
  const graph = buildGraph(deps, options.saver ? options.saver(checkpoints.saver) : checkpoints.saver);
  const runner = createRunner(
    {
      owner,
      living: async (owners) => owners.filter((one) => alive.has(one)),
      graph,
      incidents: deps.incidents,
      approvals: deps.approvals,
      actions: deps.actions,
      trail: deps.trail,
      clock,
      logger,
      metrics,
      ...(options.letPass ? { letPass: options.letPass } : {}),
    },
    { concurrency: 8, leaseMs: 15_000, pollMs: 5000, maxFailures: 3, ...options.runner },
  );
  const costs = createModelCallStore(store);
  const http = express();
  const { catalog, policy } = deps;
  const desk = createApprovalDesk({
    approvals,
    incidents,
    catalog,
    policy,
    trail,
    clock,
    logger,
    metrics,
    wake: () => runner.wake(),
  });
  const slack =
    options.slack && slackOf(options.slack, { desk, messages: createApprovalMessageStore(store, clock), policy, clock, logger, metrics });
  if (slack) http.use(slack.router);
  http.use(
    '/api',
    createApi({
      token: apiToken,
      policy,
      incidents,
      approvals,
      desk,
      trail,
      killSwitch: createKillSwitchControl(store, clock),
      autonomy: { ...deps, control: createAutonomyControl(store, clock) },
      questions: deps,
      models: testChains({ store, clock, logger, metrics }),
      cost: { money: createModelMoney(costs, clock, llmBudgetSettingsSchema.parse({})), clock },
      report: { ...deps, narrations, costs, links: { region: 'eu-west-1' } },
      bundle: { ...deps, recordings },
    }),
  );
  http.use(problemHandler(logger));
  const server = createServer(http);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  runner.start();
  slack?.start();

  async function get(incident: Incident): Promise<Incident> {
    const found = await incidents.get(incident.id);
    if (!found) throw new Error(`no incident ${incident.id}`);
    return found;
  }
  async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
    for (let round = 0; round < 20_000; round += 1) {
      await settled();
      // A second of the fake clock must not be shorter than a few real queries.
      if (store.engine === 'postgres') await new Promise((resolve) => setTimeout(resolve, 10));
      if (await condition()) return;
      await clock.advance(1000);
    }
    throw new Error(`the condition never held; last logged:\n${logged.slice(-5).join('')}`);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    clock,
    world,
    incidents,
    actions,
    approvals,
    narrations,
    desk,
    trail,
    metrics,
    graph,
    runner,
    killSwitch,
    logged,
    async alert(service, name = 'HighErrorRatio', cluster = 'shop', more = {}) {
      const labels = { alertname: name, ecs_cluster: cluster, ecs_service: service, severity: 'critical', ...more };
      const alert = { fingerprint: `${name}-${service}`, name, labels, startsAt: alertStart };
      const target = { resource: { cluster, service } };
      const receivedAt = clock.now().toISOString();
      const [row] = await incidents.receive([receivedAlert({ alert, target, receivedAt, bodyHash: crypto.randomUUID() })]);
      const incident = row?.incidentId && (await incidents.get(row.incidentId));
      if (!incident) throw new Error(`the alert opened no incident: ${row?.reason}`);
      runner.wake();
      return incident;
    },
    get,
    timeline: (incident) => trail.list({ incidentId: incident.id, limit: 1000 }),
    async state(incident) {
      return (await graph.getState({ configurable: { thread_id: threadOf(incident.id, incident.graphVersion) } })).values as IncidentState;
    },
    until,
    async closed(incident) {
      await until(async () => (await get(incident)).status === 'closed');
      return get(incident);
    },
    async api(route, body, method = 'POST', token = apiToken) {
      const init = body === undefined ? {} : { method, body: JSON.stringify(body) };
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`http://127.0.0.1:${port}/api${route}`, { ...init, headers });
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, body: (await response.json()) as Record<string, unknown> };
    },
    async stop(drainMs = 20_000) {
      let drained = false;
      const draining = runner.drain(drainMs).finally(() => {
        drained = true;
      });
      await until(() => drained);
      await draining;
      await slack?.stop();
      alive.delete(owner);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

function slackOf(
  { url, token, secret, channel }: NonNullable<AgentOptions['slack']>,
  deps: Omit<Parameters<typeof createSlackApprovals>[1], 'fetch'>,
): SlackApprovals | undefined {
  const settings = slackSettingsSchema.parse({ apiUrl: url, token, signingSecret: secret, channel });
  return createSlackApprovals(settings, { ...deps, fetch });
}

/** Lets everything run that does not wait for the clock. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
