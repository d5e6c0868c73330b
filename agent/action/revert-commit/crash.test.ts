/** Killed before any of its calls, or with any answer lost: one branch, one pull request, merged once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, Plan } from '../../domain/plan.ts';
import type { Trouble } from '../../testing/aws-double.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, dyingAfter, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { created, planned } from '../action.contract.ts';
import type { Action, Effect } from '../action.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import { revertCommit } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const path = 'services/checkout/quote.ts';
const signal = new AbortController().signal;
let github: GithubRepository;
let ecs: EcsServer;
let bad: string;

beforeEach(async () => {
  [github, ecs] = await Promise.all([startGithubRepository(), startEcsServer()]);
  github.checks.push({ name: 'test', status: 'completed', conclusion: 'success' });
  github.commit('main', 'Begin', { [path]: 'ask(2000);\n' });
  bad = github.commit('main', 'Ask faster', { [path]: 'ask(20);\n' });
});
afterEach(() => Promise.all([github.close(), ecs.close()]));

function fresh(autoMerge: boolean): Action {
  const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
  return created(revertCommit, { aws: ecs.aws, github: githubAccess(github.url), clock }, { autoMerge });
}
async function planOf(action: Action): Promise<Plan> {
  return planned(action, action.propose(blaming(bad), target, [changeFact(bad)], incidentBrief) as Record<string, unknown>);
}

/** As the ledger goes: a new process looks first, and acts only when the effect is not there; what is not known is looked at again. */
async function resumed(action: Action, plan: Plan, effect: Effect): Promise<Outcome> {
  const seen = await action.look(plan, signal);
  if (seen.applied === 'yes') return seen;
  const outcome = await action.execute(plan, effect);
  return outcome.applied === 'unknown' ? action.look(plan, signal) : outcome;
}

function expectOne(autoMerge: boolean): void {
  expect(github.pulls).toHaveLength(1);
  expect(github.pulls[0]?.state).toBe(autoMerge ? 'closed' : 'open');
  expect(github.branches.size).toBe(2);
  expect(github.filesOf(github.pulls[0]?.head ?? '')[path]).toBe('ask(2000);\n');
  expect(github.filesOf('main')[path]).toBe(autoMerge ? 'ask(2000);\n' : 'ask(20);\n');
  expect(github.changes.filter(({ call }) => call.startsWith('PUT')).length).toBeLessThanOrEqual(autoMerge ? 2 : 0);
}

describe.each([false, true])('revert-commit, auto-merge %s', (autoMerge) => {
  const calls = autoMerge ? 6 : 5;

  it.each(Array.from({ length: calls }, (_, sent) => sent))('killed after %i calls, opens one pull request all the same', async (sent) => {
    const plan = await planOf(fresh(autoMerge));
    await expect(fresh(autoMerge).execute(plan, dyingAfter(sent))).rejects.toThrow();
    expect(await resumed(fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
    expectOne(autoMerge);
  });

  it('killed after every call in turn, goes on each time from where it was', async () => {
    const plan = await planOf(fresh(autoMerge));
    for (let life = 0; life < 20; life += 1) {
      await resumed(fresh(autoMerge), plan, dyingAfter(life)).catch(() => undefined);
    }
    expect(await resumed(fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
    expectOne(autoMerge);
  });

  const steps = [
    'POST /git/trees',
    'POST /git/commits',
    'POST /git/refs',
    'POST /pulls',
    'POST /issues',
    ...(autoMerge ? ['PUT /pulls'] : []),
  ];
  const troubles: Trouble[] = ['lost', 'failed', 'reset'];
  it.each(steps.flatMap((step) => troubles.map((trouble) => ({ step, trouble }))))(
    '$trouble at $step: one pull request',
    async ({ step, trouble }) => {
      const plan = await planOf(fresh(autoMerge));
      github.trouble.set(step, trouble);
      const first = await resumed(fresh(autoMerge), plan, permitted());
      github.trouble.clear();
      if (first.applied !== 'yes') expect(await resumed(fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
      expectOne(autoMerge);
    },
  );

  it.each(steps)('refused at %s: says so, and what is there already is taken up by the next try', async (step) => {
    const plan = await planOf(fresh(autoMerge));
    github.trouble.set(step, 'refused');
    const refused = await resumed(fresh(autoMerge), plan, permitted());
    // Without its label it is a pull request all the same.
    expect(refused.applied).toBe(step === 'POST /issues' ? 'yes' : 'no');
    if (refused.applied === 'no') expect(refused.detail).toMatch(/Resource not accessible/);
    github.trouble.clear();
    expect(await resumed(fresh(autoMerge), plan, permitted())).toMatchObject({ applied: 'yes' });
    expectOne(autoMerge);
  });

  it.each([
    ['no permit', { refused: 'the kill switch is on' }, 'the kill switch is on'],
    ['a permit that is over by the time of the call', { isValid: () => false }, 'too much time went by'],
  ])('sends nothing with %s', async (_, permit, reason) => {
    const plan = await planOf(fresh(autoMerge));
    const outcome = await fresh(autoMerge).execute(plan, permitted({ permit: async () => permit }));
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining(reason) });
    expect(github.changes).toEqual([]);
  });

  it('stops with the caller, before anything is sent', async () => {
    const plan = await planOf(fresh(autoMerge));
    const stopped = permitted({ signal: AbortSignal.abort(new Error('the run is draining')) });
    await expect(fresh(autoMerge).execute(plan, stopped)).rejects.toThrow('the run is draining');
    expect(github.changes).toEqual([]);
  });
});

it('takes a branch of its name for its own only when it holds exactly the revert', async () => {
  const plan = await planOf(fresh(true));
  const branch = plan.snapshot.branch as string;
  github.branches.set(branch, github.branches.get('main') ?? '');
  github.commit(branch, plan.snapshot.commitMessage as string, { [path]: 'evil();\n' });
  expect(await fresh(true).execute(plan, permitted())).toMatchObject({
    applied: 'no',
    detail: expect.stringContaining('holds something else'),
  });
  expect([github.pulls, github.filesOf('main')[path]]).toEqual([[], 'ask(20);\n']);
});

it('takes no branch for its own that stands on what nobody merged', async () => {
  const plan = await planOf(fresh(true));
  const branch = plan.snapshot.branch as string;
  github.branches.set(branch, github.branches.get('main') ?? '');
  github.commit(branch, 'Slipped in below', { 'services/checkout/evil.ts': 'evil();\n' });
  github.commit(branch, plan.snapshot.commitMessage as string, { [path]: 'ask(2000);\n' });
  expect(await fresh(true).execute(plan, permitted())).toMatchObject({
    applied: 'no',
    detail: expect.stringContaining('holds something else'),
  });
  expect(github.filesOf('main')).not.toHaveProperty('services/checkout/evil.ts');
});
