/**
 * A1: between the plan and its effect somebody else changes the service. The real actions over the wire, the real gates and the real ledger:
 * whatever was planned for a service that is another by now is not done, and the run plans anew or hands over.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { created, depsOn } from '../action/action.contract.ts';
import type { Action } from '../action/action.ts';
import { deploy, type EcsServer, type EcsState, initialState, revision, startEcsServer, taskId } from '../action/ecs/server.contract.ts';
import { forceNewDeployment } from '../action/force-new-deployment/index.ts';
import { createLedger } from '../action/ledger.ts';
import { restartTasks } from '../action/restart-tasks/index.ts';
import { rollBackDeployment } from '../action/roll-back-deployment/index.ts';
import { scaleService } from '../action/scale-service/index.ts';
import { stopTask } from '../action/stop-task/index.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { Evidence, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { campaign } from '../testing/campaign.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { holdOn } from '../testing/hold.ts';
import { scalingDouble } from '../testing/scaling-double.ts';
import { healthy } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createWorld } from '../testing/world.ts';
import type { NodeDependencies } from './dependencies.ts';
import { afterRemediation, maxRounds } from './edges.ts';
import { createDecision } from './nodes/decision.ts';
import { createRemediation } from './nodes/remediation.ts';
import { settleChanges } from './settle-changes.ts';
import { type IncidentState, initialState as initialRun } from './state.ts';

const causes = {
  'roll-back-deployment': { cause: 'bad-deployment' },
  'stop-task': { cause: 'sick-task', taskId: taskId(1) },
  'force-new-deployment': { cause: 'all-tasks-degraded' },
  'restart-tasks': { cause: 'all-tasks-degraded' },
  'scale-service': { cause: 'overload' },
} as const;
type ActionId = keyof typeof causes;
const actionIds = Object.keys(causes) as ActionId[];

function deployedAndSteady(state: EcsState, taskDefinition: string): void {
  state.taskDefinitionStatus[taskDefinition] = 'ACTIVE';
  deploy(state, taskDefinition);
  state.deployments = state.deployments.slice(0, 1).map((one) => ({ ...one, rolloutState: 'COMPLETED' }));
  for (const row of state.history) row.status = 'SUCCESSFUL';
}

/** What an operator, a pipeline or an autoscaler may do meanwhile. */
const operators: Readonly<Record<string, (state: EcsState) => void>> = {
  'deploys another revision': (state) => deploy(state, revision(8)),
  'has deployed another revision': (state) => deployedAndSteady(state, revision(8)),
  'has deployed the same revision anew': (state) => deployedAndSteady(state, revision(7)),
  'has rolled back': (state) => deployedAndSteady(state, revision(6)),
  'scales out': (state) => Object.assign(state, { desired: 5, running: 5 }),
  'scales in': (state) => Object.assign(state, { desired: 2, running: 2 }),
  'scales to zero': (state) => Object.assign(state, { desired: 0, running: 0 }),
  'deletes the service': (state) => Object.assign(state, { exists: false }),
  'drains the service': (state) => Object.assign(state, { status: 'DRAINING', desired: 0 }),
  'forces a new deployment': (state) => deploy(state, revision(7)),
};

/** When: the plan is made · the intent is on disk · every gate has passed once more. */
const moments = ['planned', 'intended', 'checked'] as const;

interface Case {
  action: ActionId;
  /** Null in the control group, where nobody does anything. */
  operator: string | null;
  moment: (typeof moments)[number];
  round: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  action: fc.constantFrom(...actionIds),
  operator: fc.constantFrom(...Object.keys(operators)),
  moment: fc.constantFrom(...moments),
  round: fc.integer({ min: 1, max: maxRounds }),
});

let server: EcsServer;
let temp: TempStore;
let agent: TestAgent;
let deps: NodeDependencies;
/** Done once, when the moment comes. */
let meanwhile: { at: (typeof moments)[number]; change: () => void } | null = null;
let flag: ActionId = 'stop-task';

function comes(moment: (typeof moments)[number]): void {
  if (meanwhile?.at !== moment) return;
  meanwhile.change();
  meanwhile = null;
}

function watched(action: Action): Action {
  return {
    ...action,
    execute(plan, effect) {
      comes('checked');
      return action.execute(plan, effect);
    },
  };
}

beforeAll(async () => {
  server = await startEcsServer([scalingDouble({ bounds: { min: 1, max: 20 }, actions: [] })]);
  const actionDeps = depsOn(server);
  const catalog = [rollBackDeployment, stopTask, forceNewDeployment, restartTasks, scaleService].map((plugin) =>
    watched(created(plugin as typeof stopTask, actionDeps)),
  );
  temp = await openTempStore();
  const many = { changes: 1_000_000, perSeconds: 3600 };
  const policy = {
    minimumTroubleSeconds: 0,
    cooldownSeconds: 0,
    targetBudget: many,
    actionBudget: many,
    clusterBudget: many,
    fleetBudget: many,
  };
  agent = await startAgent({
    path: temp.path,
    world: createWorld(healthy),
    catalog,
    policy,
    // The incidents are left to the campaign.
    letPass: () => new Promise(() => undefined),
    deps(own) {
      const intend: typeof own.actions.intend = async (intent, fence) => {
        const written = await own.actions.intend(intent, fence);
        comes('intended');
        return written;
      };
      deps = {
        ...own,
        ledger: createLedger({ store: { ...own.actions, intend }, clock: createFakeClock(undefined, { autoAdvance: true }) }),
        policy: () => ({ ...own.policy(), flags: { [flag]: true } }) as ReturnType<typeof own.policy>,
        evidence: { ...own.evidence, get: async () => evidenceNow() },
      };
      return deps;
    },
  });
});
afterAll(async () => {
  await agent.stop();
  await temp.remove();
  await server.close();
});

