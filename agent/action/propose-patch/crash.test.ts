/** Killed before any of its calls, or with any answer lost: one branch, one pull request, merged once, taken back once; and one question. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, Plan } from '../../domain/plan.ts';
import type { Trouble } from '../../testing/aws-double.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, dyingAfter, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { patchDraftsInMemory } from '../../testing/patch-drafts.ts';
import { type ScriptedAdviser, scriptedAdviser } from '../../testing/scripted-adviser.ts';
import { created, planned } from '../action.contract.ts';
import type { Action, Effect } from '../action.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import { proposePatch } from './index.ts';
import { Params } from './schema.ts';
import { patchWords } from './text.ts';

const target = { cluster: 'shop', service: 'checkout' };
const path = 'services/checkout/quote.ts';
const signal = new AbortController().signal;
const [before, after] = ['ask(20);\n', 'ask(2000);\n'];
let github: GithubRepository;
let ecs: EcsServer;
let adviser: ScriptedAdviser;
let drafts: ReturnType<typeof patchDraftsInMemory>;
let bad: string;

beforeEach(async () => {
  [github, ecs] = await Promise.all([startGithubRepository(), startEcsServer()]);
  github.checks.push({ name: 'test', status: 'completed', conclusion: 'success' });
  github.commit('main', 'Begin', { [path]: 'ask(3000);\n' });
  bad = github.commit('main', 'Ask faster', { [path]: before });
  adviser = scriptedAdviser({ says: { reason: 'It waits too short.', edits: [{ file: 1, search: '(20)', replace: '(2000)' }] } });
  drafts = patchDraftsInMemory();
});
afterEach(() => Promise.all([github.close(), ecs.close()]));

function fresh(autoMerge: boolean): Action {
  const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
  return created(proposePatch, { aws: ecs.aws, github: githubAccess(github.url), clock, adviser, drafts }, { autoMerge });
}
async function planOf(action: Action): Promise<Plan> {
  return planned(action, action.propose(blaming(bad), target, [changeFact(bad)], incidentBrief) as Record<string, unknown>);
}

/** As the ledger goes: a new process looks first and does what is left; what is not known is looked at again. */
async function resumed(step: 'execute' | 'undo', action: Action, plan: Plan, effect: Effect): Promise<Outcome> {
  const look = async () => (step === 'execute' ? action.look(plan, signal) : (action.lookUndone?.(plan, signal) as Promise<Outcome>));
  const seen = await look();
  if (seen.applied === 'yes' && !seen.isPartial) return seen;
  const outcome = await (step === 'execute' ? action.execute(plan, effect) : (action.undo?.(plan, effect) as Promise<Outcome>));
  return outcome.applied === 'unknown' ? look() : outcome;
}

function expectOne(autoMerge: boolean): void {
  expect(github.pulls).toMatchObject([{ state: autoMerge ? 'closed' : 'open' }]);
  expect(github.branches.size).toBe(2);
  expect(github.filesOf(github.pulls[0]?.head ?? '')[path]).toBe(after);
  expect(github.filesOf('main')[path]).toBe(autoMerge ? after : before);
  expect(adviser.asked).toHaveLength(1);
}

const opening = ['POST /git/blobs', 'POST /git/trees', 'POST /git/commits', 'POST /git/refs', 'POST /pulls', 'POST /issues'];

describe.each([false, true])('propose-patch, auto-merge %s', (autoMerge) => {
  const steps = [...opening, ...(autoMerge ? ['PUT /pulls'] : [])];

  it.each(steps.map((step, sent) => ({ step, sent })))('killed before $step, opens one pull request all the same', async ({ sent }) => {
    const plan = await planOf(fresh(autoMerge));
    await expect(fresh(autoMerge).execute(plan, dyingAfter(sent))).rejects.toThrow();
    expect(await resumed('execute', fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
    expectOne(autoMerge);
  });

  it('killed after every call in turn, goes on each time from where it was', async () => {
    const plan = await planOf(fresh(autoMerge));
    for (let life = 0; life < 20; life += 1) {
      await resumed('execute', fresh(autoMerge), plan, dyingAfter(life)).catch(() => undefined);
    }
    expect(await resumed('execute', fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
    expectOne(autoMerge);
  });

  const troubles: Trouble[] = ['lost', 'failed', 'reset'];
  it.each(steps.flatMap((step) => troubles.map((trouble) => ({ step, trouble }))))(
    '$trouble at $step: one pull request',
    async ({ step, trouble }) => {
      const plan = await planOf(fresh(autoMerge));
      github.trouble.set(step, trouble);
      await resumed('execute', fresh(autoMerge), plan, permitted());
      github.trouble.clear();
      expect(await resumed('execute', fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
      expectOne(autoMerge);
    },
  );

  it.each([
    ['no permit', { refused: 'the kill switch is on' }, 'the kill switch is on'],
    ['a permit that is over by the time of the call', { isValid: () => false }, 'too much time went by'],
  ])('sends nothing with %s', async (_, permit, reason) => {
    const plan = await planOf(fresh(autoMerge));
    const outcome = await fresh(autoMerge).execute(plan, permitted({ permit: async () => permit }));
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining(reason) });
    expect(github.changes).toEqual([]);
  });

  it('stops with the caller, before anything is asked or sent', async () => {
    const plan = await planOf(fresh(autoMerge));
    const stopped = AbortSignal.abort(new Error('the run is draining'));
    await expect(fresh(autoMerge).execute(plan, permitted({ signal: stopped }))).rejects.toThrow('the run is draining');
    await expect(fresh(autoMerge).plan(plan.params, stopped)).rejects.toThrow('the run is draining');
    expect(github.changes).toEqual([]);
  });
});

describe('a merged patch taken back', () => {
  const steps = [...opening.slice(1), 'PUT /pulls'];

  it.each(steps.map((step, sent) => ({ step, sent })))('killed before $step, is taken back once all the same', async ({ sent }) => {
    const plan = await planOf(fresh(true));
    await fresh(true).execute(plan, permitted());
    await expect(fresh(true).undo?.(plan, dyingAfter(sent))).rejects.toThrow();
    expect(await resumed('undo', fresh(true), plan, permitted())).toMatchObject({ applied: 'yes' });
    expect(github.filesOf('main')[path]).toBe(before);
    expect(github.pulls.map(({ mergedAt }) => mergedAt !== null)).toEqual([true, true]);
  });
});

const messageOf = (plan: Plan) => patchWords(Params.parse(plan.params), { reason: '', merges: true }).commitMessage;

it.each(['Not ours', undefined])('takes a branch of its name for its own only when it holds exactly the edit (%s)', async (message) => {
  const plan = await planOf(fresh(true));
  const branch = plan.snapshot.branch as string;
  github.branches.set(branch, github.branches.get('main') ?? '');
  github.commit(branch, message ?? messageOf(plan), { [path]: message ? after : 'evil();\n' });
  const outcome = await fresh(true).execute(plan, permitted());
  expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('holds something else') });
  expect([github.pulls, github.filesOf('main')[path]]).toEqual([[], before]);
});
