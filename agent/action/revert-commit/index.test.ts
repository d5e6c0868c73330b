import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ChangeFact } from '../../domain/evidence.ts';
import { IncidentId } from '../../domain/ids.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { patchDraftsInMemory } from '../../testing/patch-drafts.ts';
import { created, planned, testKey } from '../action.contract.ts';
import type { Action } from '../action.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import { createGithubAccess, githubSettingsSchema } from '../github/access.ts';
import { revertCommit } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;
const effect = permitted({ signal, key: testKey });
const branch = `kintsugi/${incidentBrief.id}/revert-`;
const path = 'services/checkout/quote.ts';

let github: GithubRepository;
let ecs: EcsServer;
let bad: string;
let action: Action;
let params: Record<string, unknown>;

function actionWith(config: object = {}): Action {
  return created(
    revertCommit,
    { aws: ecs.aws, github: githubAccess(github.url), clock: createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true }) },
    config,
  );
}

function proposed(from: Action, sha = bad): Record<string, unknown> {
  const answer = from.propose(blaming(sha), target, [changeFact(sha)], incidentBrief);
  if ('notPossible' in answer) throw new Error(String(answer.notPossible));
  return answer;
}

beforeEach(async () => {
  [github, ecs] = await Promise.all([startGithubRepository(), startEcsServer()]);
  github.commit('main', 'Begin', { [path]: 'ask(2000);\n', 'services/cart/cart.ts': 'cart();\n', 'README.md': 'The shop\n' });
  bad = github.commit('main', 'Ask faster', { [path]: 'ask(20);\n', 'services/checkout/log.ts': 'log();\n' });
  github.commit('main', 'Docs', { 'README.md': 'The best shop\n' });
  action = actionWith();
  params = proposed(action);
});
afterEach(() => Promise.all([github.close(), ecs.close()]));

const calls = () => github.changes.map(({ call }) => call.replace(/\d+/, 'N'));
const opening = ['POST /git/trees', 'POST /git/commits', 'POST /git/refs', 'POST /pulls', 'POST /issues/N/labels'];

