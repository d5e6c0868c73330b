/** Composition root: the one file that joins settings, plug-ins, stores and graph. It decides nothing. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { XRayClient } from '@aws-sdk/client-xray';
import express from 'express';
import { createAwsClients } from './action/aws/clients.ts';
import { createRightsCheck } from './action/aws/rights-check.ts';
import { createGithubAccess } from './action/github/access.ts';
import { createCatalog } from './action/index.ts';
import { createLedger } from './action/ledger.ts';
import { createPutBackLoop } from './action/put-back/put-back.ts';
import { createHealth } from './api/health.ts';
import { answerProblem, problemHandler, unknownPath } from './api/problem.ts';
import { createApi } from './api/routes.ts';
import { createApprovalDesk } from './approval/desk.ts';
import { createSlackApprovals } from './approval/slack/index.ts';
import { auditKeysOf, startKeeper } from './audit-app.ts';
import { watchPolicyFile } from './config/policy-file/watch.ts';
import type { Settings } from './config/settings.ts';
import type { Clock } from './domain/clock.ts';
import { ConfigError } from './domain/errors.ts';
import type { IncidentId } from './domain/ids.ts';
import { ecs } from './evidence/ecs/index.ts';
import { createEvidenceSources } from './evidence/index.ts';
import { createTurns } from './evidence/turns.ts';
import type { NodeDependencies } from './graph/dependencies.ts';
import { buildGraph, graphVersion } from './graph/graph.ts';
import { createPutBackCheck } from './graph/put-back-check.ts';
import { createRunner } from './graph/runner.ts';
import { runUntraced } from './graph/untraced-runs.ts';
import { createAllowedInventory } from './incident/allowed-inventory.ts';
import { serverLimits } from './intake/alertmanager/index.ts';
import { createIntake } from './intake/intake.ts';
import { lookAtOwed, lookIntoInbox } from './metrics-app.ts';
import { createModelsApp } from './models-app.ts';
import { createNarrator } from './narration/narrator.ts';
import { protecting } from './policy/in-force.ts';
import { createReconcilerApp } from './reconciler-app.ts';
import { type Recordable, recorded } from './recording/recorder.ts';
import { listen } from './server-app.ts';
import { createFollowUp } from './shadow/follow-up.ts';
import { createActionStore } from './storage/action-store.ts';
import { createApprovalMessageStore } from './storage/approval-message-store.ts';
import { createApprovalStore } from './storage/approval-store.ts';
import { adoptAuditKey, createAuditTrail } from './storage/audit-trail.ts';
import { openCheckpoints } from './storage/checkpoints.ts';
import { createEvidenceStore } from './storage/evidence-store.ts';
import { checkpointGuard } from './storage/fence.ts';
import { createIncidentStore, type SqlIncidentStore } from './storage/incident-store.ts';
import { createKillSwitch, createKillSwitchControl } from './storage/kill-switch.ts';
import { createLookStore } from './storage/look-store.ts';
import { createNarrationStore } from './storage/narration-store.ts';
import { createNotificationStore } from './storage/notification-store.ts';
import { createPatchDraftStore } from './storage/patch-draft-store.ts';
import { createPutBackStore } from './storage/put-back-store.ts';
import { createAutonomyControl, createRecordStore } from './storage/record-store.ts';
import { createRecordingStore } from './storage/recording-store.ts';
import { createRetention } from './storage/retention.ts';
import { createSettings } from './storage/settings.ts';
import { createShadowStore } from './storage/shadow-store.ts';
import { openStore } from './storage/store.ts';
import { systemClock } from './system-clock.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';

export interface App {
  /** `http://host:port` */
  url: string;
  /** Stops taking work, drains, closes. */
  stop(): Promise<void>;
}

/**
 * How a program may stand between the parts. The product itself hands in nothing; the crash laboratory watches the ports go by and kills
 * the process at one of them, so that what it kills is the agent as it is shipped.
 */
export interface Wiring {
  clock?: Clock;
  /** Gets each port by its name on the way into the app; what it answers is used in the port's place. */
  port?<Port extends object>(name: string, port: Port): Port;
}

