/** What every action must hold to, run by each plug-in's own test through the real SDK client. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActionKey } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { AwsDouble } from '../testing/aws-double.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { permitted } from '../testing/hold.ts';
import type { Action } from './action.ts';
import type { AwsClients, ClientPair } from './aws/clients.ts';
import { deploy, type EcsServer, type EcsState, initialState, revision, startEcsServer } from './ecs/server.contract.ts';
import type { ActionDeps, ActionPlugin } from './plugin.ts';

export interface ActionCase<Config> {
  plugin: ActionPlugin<Config>;
  /** Settings it is tested with; the defaults when left out. */
  config?: object;
  params: Record<string, unknown>;
  /** The calls that change something, in order, such as `ecs:UpdateService`. With the last of them the change is made. */
  calls: readonly [string, ...string[]];
  /** Doubles of other AWS services, made anew for each test; they answer where ECS does. */
  beside?: () => readonly AwsDouble[];
  /** Reads without which `look` cannot tell; those of a service and its tasks when left out. */
  looksBy?: readonly string[];
  arrange?: (state: EcsState) => void;
  /** Has the change taken effect in this world? */
  isApplied: (state: EcsState) => boolean;
  /** Absent when the action has no undo. */
  isUndone?: (state: EcsState) => boolean;
  /** The call of the undo, and what somebody else does that the undo must not sweep away; a deployment when left out. */
  undo?: { call: string; moved: () => void };
  /** Each breaks one precondition; the refusal must say so. */
  refusals: { when: string; arrange: (state: EcsState) => void; reason: RegExp }[];
}

export const testKey = ActionKey.parse('incident-1/1/execute');
const signal = new AbortController().signal;
const effect = permitted({ signal, key: testKey });

/** Deps as production has them, on the server. */
export function depsOn(server: EcsServer): ActionDeps {
  return { aws: server.aws, clock: createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true }) };
}

/** Clients as nobody should make them: what changes something is sent through one that retries. */
function retrying(aws: AwsClients): AwsClients {
  const pair = <Client>({ reader }: ClientPair<Client>) => ({ reader, writer: reader });
  const later =
    <Client>(load: () => Promise<ClientPair<Client>>) =>
    async () =>
      pair(await load());
  return {
    ...aws,
    ecs: pair(aws.ecs),
    appconfig: later(aws.appconfig),
    ecr: later(aws.ecr),
    fis: later(aws.fis),
    iam: later(aws.iam),
    s3: later(aws.s3),
    scaling: later(aws.scaling),
    ssm: later(aws.ssm),
    sts: later(aws.sts),
  };
}

/** `ecs:UpdateService` → `UpdateService` */
const operationOf = (call: string) => call.split(':').at(-1) ?? '';

/** For what is pure, as `propose` and the schemas are: reading anything off it fails. */
export const depsless = { aws: { ecs: {} }, clock: createFakeClock() } as unknown as ActionDeps;

export function created<Config>(plugin: ActionPlugin<Config>, deps: ActionDeps, config: object = {}): Action {
  const action = plugin.create(plugin.config.parse(config), deps);
  if (!action) throw new Error(`${plugin.id} is off`);
  return action;
}

export async function planned(action: Action, params: Record<string, unknown>): Promise<Plan> {
  const plan = await action.plan(params, signal);
  if ('notPossible' in plan) throw new Error(`expected a plan, got: ${plan.notPossible}`);
  // A plan waits in the database between being made and being run.
  return JSON.parse(JSON.stringify(plan)) as Plan;
}

