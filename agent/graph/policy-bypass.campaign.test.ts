/**
 * S16 and S16b: whatever the verdict said, the last step before the effect lets nothing pass that policy forbids. The plans go through the node
 * that makes changes, the ledger and the actions as they are shipped, to a server that counts the calls that change something.
 */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../action/action.ts';
import { type EcsServer, initialState as initialEcs, startEcsServer, taskId } from '../action/ecs/server.contract.ts';
import { actionPlugins } from '../action/index.ts';
import type { ActionDeps } from '../action/plugin.ts';
import type { Evidence } from '../domain/evidence.ts';
import { EvidenceId, type IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { PolicyFault, PolicyInForce } from '../policy/in-force.ts';
import type { PolicySettings } from '../policy/request.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { campaign } from '../testing/campaign.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { holdOn } from '../testing/hold.ts';
import { naughtyText, oddValue } from '../testing/hostile-input.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { healthy } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { alertStart, createWorld } from '../testing/world.ts';
import type { NodeDependencies } from './dependencies.ts';
import { createRemediation } from './nodes/remediation.ts';
import { initialState } from './state.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;

/** What is asked of the node: the plan it is given, and what the world and the operator say at that moment. */
interface Attempt {
  plan: Plan;
  /** The service the diagnosis names. */
  service: string;
  policy: PolicySettings | PolicyFault;
  killSwitch: boolean | 'unreadable';
  evidence: 'fresh' | 'stale' | 'one-source' | 'failed' | 'none';
  verdictAgeSeconds: number;
  decided: 'change' | 'ask';
  inventory: readonly string[] | null;
}
type Change = (attempt: Attempt) => Attempt;

const withTarget =
  (changed: Partial<Record<keyof Plan['target'], unknown>>, known?: string): Change =>
  (one) => ({
    ...one,
    plan: { ...one.plan, target: { ...one.plan.target, ...changed } as Plan['target'] },
    // As if the diagnosis had named it too, and the inventory knew it.
    service: typeof changed.service === 'string' ? changed.service : one.service,
    inventory: one.inventory && [...one.inventory, ...(known === undefined ? [] : [known])],
  });
const withParams =
  (changed: Record<string, unknown>): Change =>
  (one) => ({ ...one, plan: { ...one.plan, params: { ...one.plan.params, ...changed } } });
const withPolicy =
  (changed: Partial<PolicySettings>): Change =>
  (one) =>
    'fault' in one.policy ? one : { ...one, policy: { ...one.policy, ...changed } };
const always = [{ days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00' }];

/** Each of these alone forbids the change. */
const forbidden: Readonly<Record<'target' | 'parameter' | 'time' | 'cluster' | 'flag', Readonly<Record<string, Change>>>> = {
  target: {
    unknown: withTarget({ service: 'elsewhere' }),
    protected: withTarget({ service: 'kintsugi' }),
    'protected by pattern': withTarget({ service: 'kintsugi-worker' }, 'kintsugi-worker'),
    'not the diagnosed one': (one) => ({ ...one, service: 'cart' }),
    'known twice': withTarget({}, 'checkout'),
    empty: withTarget({ service: '' }, ''),
    'a pattern': withTarget({ service: '*' }, '*'),
    'a list': withTarget({ service: ['checkout'] }),
    'no inventory': (one) => ({ ...one, inventory: null }),
  },
  parameter: {
    'another service': withParams({ service: 'cart' }),
    'a protected service': withParams({ service: 'kintsugi' }),
    'all services': withParams({ service: '*' }),
    'a list of services': withParams({ service: ['checkout'] }),
    'no service': withParams({ service: null }),
    'another cluster': withParams({ cluster: 'bank' }),
    'two services at once': (one) => ({ ...one, plan: { ...one.plan, blastRadius: { ...one.plan.blastRadius, services: 2 } } }),
    'all of its tasks': (one) => ({ ...one, plan: { ...one.plan, blastRadius: { services: 1, tasks: 3, shareOfCapacity: 1 } } }),
    'nobody knows how many tasks': (one) => ({
      ...one,
      plan: { ...one.plan, blastRadius: { services: 1, tasks: Number.NaN, shareOfCapacity: 0 } },
    }),
  },
  time: {
    'a freeze': withPolicy({ freezeWindows: always }),
    'trouble that has just begun': withPolicy({ minimumTroubleSeconds: 86_400 }),
    'a verdict of yesterday': (one) => ({ ...one, verdictAgeSeconds: 86_400 }),
    'evidence of yesterday': (one) => ({ ...one, evidence: 'stale' }),
    'the word of one source': (one) => ({ ...one, evidence: 'one-source' }),
    'a source that failed': (one) => ({ ...one, evidence: 'failed' }),
    'no evidence': (one) => ({ ...one, evidence: 'none' }),
    'the fleet has had enough': withPolicy({ fleetBudget: { changes: 0, perSeconds: 3600 } }),
    'the incident has had enough': withPolicy({ changesPerIncident: 0 }),
  },
  cluster: {
    'not the one in trouble': withTarget({ cluster: 'bank' }),
    empty: withTarget({ cluster: '' }),
    'a pattern': withTarget({ cluster: '*' }),
    'protected as a whole': withPolicy({ protectedServices: ['shop/*'] }),
  },
  flag: {
    off: withPolicy({ flags: Object.fromEntries(actionPlugins.map(({ id }) => [id, false])) }),
    missing: withPolicy({ flags: {} }),
    'the kill switch': (one) => ({ ...one, killSwitch: true }),
    'a kill switch nobody can read': (one) => ({ ...one, killSwitch: 'unreadable' }),
    'a policy file at fault': (one) => ({ ...one, policy: { fault: 'policy.yaml:1:1: it is wrong.' } }),
    'the level observe': withPolicy({ autonomy: { default: 'observe', byAction: {} } }),
    'the level suggest': withPolicy({ autonomy: { default: 'suggest', byAction: {} } }),
    'the level approve, and nobody was asked': withPolicy({ autonomy: { default: 'approve', byAction: {} } }),
    'the level approve, and nobody has answered': (one) =>
      withPolicy({ autonomy: { default: 'approve', byAction: {} } })({ ...one, decided: 'ask' }),
  },
};
const prohibitions = Object.entries(forbidden).flatMap(([dimension, changes]) =>
  Object.entries(changes).map(([name, change]) => ({ dimension, name: `${dimension}: ${name}`, change })),
);

const plenty = { changes: 1_000_000, perSeconds: 1 };
const openPolicy: PolicySettings = {
  ...policySettingsSchema.parse({ minimumTroubleSeconds: 0, autonomy: { default: 'auto' } }),
  flags: Object.fromEntries(actionPlugins.map(({ id }) => [id, true])),
  cooldownSeconds: 0,
  targetBudget: plenty,
  actionBudget: plenty,
  clusterBudget: plenty,
  fleetBudget: plenty,
  changesPerIncident: 1_000_000,
};

let temp: TempStore;
let server: EcsServer;
let agent: TestAgent;
let deps: NodeDependencies;
let incidentId: IncidentId;
let actions: Action[];
const plans = new Map<string, Plan>();
const evidenceIds: Record<Attempt['evidence'], string[]> = { fresh: [], stale: [], 'one-source': [], failed: [], none: [] };
let round = 0;
/** By attempts that were forbidden. */
let sent = 0;
/** Actions that run against the counting server as they are shipped; the others send one counted call in their name. */
const asShipped: string[] = [];

beforeAll(async () => {
  temp = await openTempStore();
  server = await startEcsServer();
  const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
  for (const plugin of actionPlugins) {
    const made = await shipped(plugin.id, { aws: server.aws, clock });
    if (made) asShipped.push(plugin.id);
    plans.set(plugin.id, made?.plan ?? plainPlan(plugin.id));
    actions = [...(actions ?? []), made?.action ?? standIn(plugin.id)];
  }
  agent = await startAgent({
    path: temp.path,
    world: createWorld(healthy),
    catalog: actions,
    // Its runner must not take the incident: the node is called by hand.
    letPass: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    deps: (given) => {
      deps = given;
      return given;
    },
  });
  const receivedAt = agent.clock.now().toISOString();
  const alert = { startsAt: alertStart };
  const [row] = await agent.incidents.receive([receivedAlert({ alert, target: { resource: target }, receivedAt, bodyHash: 'bypass' })]);
  incidentId = row?.incidentId ?? expect.unreachable();
  await saveEvidence();
}, 120_000);
afterAll(async () => {
  await agent.stop();
  await server.close();
  await temp.remove();
});

/** The action with the plan it makes for a healthy service; undefined when it is off by default or finds nothing to do there. */
async function shipped(id: string, actionDeps: ActionDeps): Promise<{ action: Action; plan: Plan } | undefined> {
  const plugin = actionPlugins.find((one) => one.id === id);
  const settings = plugin?.config.safeParse({});
  const action = settings?.success ? plugin?.create(settings.data, actionDeps) : undefined;
  if (!action || action.needsApproval !== undefined || action.purpose === 'tell') return undefined;
  for (const more of [{}, { taskId: taskId(1) }, { taskIds: [taskId(1)] }, { tasks: 1 }, { deploymentId: 'ecs-svc/7' }]) {
    const params = action.params.safeParse({ ...target, ...more });
    const plan = params.success ? await action.plan(params.data, signal) : undefined;
    if (plan && !('notPossible' in plan) && plan.needsApproval === undefined) return { action, plan };
  }
  return undefined;
}

function plainPlan(action: string): Plan {
  return {
    action,
    target,
    params: target,
    calls: [],
    blastRadius: { services: 1, tasks: 1, shareOfCapacity: 1 / 3 },
    snapshot: {},
    undo: { kind: 'none', reason: 'nothing is put back' },
    summary: 'what the action would do',
  };
}

function standIn(id: string): Action {
  const answer = async () => ({ applied: 'no' as const, detail: 'not seen' });
  return {
    id,
    title: id,
    cures: [],
    params: actionPlugins[0]?.config as Action['params'],
    propose: () => ({ notPossible: 'not asked here' }),
    plan: async () => plainPlan(id),
    async execute(_, { permit }) {
      const leave = await permit();
      if ('refused' in leave) return { applied: 'no', detail: leave.refused };
      await server.aws.ecs.writer.send(new UpdateServiceCommand(target));
      return { applied: 'yes', detail: 'sent' };
    },
    look: answer,
  };
}

async function saveEvidence(): Promise<void> {
  const now = agent.clock.now().getTime();
  const make = (name: string, source: string, over: Partial<Evidence> = {}): Evidence => ({
    id: EvidenceId.parse(`${name}-${source}`),
    source,
    question: 'how is checkout?',
    from: new Date(now - 600_000).toISOString(),
    to: new Date(now).toISOString(),
    status: 'found',
    detail: '',
    durationMs: 1,
    facts: [{ kind: 'reporting', service: 'checkout', up: 3, down: 0 }],
    ...over,
  });
  const sets: Record<string, Evidence[]> = {
    fresh: [make('fresh', 'prometheus'), make('fresh', 'ecs')],
    stale: ['prometheus', 'ecs'].map((source) => make('stale', source, { to: new Date(now - 86_400_000).toISOString() })),
    'one-source': [make('one', 'prometheus', { facts: [] }), make('one', 'ecs')],
    failed: [make('failed', 'prometheus', { status: 'failed' }), make('failed', 'ecs')],
    none: [],
  };
  for (const [name, saved] of Object.entries(sets)) {
    if (saved.length > 0) await deps.evidence.save(holdOn(incidentId), saved);
    evidenceIds[name as Attempt['evidence']] = saved.map(({ id }) => id);
  }
}

function openAttempt(action: string): Attempt {
  return {
    plan: plans.get(action) ?? expect.unreachable(),
    service: 'checkout',
    policy: openPolicy,
    killSwitch: false,
    evidence: 'fresh',
    verdictAgeSeconds: 0,
    decided: 'change',
    inventory: ['checkout', 'cart', 'kintsugi', 'catalog', 'payment'],
  };
}

/** Through the node that makes changes; answers what was sent, and what the node says of it. */
async function tryIt(one: Attempt): Promise<{ calls: number; detail: string }> {
  round += 1;
  const policy: PolicyInForce = one.policy;
  const remediation = createRemediation({
    ...deps,
    policy: () => policy,
    inventory: { services: async () => one.inventory },
    killSwitch: {
      isOn: async () => {
        if (one.killSwitch === 'unreadable') throw new Error('the store is away');
        return one.killSwitch;
      },
    },
  });
  const hypothesis = {
    cause: 'all-tasks-degraded' as const,
    service: one.service,
    confidence: 1,
    evidence: [EvidenceId.parse('fresh-ecs')],
    because: ['it is slow'],
    refutedBy: 'it is not',
  };
  const at = new Date(agent.clock.now().getTime() - one.verdictAgeSeconds * 1000).toISOString();
  const decided = { kind: one.decided, reason: '', hypothesis, plan: one.plan, verdict: null, approvalId: null, at };
  const state = { ...initialState(incidentId), round, evidenceIds: evidenceIds[one.evidence], decided };
  const before = server.changes.length;
  try {
    const { change } = await remediation(state, { configurable: { lease: holdOn(incidentId) } });
    return { calls: server.changes.length - before, detail: change?.outcome?.detail ?? '' };
  } catch (error) {
    return { calls: server.changes.length - before, detail: `thrown: ${error instanceof Error ? error.message : error}` };
  }
}

describe.each(actionPlugins.map(({ id }) => id))('%s', (id) => {
  it('is made when nothing forbids it', async () => {
    const { calls, detail } = await tryIt(openAttempt(id));
    expect(calls, detail).toBeGreaterThan(0);
    server.state = initialEcs();
  });
});

const actionIds = actionPlugins.map(({ id }) => id);
const pairs = actionIds.flatMap((id) =>
  prohibitions.flatMap((a, index) => [
    { id, names: [a.name], changes: [a.change] },
    ...prohibitions
      .slice(index + 1)
      .filter((b) => b.dimension !== a.dimension)
      .map((b) => ({ id, names: [a.name, b.name], changes: [a.change, b.change] })),
  ]),
);

campaign(
  {
    id: 'S16',
    title: 'policy bypass: every action with a forbidden target, parameter, time, cluster or flag, each alone and in pairs, and at random',
    store: 'sqlite',
    runs: { ci: 600, lab: pairs.length + 10_000 },
  },
  async ({ isLab, runs, sample, attempt, measure }) => {
    const alone = pairs.filter(({ changes }) => changes.length === 1);
    const chosen = isLab ? pairs : alone;
    for (const { id, names, changes } of chosen) await attempt(`${id}, ${names.join(', ')}`, () => sendsNothing(openAttempt(id), changes));
    const random = fc.record({
      id: fc.constantFrom(...actionIds),
      picked: fc.uniqueArray(fc.constantFrom(...prohibitions), { minLength: 1, maxLength: 6, selector: ({ name }) => name }),
      params: fc.dictionary(fc.constantFrom('taskId', 'desired', 'tasks', 'extra', 'cluster'), oddValue, { maxKeys: 3 }),
    });
    for (const { id, picked, params } of sample(random, runs - chosen.length)) {
      const changes = [withParams(params), ...picked.map(({ change }) => change)];
      await attempt(`${id}, ${picked.map(({ name }) => name).join(', ')}`, () => sendsNothing(openAttempt(id), changes));
    }
    measure('actions', actionIds.length);
    measure('of them as shipped', asShipped.join(' '));
    measure('calls that changed something', sent);
  },
);

const lookAlikes = [
  'сheckout',
  'checkοut',
  'ｃheckout',
  'check\u200bout',
  'checkout\u0000',
  'checkout ',
  ' checkout',
  'checkout\n',
  'chеckout',
  'ϲheckout',
];
const selectors: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    null,
    '*',
    [],
    ['checkout'],
    ['*'],
    'shop/checkout',
    'checkout,cart',
    '.*',
    '%',
    '{}',
    'checkout*',
    '?heckout',
  ),
  fc.constantFrom<unknown>(
    ...lookAlikes,
    'arn:aws:ecs:eu-west-1:000000000000:service/shop/checkout',
    '../checkout',
    'checkout/../kintsugi',
  ),
  fc.integer({ min: 256, max: 100_000 }).map((length) => 'c'.repeat(length)),
  fc.record({ toString: fc.constant('checkout'), service: fc.constant('checkout') }),
  naughtyText,
  oddValue,
);

campaign(
  {
    id: 'S16b',
    title: 'selectors that are empty, null, patterns, lists, very long or of look-alike letters, as service or as cluster',
    store: 'sqlite',
    runs: { ci: 300, lab: 10_000 },
  },
  async ({ runs, sample, attempt, measure }) => {
    let refusedByAction = 0;
    const cases = fc.record({
      id: fc.constantFrom(...actionIds),
      part: fc.constantFrom('service' as const, 'cluster' as const),
      selector: selectors,
    });
    for (const { id, part, selector } of sample(cases, runs)) {
      if (selector === target[part]) continue;
      await attempt(`${id}, ${part} ${JSON.stringify(selector)?.slice(0, 80)}`, async () => {
        // As if the whole world believed in it: the diagnosis, the inventory and the plan.
        const named = withTarget({ [part]: selector }, typeof selector === 'string' && part === 'service' ? selector : undefined);
        await sendsNothing(openAttempt(id), [named, withParams({ [part]: selector })]);
        await sendsNothing(openAttempt(id), [withParams({ [part]: selector })]);
        const action = actions.find((one) => one.id === id) ?? expect.unreachable();
        if (!asShipped.includes(id)) return;
        const plan = await action.plan({ ...plans.get(id)?.params, [part]: selector }, signal);
        expect(plan).toHaveProperty('notPossible');
        refusedByAction += 1;
      });
    }
    measure('refused by the action itself as well', refusedByAction);
    measure('calls that changed something', sent);
  },
);

async function sendsNothing(open: Attempt, changes: readonly Change[]): Promise<void> {
  const { calls, detail } = await tryIt(changes.reduce((one, change) => change(one), open));
  sent += calls;
  expect(calls, detail).toBe(0);
}