export async function startApp(settings: Settings, logger: Logger, wiring: Wiring = {}): Promise<App> {
  const clock = wiring.clock ?? systemClock;
  const through: NonNullable<Wiring['port']> = wiring.port ?? ((_name, made) => made);
  const newId = () => randomUUID();
  const aws = createAwsClients({}, settings.aws.roles);
  const { reader } = aws.ecs;
  const github = createGithubAccess(settings.github, settings.evidence.github.services, { fetch });
  const region = await regionOf(reader);
  const auditKeys = auditKeysOf(settings.audit);
  const owner = newId();
  const { url } = settings.store;
  const store = await openStore(url ? { url: url.reveal() } : { path: settings.store.path }, { auditKeys });
  await store.enter(owner);
  await adoptAuditKey(store, clock.now().toISOString());
  const checkpoints = await openCheckpoints(store, { guard: checkpointGuard(store) });
  const notifications = through('notifications', createNotificationStore(store, clock, { newId, graphVersion }));
  const incidents = through(
    'incidents',
    tellingCloses(createIncidentStore(store, clock, newId, graphVersion), (id) => intake.closes(id)),
  );
  const approvals = through('approvals', createApprovalStore(store, clock, newId));
  const trail = through('trail', createAuditTrail(store));
  const actions = through('actions', createActionStore(store, clock));
  const owed = through('put-backs', createPutBackStore(store, clock));
  const narrations = through('narrations', createNarrationStore(store, clock));
  const metrics = through(
    'metrics',
    createMetrics(
      () => incidents.countOpen(),
      () => lookIntoInbox(notifications, clock),
      () => lookAtOwed(owed, clock),
      () => models.spending(),
    ),
  );

  const logs = new CloudWatchLogsClient({ maxAttempts: 2 });
  const cloudwatch = new CloudWatchClient({ maxAttempts: 2 });
  const elbv2 = new ElasticLoadBalancingV2Client({ maxAttempts: 2 });
  const xray = new XRayClient({ maxAttempts: 2 });
  const inventory = createAllowedInventory(settings.clusters, ecs.inventory(reader, clock));

  const { metadataUrl } = settings.self;
  const own = metadataUrl === undefined ? null : await ecs.ownService(metadataUrl, fetch, reader);
  const drafts = createPatchDraftStore(store, clock);
  const { file, ...limits } = settings.policy;
  const fixedPolicy = { ...limits, flags: settings.flags };
  const policyFile = file === undefined ? undefined : watchPolicyFile(file, fixedPolicy, { trail, clock, logger, metrics });

  const models = createModelsApp(settings.llm, { store, clock, logger, metrics, trail, newId });
  await models.chains.look();

  const recordings = createRecordingStore(store, clock, settings.recording);
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
    evidence: through('evidence', createEvidenceStore(store)),
    inventory,
    killSwitch: createKillSwitch(createSettings(store, clock), settings.killSwitch.file),
    turns: createTurns({ atOnce: settings.run.looksAtOnce, letPass: (signal) => intake.letPass(signal) }),
    sources: createEvidenceSources(settings.evidence, { logger, clock, fetch, ecs: reader, logs, cloudwatch, elbv2, xray }),
    rights: createRightsCheck(aws, settings.aws.roles),
    catalog: createCatalog(settings.action, { aws, github, adviser: models.adviser, drafts, clock, logger }).map((action) =>
      through('action', action),
    ),
    adviser: models.adviser,
    diagnosis: settings.diagnosis,
    policy: protecting(own, policyFile ? policyFile.inForce : () => fixedPolicy),
    verification: settings.verification,
    run: {
      evidenceDeadlineMs: settings.run.evidenceDeadlineSeconds * 1000,
      recentSeconds: settings.run.recentSeconds,
      baselineSeconds: settings.run.baselineSeconds,
      alertPendingSeconds: settings.run.alertPendingSeconds,
      lookAgainMs: settings.run.lookAgainSeconds * 1000,
      verificationIntervalMs: settings.run.verificationIntervalSeconds * 1000,
      approvalTtlSeconds: settings.run.approvalTtlSeconds,
    },
  };
  const isRecorded = settings.recording.incidentCharacters > 0;
  const recorder = { store: recordings, settings: { action: settings.action, github: github !== undefined, own } };
  const ports = isRecorded ? recorded(recordable, recorder) : recordable;
  const deps: NodeDependencies = { ...ports, ledger: createLedger({ store: ports.actions, clock: ports.clock, logger }) };
  logger.info({ sources: deps.sources.map(({ id }) => id) }, 'evidence is read from these sources');
  runUntraced();
  const graph = through('graph', buildGraph(deps, through('saver', checkpoints.saver)));
  const runner = createRunner(
    {
      owner,
      living: (owners) => store.living(owners),
      letPass: (signal) => intake.letPass(signal),
      graph,
      incidents,
      approvals,
      actions,
      trail,
      clock,
      logger,
      metrics,
    },
    {
      concurrency: settings.run.concurrency,
      leaseMs: settings.run.leaseSeconds * 1000,
      pollMs: settings.run.pollSeconds * 1000,
      maxFailures: settings.run.maxFailures,
    },
  );

  const { catalog, ledger } = deps;
  const check = createPutBackCheck(deps);
  const putBacks = createPutBackLoop({ owner, store: owed, actions, ledger, catalog, check, clock, logger, metrics });

  const reconciler = createReconcilerApp(settings, {
    store: createLookStore(store, clock),
    inbox: notifications,
    clock,
    logger,
    metrics,
    wake: () => intake.wake(),
  });
  const intake = createIntake({
    token: settings.webhook.token.reveal(),
    notifications,
    trail,
    clock,
    logger,
    inventory,
    metrics,
    answerProblem: (error, response) => answerProblem(error, response, logger),
    limits: { bodyBytes: settings.webhook.maxBodyBytes },
    // With one cluster there is no doubt where a service without a cluster label is.
    ...(settings.clusters.length === 1 && settings.clusters[0] ? { defaultCluster: settings.clusters[0] } : {}),
    wake: () => runner.wake(),
    wasCut: () => reconciler?.lookSoon(),
  });

  const followUp = createFollowUp(deps, { everyMs: settings.shadow.everySeconds * 1000, forMs: settings.shadow.forSeconds * 1000 });
  const dayMs = 86_400_000;
  const narrator = createNarrator({ ...deps, metrics, narrations });
  const retention = createRetention(
    { store, saver: checkpoints.saver, clock, logger },
    {
      checkpointMs: settings.retention.checkpointDays * dayMs,
      notificationMs: settings.retention.notificationDays * dayMs,
      quarantineMs: settings.retention.quarantineDays * dayMs,
      recordingMs: settings.retention.recordingDays * dayMs,
      everyMs: 600_000,
    },
  );

  let stopping = false;
  const http = express();
  http.disable('x-powered-by');
  http.use(
    createHealth({
      registry: metrics.registry,
      notReady: async () => (stopping ? ['the agent is stopping'] : await storeFault(incidents)),
    }),
  );
  const killSwitch = createKillSwitchControl(store, clock, settings.killSwitch.file);
  const { policy } = deps;
  const desk = createApprovalDesk({
    approvals,
    incidents,
    catalog,
    policy,
    trail,
    clock,
    logger,
    metrics,
    wake: () => {
      runner.wake();
      slack?.wake();
    },
  });
  const messages = createApprovalMessageStore(store, clock);
  const slack = createSlackApprovals(settings.slack, { desk, messages, policy, fetch, clock, logger, metrics });
  if (slack) http.use(slack.router);
  const autonomy = { ...deps, control: createAutonomyControl(store, clock) };
  const links = { region, prometheusUrl: settings.evidence.prometheus.url, alertmanagerUrl: settings.reconciler.alertmanagerUrl };
  const token = settings.api.token.reveal();
  http.use(
    '/api',
    createApi({
      token,
      policy,
      incidents,
      approvals,
      desk,
      trail,
      killSwitch,
      autonomy,
      models,
      questions: deps,
      cost: { money: models.money, clock },
      report: { ...deps, narrations, costs: models.money.costs, links },
      bundle: { ...deps, recordings },
    }),
  );
  http.use(unknownPath);
  http.use(problemHandler(logger));

  const server = through(
    'server',
    createServer(serverLimits, (request, response) => {
      if (intake.takes(request)) void intake.handle(request, response);
      else http(request, response);
    }),
  );
  const address = await listen(server, settings.server);
  policyFile?.start();
  runner.start();
  putBacks.start();
  slack?.start();
  const keeper = startKeeper(settings.audit, { store, clock, logger, metrics });
  intake.start();
  retention.start();
  followUp.start();
  narrator.start();
  reconciler?.start();
  models.chains.start();
  return {
    url: address,
    async stop() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // With the door closed every notification would look lost.
      await reconciler?.stop();
      const drainMs = settings.server.drainSeconds * 1000;
      await Promise.all([runner.drain(drainMs), putBacks.stop(drainMs)]);
      server.closeAllConnections();
      await closed;
      await slack?.stop();
      await policyFile?.stop();
      await keeper.stop();
      await intake.stop();
      await retention.stop();
      await followUp.stop();
      await narrator.stop();
      await models.chains.stop();
      await store.close();
      for (const client of [aws, logs, cloudwatch, elbv2, xray]) client.destroy();
    },
  };
}

/** The intake must hear of a close before it happens: from then on a repeat of the same notification is a firing anew. */
function tellingCloses(incidents: SqlIncidentStore, tell: (incidentId: IncidentId) => void): SqlIncidentStore {
  return {
    ...incidents,
    close(outcome, reason, by) {
      tell(typeof by === 'string' ? by : by.incidentId);
      return incidents.close(outcome, reason, by);
    },
  };
}

/** Why the store cannot be read, in one sentence; nothing when it can. */
async function storeFault(incidents: SqlIncidentStore): Promise<string[]> {
  try {
    await incidents.countOpen();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : 'the store cannot be read'];
  }
}

/** The SDK would find out at the first alert only. */
async function regionOf(client: ECSClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new ConfigError(['AWS_REGION is not set: the agent does not know which region its clusters are in'], { cause: error });
  }
}