export function actionContract<Config>(given: ActionCase<Config>): void {
  const { plugin, params, calls } = given;
  const lastCall = operationOf(calls.at(-1) ?? '');
  let server: EcsServer;
  let action: Action;

  beforeEach(async () => {
    server = await startEcsServer(given.beside?.());
    given.arrange?.(server.state);
    action = created(plugin, depsOn(server), given.config);
  });
  afterEach(() => server.close());

  describe(`${plugin.id} as an action`, () => {
    it('carries the id of its plug-in and says what it cures', () => {
      expect(action.id).toBe(plugin.id);
      expect(action.cures.length).toBeGreaterThan(0);
    });

    it('plans without changing anything, with the exact calls, the radius and the undo', async () => {
      const before = structuredClone(server.state);
      const plan = await planned(action, params);
      expect(server.state).toEqual(before);
      expect(server.changes).toEqual([]);
      expect(plan.calls.map((call) => call.operation)).toEqual(calls);
      expect(plan.target).toEqual({ cluster: 'shop', service: 'checkout' });
      expect(plan.blastRadius.services).toBe(1);
      expect(plan.blastRadius.shareOfCapacity).toBeLessThanOrEqual(1);
      expect(plan.undo.kind).toBe(given.isUndone ? 'restore' : 'none');
      expect(Boolean(action.undo && action.lookUndone)).toBe(Boolean(given.isUndone));
    });

    it('names a permission for each call of its change, the last on the one thing it changes', async () => {
      const rights = action.rights?.(await planned(action, params)) ?? [];
      expect(rights.map((right) => right.action)).toEqual(expect.arrayContaining([...calls]));
      expect(rights.find((right) => right.action === calls.at(-1))?.resource).toMatch(/^arn:aws:/);
    });

    it('may be narrowed to itself at most, and never to another service', () => {
      if (!action.isNarrower) return;
      expect(action.isNarrower(params, params)).toBe(true);
      expect(action.isNarrower(params, { ...params, service: 'cart' })).toBe(false);
      expect(action.isNarrower(params, { ...params, cluster: 'other' })).toBe(false);
    });

    it('does what the plan showed, once, and then sees it', async () => {
      const plan = await planned(action, params);
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'no' });
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes' });
      expect(given.isApplied(server.state)).toBe(true);
      expect(server.changes.map((change) => change.operation)).toEqual(calls.map(operationOf));
      for (const [at, { input }] of plan.calls.entries()) {
        const { reason: _, ...shown } = input;
        expect(server.changes[at]?.input).toMatchObject(shown);
      }
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    });

    it('refuses to run the same plan a second time', async () => {
      const plan = await planned(action, params);
      await action.execute(plan, effect);
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no' });
      expect(server.changes).toHaveLength(calls.length);
    });

    const moves: [string, (state: EcsState) => void][] = [
      ['somebody deploys', (state) => deploy(state, revision(8))],
      ['somebody restarts the same revision', (state) => deploy(state, state.deployments[0]?.taskDefinition ?? '')],
      ['somebody scales', (state) => Object.assign(state, { desired: state.desired + 1 })],
      ['the service is deleted', (state) => Object.assign(state, { exists: false })],
      ['the service drains', (state) => Object.assign(state, { status: 'DRAINING' })],
    ];
    it.each(moves)('changes nothing when %s after the plan', async (_name, move) => {
      const plan = await planned(action, params);
      move(server.state);
      const outcome = await action.execute(plan, effect);
      expect(outcome.applied).toBe('no');
      expect(outcome.detail).not.toBe('');
      expect(server.changes).toEqual([]);
    });

    it.each(given.refusals)('refuses to plan, and to run an older plan, when $when', async ({ arrange, reason }) => {
      const plan = await planned(action, params);
      arrange(server.state);
      const refused = await action.plan(params, signal);
      expect(refused).toMatchObject({ notPossible: expect.stringMatching(reason) });
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no' });
      expect(server.changes).toEqual([]);
    });

    it.each(['lost', 'failed'] as const)(
      'answers unknown when the change is made and the answer is %s, and look finds the truth',
      async (trouble) => {
        const plan = await planned(action, params);
        server.trouble.set(lastCall, trouble);
        expect(await action.execute(plan, effect)).toMatchObject({ applied: 'unknown' });
        expect(server.changes).toHaveLength(calls.length);
        expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
      },
    );

    it('answers unknown when the connection breaks before the change, and look finds the truth', async () => {
      const plan = await planned(action, params);
      server.trouble.set(lastCall, 'reset');
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'unknown' });
      expect(server.changes).toHaveLength(calls.length);
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'no' });
    });

    it('answers no when AWS refuses the call', async () => {
      const plan = await planned(action, params);
      server.trouble.set(lastCall, 'refused');
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('AccessDenied') });
      expect(given.isApplied(server.state)).toBe(false);
    });

    it('answers no when it is throttled, and does not press', async () => {
      const plan = await planned(action, params);
      server.trouble.set(lastCall, 'throttled');
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('Throttling') });
      expect(server.changes).toHaveLength(calls.length);
      expect(given.isApplied(server.state)).toBe(false);
    });

    it('cannot be planned, and says why, while reads are throttled', async () => {
      server.trouble.set('DescribeServices', 'throttled');
      await expect(action.plan(params, signal)).rejects.toMatchObject({ code: 'UPSTREAM_RATE_LIMIT' });
      expect(server.changes).toEqual([]);
    });

    it('answers no when the service cannot be read before the change, and unknown when it cannot be read after it', async () => {
      const plan = await planned(action, params);
      for (const call of ['DescribeServices', ...(given.looksBy ?? ['DescribeTasks'])]) server.trouble.set(call, 'reset');
      expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no' });
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'unknown' });
      expect(server.changes).toEqual([]);
    });

    it('sends nothing through a client that would retry', async () => {
      const plan = await planned(action, params);
      const careless = created(plugin, { ...depsOn(server), aws: retrying(server.aws) }, given.config);
      await expect(careless.execute(plan, effect)).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
      expect(server.changes).toEqual([]);
    });

    it.each([
      ['no permit', { refused: 'the kill switch is on' }, 'the kill switch is on'],
      ['a permit that is over by the time of the call', { isValid: () => false }, 'too much time went by'],
    ])('sends nothing with %s', async (_, permit, reason) => {
      const plan = await planned(action, params);
      const outcome = await action.execute(plan, { ...effect, permit: async () => permit });
      expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining(reason) });
      expect(server.changes).toEqual([]);
    });

    it('asks for its permit after its last look at the world', async () => {
      const plan = await planned(action, params);
      let readsBefore = -1;
      const permit = async () => {
        readsBefore = server.reads.length;
        return { isValid: () => true };
      };
      await action.execute(plan, { ...effect, permit });
      expect(readsBefore).toBeGreaterThan(0);
      expect(server.reads).toHaveLength(readsBefore);
      expect(server.changes).toHaveLength(calls.length);
    });

    it('stops with the caller, before anything is sent', async () => {
      const plan = await planned(action, params);
      const stopped = AbortSignal.abort(new Error('the run is draining'));
      await expect(action.execute(plan, { ...effect, signal: stopped })).rejects.toThrow('the run is draining');
      expect(server.changes).toEqual([]);
    });

    const badValues = [
      '',
      null,
      '*',
      ['checkout'],
      'x'.repeat(256),
      'сheckout',
      'shop/*',
      '../shop',
      undefined,
      7,
      'check out',
      'checkout\n',
    ];
    it.each(badValues)('refuses %j as a cluster or a service', async (value) => {
      for (const field of ['cluster', 'service']) {
        const bad = { ...params, [field]: value };
        expect(action.params.safeParse(bad).success).toBe(false);
        expect(await action.plan(bad, signal)).toMatchObject({ notPossible: expect.stringContaining(field) });
      }
    });

    it('refuses parameters it does not know', async () => {
      expect(await action.plan({ ...params, selector: 'all' }, signal)).toMatchObject({ notPossible: expect.stringContaining('selector') });
    });

    it('refuses a service that does not exist', async () => {
      const refused = await action.plan({ ...params, service: 'checkout2' }, signal);
      expect(refused).toMatchObject({ notPossible: expect.stringContaining('checkout2') });
    });
  });

  if (!given.isUndone) return;
  const isUndone = given.isUndone;
  describe(`${plugin.id} undone`, () => {
    it('puts back what it changed, and sees it', async () => {
      const plan = await planned(action, params);
      await action.execute(plan, effect);
      expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'no' });
      expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
      expect(isUndone(server.state)).toBe(true);
      expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'yes' });
    });

    it('leaves alone what somebody else changed since', async () => {
      const plan = await planned(action, params);
      await action.execute(plan, effect);
      if (given.undo) given.undo.moved();
      else {
        Object.assign(server.state, { ...initialState(), desired: 9 });
        deploy(server.state, revision(9));
      }
      expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'no' });
      expect(server.changes).toHaveLength(calls.length);
    });

    it('answers unknown when the answer to the undo is lost', async () => {
      const plan = await planned(action, params);
      await action.execute(plan, effect);
      server.trouble.set(operationOf(given.undo?.call ?? 'ecs:UpdateService'), 'lost');
      expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'unknown' });
      expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'yes' });
    });
  });
}