const ids = [EvidenceId.parse('prometheus'), EvidenceId.parse('ecs')];

/** What the sources see of `shop/checkout` right now. */
function evidenceNow(): Evidence[] {
  const { desired, running, status, deployments, tasks } = server.state;
  const at = agent.clock.now().toISOString();
  const service = 'checkout';
  const signals = { 'error-ratio': 0.4, 'latency-p95': 1.2, 'request-rate': 20 } as const;
  const facts: Fact[] = [
    { kind: 'service-state', service, status, desired, running, pending: 0, taskDefinition: revision(7), events: [] },
    ...deployments.map((one): Fact => {
      const { id, taskDefinition } = one;
      const state = one.rolloutState === 'COMPLETED' ? 'COMPLETED' : 'IN_PROGRESS';
      const times = { createdAt: new Date(one.createdAt).toISOString(), updatedAt: at };
      return {
        kind: 'deployment',
        service,
        id,
        status: one.status,
        rolloutState: state,
        rolloutReason: '',
        taskDefinition,
        failedTasks: 0,
        ...times,
      };
    }),
    { kind: 'past-deployment', service, taskDefinition: revision(6), startedAt: at, finishedAt: at, completed: true },
    ...tasks.map(({ id, lastStatus, healthStatus }): Fact => {
      const stop = { stoppedAt: null, stopCode: null, stoppedReason: null, exitCode: null };
      return {
        kind: 'task',
        service,
        taskId: id,
        taskArn: id,
        lastStatus,
        healthStatus,
        taskDefinition: revision(7),
        startedAt: at,
        ...stop,
      };
    }),
  ];
  const seen: Fact[] = Object.entries(signals).map(([signal, now]) => ({
    kind: 'service-signal',
    service,
    signal: signal as keyof typeof signals,
    now,
    before: 0.01,
  }));
  const answer = { question: '', from: at, to: at, status: 'found' as const, detail: '', durationMs: 1 };
  return [
    { ...answer, id: ids[0] as EvidenceId, source: 'prometheus', facts: seen },
    { ...answer, id: ids[1] as EvidenceId, source: 'ecs', facts },
  ];
}

/** Decides, lets the operator act, carries out; answers what became of it, the calls that changed something and where the run goes on. */
async function run(one: Case) {
  server.state = initialState();
  flag = one.action;
  const incident = await agent.alert('checkout', `Case-${randomUUID()}`);
  const config = { configurable: { lease: holdOn(incident.id) } };
  const common = { service: 'checkout', confidence: 0.95, evidence: [...ids], because: [], refutedBy: '' };
  const ranked: Hypothesis[] = [{ ...common, ...causes[one.action] }];
  const diagnosed: IncidentState = {
    ...initialRun(incident.id),
    round: one.round,
    evidenceIds: ids,
    focus: ['checkout'],
    diagnosis: { conclusion: 'cause', ranked, reason: '', evidence: ids },
  };
  const decide = async (state: IncidentState) => ({ ...state, ...(await createDecision(deps)(state, config)) }) as IncidentState;
  const decided = await decide(diagnosed);
  expect(decided.decided, decided.decided?.reason).toMatchObject({ kind: 'change', plan: { action: one.action } });
  const change = one.operator === null ? undefined : operators[one.operator];
  meanwhile = change ? { at: one.moment, change: () => change(server.state) } : null;
  comes('planned');
  const callsBefore = server.changes.length;
  const done = { ...decided, ...(await createRemediation(deps)(decided, config)) } as IncidentState;
  const calls = server.changes.slice(callsBefore);
  expect(meanwhile, 'the operator has had his turn').toBeNull();
  const next = afterRemediation(done);
  const again = next === 'analyst' ? (await decide({ ...diagnosed, round: one.round + 1, tried: done.tried })).decided?.kind : null;
  const rows = await agent.actions.ofIncident(incident.id);
  // The next case must not find it in flight.
  await settleChanges(agent.actions, config.configurable.lease);
  await agent.incidents.close('escalated', 'the case is over', incident.id);
  return { outcome: done.change?.outcome, calls, next, again, rows };
}

campaign(
  {
    id: 'A1',
    title: 'an operator changes the service between the plan and its effect: nothing is done by the old plan',
    store: 'sqlite',
    runs: { ci: 60, lab: 300 },
  },
  async (campaignRun) => {
    const ends = new Map<string, number>();
    for (const one of campaignRun.sample(cases, campaignRun.runs)) {
      await campaignRun.attempt(`${one.action}, the operator ${one.operator} once it is ${one.moment}, round ${one.round}`, async () => {
        const { outcome, calls, next, again, rows } = await run(one);
        expect(calls, JSON.stringify(outcome)).toEqual([]);
        expect(outcome).toMatchObject({ applied: 'no' });
        expect(rows).toMatchObject([{ step: 'execute', status: 'failed' }]);
        expect(next).toBe(one.round < maxRounds ? 'analyst' : 'escalation');
        const end = again ? `looked at anew: ${again}` : 'handed over';
        ends.set(end, (ends.get(end) ?? 0) + 1);
      });
    }
    for (const [end, count] of ends) campaignRun.measure(end, count);
    // Or a catalogue that never does anything would pass as well.
    for (const action of actionIds) {
      const { outcome, calls } = await run({ action, operator: null, moment: 'planned', round: 1 });
      expect(outcome, action).toMatchObject({ applied: 'yes' });
      expect(calls.length, action).toBeGreaterThan(0);
    }
  },
);