describe('revert-commit', () => {
  it('plans without writing anything, with the very words that will be published', async () => {
    const plan = await planned(action, params);
    expect(github.changes).toEqual([]);
    expect(plan).toMatchObject({
      target,
      blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 },
      undo: { kind: 'restore' },
      snapshot: {
        repository: 'acme/shop',
        base: 'main',
        branch: branch + bad.slice(0, 12),
        body: expect.stringContaining('rose from 0.00 to 0.31'),
      },
    });
    expect(JSON.stringify(plan).length).toBeLessThan(8_000);
    expect(action.rights?.(plan)).toEqual([{ action: 'github:push', resource: 'acme/shop' }]);
  });

  it('plans the same at the next look, when only the figures of what was found have moved', async () => {
    const deps = { aws: ecs.aws, github: githubAccess(github.url), clock: createFakeClock(), drafts: patchDraftsInMemory() };
    const looked = (confidence: number, because: string, incident = incidentBrief) => {
      const one = created(revertCommit, deps);
      const found = one.propose({ ...blaming(bad, because), confidence }, target, [changeFact(bad)], incident);
      return planned(one, found as Record<string, unknown>);
    };
    const first = await looked(0.91, 'error ratio 50.0 %, before 0.0 %');
    expect(canonicalHash(await looked(0.88, 'error ratio 50.1 %, before 0.0 %'))).toBe(canonicalHash(first));
    expect(first.snapshot.body).toContain('error ratio 50.0 %');
    const other = { ...incidentBrief, id: IncidentId.parse('another') };
    expect((await looked(0.88, 'error ratio 7.0 %', other)).snapshot.body).toContain('error ratio 7.0 %');
  });

  it('opens one pull request that puts back what the commit changed and nothing else, and then sees it', async () => {
    const plan = await planned(action, params);
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'no' });
    expect(await action.execute(plan, effect)).toMatchObject({
      applied: 'yes',
      detail: expect.stringContaining('/pull/1 waits for a person'),
    });
    expect(github.filesOf(branch + bad.slice(0, 12))).toEqual({
      [path]: 'ask(2000);\n',
      'services/cart/cart.ts': 'cart();\n',
      'README.md': 'The best shop\n',
    });
    expect(github.pulls).toMatchObject([
      { title: plan.snapshot.title, body: plan.snapshot.body, base: 'main', state: 'open', labels: ['kintsugi'] },
    ]);
    expect(calls()).toEqual(opening);
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(github.filesOf('main')[path]).toBe('ask(20);\n');
  });

  it('opens none a second time, whoever closed the first', async () => {
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes' });
    Object.assign(github.pulls[0] ?? {}, { state: 'closed' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('somebody closed it') });
    expect(calls()).toEqual(opening);
    expect(await action.plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('already opened') });
  });

  it('builds on the branch as it is, when what moved are other files', async () => {
    const plan = await planned(action, params);
    github.commit('main', 'More docs', { 'README.md': 'The very best shop\n' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(github.filesOf(branch + bad.slice(0, 12))).toMatchObject({ [path]: 'ask(2000);\n', 'README.md': 'The very best shop\n' });
  });

  it('restores what the commit removed, and takes away what it added', async () => {
    const removing = github.commit('main', 'Remove', { 'services/checkout/log.ts': null, 'services/checkout/new.ts': 'x\n' });
    const other = proposed(action, removing);
    await action.execute(await planned(action, other), effect);
    const files = github.filesOf(branch + removing.slice(0, 12));
    expect(files).toMatchObject({ 'services/checkout/log.ts': 'log();\n' });
    expect(files).not.toHaveProperty('services/checkout/new.ts');
  });

  const refusals: [string, () => void, RegExp][] = [
    ['a file was changed again since', () => github.commit('main', 'Again', { [path]: 'ask(30);\n' }), /quote\.ts was changed again since/],
    ['the commit is undone already', () => github.commit('main', 'Undo', { [path]: 'ask(2000);\n' }), /already as it was/],
    ['the repository is archived', () => Object.assign(github.about, { archived: true }), /archived/],
    ['the token may not write', () => Object.assign(github.about, { push: false }), /may not write/],
    ['the branch is gone', () => github.branches.delete('main'), /no branch main/],
    ['the commit is on no branch of ours', () => github.branches.set('main', github.commit('other', 'Else', {})), /is not in main/],
  ];
  it.each(refusals)('plans nothing when %s', async (_, arrange, reason) => {
    arrange();
    expect(await action.plan(params, signal)).toMatchObject({ notPossible: expect.stringMatching(reason) });
    expect(github.changes).toEqual([]);
  });
  it.each(refusals.filter(([when]) => !/archived|write/.test(when)))('makes nothing of an older plan when %s', async (_, arrange) => {
    const plan = await planned(action, params);
    arrange();
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no' });
    expect(github.changes).toEqual([]);
  });

  it('refuses commits that are too large, that touch what is a person’s, or that are the first', async () => {
    const refused = async (files: Record<string, string>, config = {}) => {
      const sha = github.commit('main', 'x', files);
      const one = actionWith(config);
      return one.plan(proposed(one, sha), signal);
    };
    expect(await refused({ a: '1', b: '1' }, { maxFiles: 1 })).toMatchObject({ notPossible: expect.stringContaining('changed 2 files') });
    expect(await refused({ '.github/workflows/ci.yml': 'on: push\n' })).toMatchObject({
      notPossible: expect.stringContaining('left to a person'),
    });
    const first = github.commit('fresh', 'First', { a: '1' });
    github.branches.set('main', first);
    expect(await action.plan(proposed(action, first), signal)).toMatchObject({ notPossible: expect.stringContaining('first commit') });
  });

  it('proposes a commit once, whichever incident blames it', async () => {
    await action.execute(await planned(action, params), effect);
    const other = action.propose(blaming(bad), target, [changeFact(bad)], {
      ...incidentBrief,
      id: 'another' as typeof incidentBrief.id,
    });
    expect(await action.plan(other as Record<string, unknown>, signal)).toMatchObject({
      notPossible: expect.stringContaining('already about this commit'),
    });
  });

  it('proposes only one whole commit that a source told of, in the service of the target', () => {
    const { change: _, ...unblamed } = blaming(bad);
    const propose = (one: Hypothesis, facts: ChangeFact[]) => action.propose(one, target, facts, incidentBrief);
    expect(propose(unblamed, [changeFact(bad)])).toMatchObject({ notPossible: 'no commit is blamed' });
    expect(propose(blaming(bad), [])).toMatchObject({ notPossible: expect.stringContaining('no source told') });
    expect(propose(blaming('main'), [changeFact(bad)])).toMatchObject({ notPossible: expect.stringContaining('no source told') });
    expect(propose({ ...blaming(bad), service: 'cart' }, [changeFact(bad)])).toMatchObject({
      notPossible: expect.stringContaining('cause sits in cart'),
    });
    expect(propose(blaming(bad.slice(0, 7)), [changeFact(bad)])).toMatchObject({ commit: bad });
  });

  it.each(['', 'main', '--output=x', '../x', bad, `${'a'.repeat(39)}\n`, 'A'.repeat(40), '*'])('takes no %j for a commit', (commit) => {
    expect(action.params.safeParse({ ...params, commit }).success).toBe(/^[0-9a-f]{40}$/.test(commit));
  });

  it('is not in the catalogue without a token, nor possible for a service without a repository', async () => {
    expect(createGithubAccess(githubSettingsSchema.parse({}), {}, { fetch })).toBeUndefined();
    expect(revertCommit.create(revertCommit.config.parse({}), { aws: ecs.aws, clock: createFakeClock() })).toBeUndefined();
    expect(await action.plan({ ...params, service: 'cart' }, signal)).toMatchObject({ notPossible: 'no repository is set for cart' });
  });
});

describe('revert-commit undone', () => {
  it('closes the pull request and deletes its branch, and sees it', async () => {
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'no' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
    expect([github.pulls[0]?.state, [...github.branches.keys()]]).toEqual(['closed', ['main']]);
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
  });

  it('leaves alone what a person merged, or pushed to', async () => {
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    const ours = plan.snapshot.branch as string;
    Object.assign(github.pulls[0] ?? {}, { state: 'closed', mergedAt: '2026-01-02T00:00:00Z' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('is merged') });
    Object.assign(github.pulls[0] ?? {}, { state: 'open', mergedAt: null });
    github.commit(ours, 'A person mends it by hand', { [path]: 'ask(500);\n' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('somebody pushed') });
    expect([github.pulls[0]?.state, github.branches.has(ours)]).toEqual(['open', true]);
    expect(calls()).toEqual(opening);
  });
});

describe('revert-commit with auto-merge', () => {
  const green = { name: 'test', status: 'completed', conclusion: 'success' };
  const config = { autoMerge: true, checksTimeoutSeconds: 60 };

  beforeEach(() => {
    action = actionWith(config);
    github.checks.push(green);
  });

  it('asks a person first, plans the capacity of the rolling deployment, and promises no undo', async () => {
    expect([action.purpose, action.needsApproval]).toEqual(['mend', expect.any(String)]);
    expect(await planned(action, params)).toMatchObject({ blastRadius: { services: 1, tasks: 3 }, undo: { kind: 'none' } });
    expect([actionWith().purpose, actionWith().needsApproval]).toEqual(['tell', undefined]);
  });

  it('merges exactly its own commit, with its own words, once the checks have passed', async () => {
    const plan = await planned(action, params);
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('is merged as') });
    expect(github.filesOf('main')[path]).toBe('ask(2000);\n');
    const { call, body } = github.changes.at(-1) ?? {};
    expect(call).toBe('PUT /pulls/1/merge');
    expect(body).toMatchObject({ merge_method: 'squash', commit_message: `This reverts commit ${bad}.` });
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(calls().filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  });

  it.each<[string, () => void, object, RegExp]>([
    ['a check fails', () => github.checks.push({ ...green, name: 'lint', conclusion: 'failure' }), {}, /checks failed: lint/],
    ['a check is cancelled', () => github.checks.push({ ...green, name: 'e2e', conclusion: 'cancelled' }), {}, /checks failed: e2e/],
    ['there is no check', () => github.checks.splice(0), {}, /not all checks it needs have run/],
    ['checks only say they do not apply', () => github.checks.splice(0, 1, { ...green, conclusion: 'skipped' }), {}, /not all checks/],
    [
      'a check takes too long',
      () => github.checks.push({ ...green, status: 'in_progress', conclusion: null }),
      {},
      /were not over after 60 s/,
    ],
    ['a check it needs is missing', () => undefined, { requiredChecks: ['deploy-preview'] }, /not all checks it needs have run/],
    [
      'the service was deployed anew while they ran',
      () => Object.assign(ecs.state.deployments[0] ?? {}, { id: 'ecs-svc/another' }),
      {},
      /the service moved since the plan: deployment .* → ecs-svc\/another/,
    ],
    ['GitHub refuses', () => github.trouble.set('PUT /pulls', 'refused'), {}, /Resource not accessible/],
  ])('merges nothing when %s, and leaves the pull request open', async (_, arrange, more, reason) => {
    action = actionWith({ ...config, ...more });
    const plan = await planned(action, params);
    arrange();
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringMatching(reason) });
    expect([github.pulls.length, github.pulls[0]?.state, github.filesOf('main')[path]]).toEqual([1, 'open', 'ask(20);\n']);
  });

  it('merges nothing that somebody else pushed to its branch, or that somebody closed', async () => {
    const plan = await planned(action, params);
    github.trouble.set('PUT /pulls', 'refused');
    await action.execute(plan, effect);
    github.trouble.clear();
    github.commit(plan.snapshot.branch as string, 'Not ours', { [path]: 'evil();\n' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('holds something else') });
    Object.assign(github.pulls[0] ?? {}, { state: 'closed' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('somebody closed') });
    expect(github.filesOf('main')[path]).toBe('ask(20);\n');
  });

  it('merges nothing of which it cannot read all checks, and waits for those that appear late', async () => {
    const plan = await planned(action, params);
    const many = Array.from({ length: 101 }, (_, index) => ({ ...green, name: `check ${index}` }));
    github.checks.push(...many);
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('more than 100 checks') });
    github.checks.splice(1);
    let looks = 0;
    const late = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
    const sleep = async (ms: number) => {
      looks += 1;
      if (looks === 2) github.checks.push({ ...green, name: 'e2e', conclusion: 'failure' });
      await late.sleep(ms);
    };
    const patient = created(revertCommit, { aws: ecs.aws, github: githubAccess(github.url), clock: { ...late, sleep } }, config);
    expect(await patient.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('checks failed: e2e') });
  });

  it('is not possible for a commit that touched other services too', async () => {
    const wide = github.commit('main', 'Both', { [path]: 'ask(1);\n', 'services/cart/cart.ts': 'cart(2);\n' });
    expect(await action.plan(proposed(action, wide), signal)).toMatchObject({
      notPossible: expect.stringContaining('services/cart/cart.ts, outside the paths'),
    });
  });
});
