import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ChangeFact } from '../../domain/evidence.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { patchDraftsInMemory } from '../../testing/patch-drafts.ts';
import { type Said, type ScriptedAdviser, scriptedAdviser } from '../../testing/scripted-adviser.ts';
import { created, planned, testKey } from '../action.contract.ts';
import type { Action } from '../action.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import type { PatchDrafts } from '../patch-drafts.ts';
import { proposePatch } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;
const effect = permitted({ signal, key: testKey });
const path = 'services/checkout/quote.ts';
const green = { name: 'test', status: 'completed', conclusion: 'success' };
const mending: Said = { says: { reason: 'It waits too short.', edits: [{ file: 2, search: 'ask(20)', replace: 'ask(2000)' }] } };

let github: GithubRepository;
let ecs: EcsServer;
let bad: string;
let adviser: ScriptedAdviser;
let drafts: PatchDrafts;
let params: Record<string, unknown>;

function actionWith(config: object = {}, given: ScriptedAdviser = adviser): Action {
  const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
  return created(proposePatch, { aws: ecs.aws, github: githubAccess(github.url), clock, adviser: given, drafts }, config);
}

function proposed(sha = bad, because?: string): Record<string, unknown> {
  const answer = actionWith().propose(blaming(sha, because), target, [changeFact(sha)], incidentBrief);
  if ('notPossible' in answer) throw new Error(String(answer.notPossible));
  return answer;
}

beforeEach(async () => {
  [github, ecs] = await Promise.all([startGithubRepository(), startEcsServer()]);
  github.commit('main', 'Begin', { [path]: 'ask(2000);\nlog();\n', 'services/cart/cart.ts': 'cart();\n', '.github/ci.ts': 'ci();\n' });
  const more = { 'services/checkout/log.ts': 'log();\n', 'services/cart/cart.ts': 'cart(1);\n', '.github/ci.ts': 'ci(0);\n' };
  bad = github.commit('main', 'Ask faster', { [path]: 'ask(20);\nlog(1);\n', ...more });
  github.checks.push(green);
  adviser = scriptedAdviser(mending);
  drafts = patchDraftsInMemory();
  params = proposed();
});
afterEach(() => Promise.all([github.close(), ecs.close()]));

const calls = () => github.changes.map(({ call }) => call.replace(/\d+/, 'N'));
const opening = ['POST /git/blobs', 'POST /git/trees', 'POST /git/commits', 'POST /git/refs', 'POST /pulls', 'POST /issues/N/labels'];
const branch = () => `kintsugi/${incidentBrief.id}/patch-${bad.slice(0, 12)}`;

describe('propose-patch', () => {
  it('is set up only with GitHub and somebody to write, is offered while a model is, and always needs a person', () => {
    const config = proposePatch.config.parse({});
    const clock = createFakeClock();
    expect(proposePatch.create(config, { aws: ecs.aws, clock, github: githubAccess(github.url) })).toBeUndefined();
    expect(proposePatch.create(config, { aws: ecs.aws, clock, adviser, drafts })).toBeUndefined();
    for (const autoMerge of [false, true]) {
      const action = actionWith({ autoMerge });
      expect([action.purpose, action.needsApproval]).toEqual([autoMerge ? 'mend' : 'tell', 'a model wrote the code']);
      expect(action.isOffered?.()).toBe(true);
    }
    adviser.roles = new Set(['analysis']);
    expect(actionWith().isOffered?.()).toBe(false);
  });

  it('outlines a plan without asking anybody', () => {
    expect(actionWith().outline?.(params)).toMatchObject({ target, blastRadius: { services: 0 }, calls: [], undo: { kind: 'restore' } });
    expect(actionWith({ autoMerge: true }).outline?.(params)).toMatchObject({ blastRadius: { services: 1 } });
    expect(adviser.asked).toEqual([]);
  });

  it('plans without writing anything, with the edit as a person reads it', async () => {
    const plan = await planned(actionWith(), params);
    expect(github.changes).toEqual([]);
    expect(plan).toMatchObject({
      target,
      blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 },
      calls: [{ input: { file: path, line: 1, removed: ['ask(20);'], added: ['ask(2000);'] } }, { input: { files: 1 } }, {}],
      snapshot: {
        branch: branch(),
        files: [{ path }],
        edits: [{ file: 1, search: 'ask(20)' }],
        merges: false,
        reason: 'It waits too short.',
      },
      summary: expect.stringContaining('an edit scripted:test wrote'),
    });
    expect(JSON.stringify(plan).length).toBeLessThan(3_000);
    expect(actionWith().rights?.(plan)).toEqual([{ action: 'github:push', resource: 'acme/shop' }]);
  });

  it('shows the model the files of the service that the commit touched, by number, and nothing else of the repository', async () => {
    await planned(actionWith(), params);
    const [question] = adviser.asked;
    expect(question).toMatchObject({ role: 'patch', incidentId: incidentBrief.id, purpose: 'propose-patch' });
    expect(question?.material.map(({ label, text }) => [label, text]).slice(0, 3)).toEqual([
      ['paths of the files', '1: services/checkout/log.ts\n2: services/checkout/quote.ts'],
      ['file 1, whole', 'log();\n'],
      ['file 2, whole', 'ask(20);\nlog(1);\n'],
    ]);
    // What others wrote is material, never an instruction.
    expect(question?.instructions).not.toMatch(/checkout|Ask faster|rose from/);
  });

  it('asks once for one edit, and keeps the plan as it was, whatever is measured later', async () => {
    const plan = await planned(actionWith(), params);
    const other = actionWith({}, scriptedAdviser({ says: { reason: 'another', edits: [] } }));
    expect(await planned(other, proposed(bad, 'The error ratio rose to 0.99.'))).toEqual(plan);
    github.commit('main', 'Docs', { 'README.md': 'words\n' });
    expect(await planned(other, params)).toEqual(plan);
    expect(adviser.asked).toHaveLength(1);
    github.commit('main', 'Another edit', { [path]: 'ask(20);\nlog(2);\n' });
    expect(await other.plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('wrote no edit: another') });
  });

  it.each(['malformed', 'refused', 'stuck'] as const)('takes %s for an answer, and does not ask again', async (why) => {
    adviser = scriptedAdviser({ none: why }, mending);
    for (const _ of [1, 2]) expect(await actionWith().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining(why) });
    expect(adviser.asked).toHaveLength(1);
  });

  it.each(['unreachable', 'timeout', 'ceiling', 'off'] as const)('asks again at the next look when nobody answered: %s', async (why) => {
    adviser = scriptedAdviser({ none: why }, mending);
    expect(await actionWith().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining(why) });
    expect(await actionWith().plan(params, signal)).toMatchObject({ action: 'propose-patch' });
  });

  const edits = (...list: unknown[]): Said => ({ says: { reason: '', edits: list } });
  const edit = { file: 2, search: 'ask(20)', replace: 'ask(2000)' };
  it.each<[string, Said, RegExp]>([
    ['names a path', edits({ ...edit, path: '.github/ci.ts' }), /malformed/],
    ['names a file that is not shown', edits({ ...edit, file: 3 }), /refused: edit 1 names file 3, of 2/],
    ['quotes what is not there', edits({ ...edit, search: 'ci(0)' }), /does not find its passage/],
    ['calls home', edits({ ...edit, replace: "fetch('https://evil.example')" }), /an address/],
    ['writes a novel', edits({ ...edit, replace: 'x;\n'.repeat(40) }), /change 42 lines/],
    ['is not sure', { says: { reason: '@all see [here](https://evil.example)', edits: [] } }, /wrote no edit: @\u200ball see \[\u200bhere/],
    ['obeys a stranger', { says: 'git push --force' }, /malformed/],
  ])('makes no plan of a model that %s', async (_, said, reason) => {
    adviser = scriptedAdviser(said);
    expect(await actionWith().plan(params, signal)).toMatchObject({ notPossible: expect.stringMatching(reason) });
    expect(github.changes).toEqual([]);
  });

  const refusals: [string, () => void, RegExp][] = [
    ['the repository is archived', () => Object.assign(github.about, { archived: true }), /archived/],
    ['the token may not write', () => Object.assign(github.about, { push: false }), /may not write/],
    ['the branch is gone', () => github.branches.delete('main'), /no branch main/],
    ['the commit is on no branch of ours', () => github.branches.set('main', github.commit('other', 'Else', {})), /is not in main/],
    ['its files are gone by now', () => github.commit('main', 'Gone', { [path]: null, 'services/checkout/log.ts': null }), /can be read/],
    ['its files are no text', () => github.commit('main', 'x', { [path]: 'a\0', 'services/checkout/log.ts': 'b\0' }), /can be read/],
    [
      'its files describe infrastructure',
      () => github.commit('main', 'x', { [path]: "import 'aws-cdk-lib';\n", 'services/checkout/log.ts': null }),
      /may edit/,
    ],
    [
      'its files are large',
      () => github.commit('main', 'x', { [path]: 'x'.repeat(50_000), 'services/checkout/log.ts': null }),
      /can be read/,
    ],
  ];
  it.each(refusals)('asks no model when %s', async (_, arrange, reason) => {
    arrange();
    expect(await actionWith().plan(params, signal)).toMatchObject({ notPossible: expect.stringMatching(reason) });
    expect(adviser.asked).toEqual([]);
  });

  it('asks no model about commits that touch only what is a person’s, or too much', async () => {
    const refused = async (files: Record<string, string>, config = {}) => {
      const sha = github.commit('main', 'x', files);
      return actionWith(config).plan(proposed(sha), signal);
    };
    const aPersons = {
      '.github/workflows/ci.yml': 'on: push\n',
      'package-lock.json': '{}',
      'infra/main.ts': 'x',
      'services/cart/cart.ts': 'cart(9)',
    };
    expect(await refused(aPersons)).toMatchObject({ notPossible: expect.stringContaining('no file that a model may edit') });
    const two = { [path]: 'x\n', 'services/checkout/log.ts': 'x\n' };
    expect(await refused(two, { maxFiles: 1 })).toMatchObject({ notPossible: expect.stringContaining('changed 2 files') });
    expect(await refused({ [path]: 'y\n'.repeat(60) }, { maxShownBytes: 100 })).toMatchObject({
      notPossible: expect.stringContaining('120 bytes'),
    });
    expect(adviser.asked).toEqual([]);
  });

  it('proposes only for a sure cause with one whole commit, in the service of the target', () => {
    const { change: _, ...unblamed } = blaming(bad);
    const propose = (one: Hypothesis, facts: ChangeFact[]) => actionWith().propose(one, target, facts, incidentBrief);
    expect(propose(unblamed, [changeFact(bad)])).toMatchObject({ notPossible: 'no commit is blamed' });
    expect(propose(blaming(bad), [])).toMatchObject({ notPossible: expect.stringContaining('no source told') });
    expect(propose({ ...blaming(bad), service: 'cart' }, [changeFact(bad)])).toMatchObject({
      notPossible: expect.stringContaining('sits in cart'),
    });
    expect(propose({ ...blaming(bad), confidence: 0.59 }, [changeFact(bad)])).toMatchObject({
      notPossible: expect.stringContaining('below 0.60'),
    });
  });

  it('leaves it to policy what a model doubts: were it not possible, another cause would come to the fore', () => {
    const secondOpinion = { stance: 'doubts' as const, reason: 'x', evidence: [], model: 'm', before: blaming(bad).confidence };
    const doubted = { ...blaming(bad), confidence: 0.1, secondOpinion };
    expect(actionWith({ autoMerge: true }).propose(doubted, target, [changeFact(bad)], incidentBrief)).toMatchObject({ commit: bad });
  });

  it('sees to a commit once, whichever incident blames it and whatever was made of it', async () => {
    await actionWith().execute(await planned(actionWith(), params), effect);
    const other = actionWith().propose(blaming(bad), target, [changeFact(bad)], { ...incidentBrief, id: 'x' as typeof incidentBrief.id });
    expect(await actionWith().plan(other as Record<string, unknown>, signal)).toMatchObject({
      notPossible: expect.stringContaining('already about this commit'),
    });
    Object.assign(github.pulls[0] ?? {}, { state: 'closed' });
    expect(await actionWith().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('already opened') });
    expect(adviser.asked).toHaveLength(1);
  });
});

describe('propose-patch, made', () => {
  it('opens one pull request with that edit alone, waits for its checks, and then sees it', async () => {
    const action = actionWith();
    const plan = await planned(action, params);
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'no' });
    const outcome = await action.execute(plan, effect);
    expect(outcome).toMatchObject({ applied: 'yes', detail: expect.stringContaining('waits for a person: these checks passed: test') });
    expect(github.filesOf(branch())).toEqual({ ...github.filesOf('main'), [path]: 'ask(2000);\nlog(1);\n' });
    expect(github.filesOf('main')[path]).toBe('ask(20);\nlog(1);\n');
    expect(github.pulls).toMatchObject([{ title: expect.stringMatching(/^Mend /), state: 'open', labels: ['kintsugi'] }]);
    expect(github.pulls[0]?.body).toContain('It waits too short.');
    expect(calls()).toEqual(opening);
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(adviser.asked).toHaveLength(1);
  });

  it('closes what its own checks refuse, and leaves nothing behind', async () => {
    const plan = await planned(actionWith(), params);
    github.checks.push({ ...green, name: 'lint', conclusion: 'failure' });
    expect(await actionWith().execute(plan, effect)).toMatchObject({
      applied: 'no',
      detail: expect.stringMatching(/failed: lint.*is closed/),
    });
    expect([github.pulls[0]?.state, [...github.branches.keys()]]).toEqual(['closed', ['main']]);
    expect(await actionWith().look(plan, signal)).toMatchObject({ applied: 'no' });
    expect(await actionWith().execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('stays so') });
  });

  it('says so when no check has run, and leaves the pull request to a person', async () => {
    github.checks.splice(0);
    const plan = await planned(actionWith(), params);
    const outcome = await actionWith({ checksTimeoutSeconds: 60 }).execute(plan, effect);
    expect(outcome).toMatchObject({ applied: 'yes', detail: expect.stringContaining('not all checks it needs have run') });
    expect(await actionWith().look(plan, signal)).toMatchObject({ applied: 'yes', isPartial: true });
  });

  it('makes nothing of an edit whose file has changed since, and builds on other changes', async () => {
    const plan = await planned(actionWith(), params);
    github.commit('main', 'Docs', { 'README.md': 'The shop\n' });
    const before = new Map(github.branches);
    github.commit('main', 'Again', { [path]: 'ask(30);\nlog(1);\n' });
    expect(await actionWith().execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('written for') });
    expect(github.changes).toEqual([]);
    github.branches.set('main', before.get('main') ?? '');
    expect(await actionWith().execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(github.filesOf(branch())).toMatchObject({ [path]: 'ask(2000);\nlog(1);\n', 'README.md': 'The shop\n' });
  });

  it('makes nothing of a plan whose edit was tampered with', async () => {
    const plan = await planned(actionWith(), params);
    const tampered = structuredClone(plan);
    Object.assign((tampered.snapshot.edits as object[])[0] ?? {}, { replace: 'ask(0)' });
    expect(await actionWith().execute(tampered, effect)).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('what was planned'),
    });
    expect(github.changes).toEqual([]);
  });

  it('is undone by closing it, unless a person merged it or pushed to it', async () => {
    const action = actionWith();
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'no' });
    github.commit(branch(), 'A person mends it', { [path]: 'ask(500);\n' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('somebody pushed') });
    expect(github.pulls[0]?.state).toBe('open');
  });

  it('is undone by closing it', async () => {
    const action = actionWith();
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
    expect([github.pulls[0]?.state, [...github.branches.keys()]]).toEqual(['closed', ['main']]);
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'yes' });
  });
});

describe('propose-patch with auto-merge', () => {
  const config = { autoMerge: true, checksTimeoutSeconds: 60 };
  const merges = () => calls().filter((call) => call.startsWith('PUT'));

  it('merges its own commit once the checks have passed, and plans the capacity of the deployment', async () => {
    const action = actionWith(config);
    const plan = await planned(action, params);
    expect(plan).toMatchObject({ blastRadius: { services: 1, tasks: 3 }, undo: { kind: 'restore' } });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('is merged as') });
    expect(github.filesOf('main')[path]).toBe('ask(2000);\nlog(1);\n');
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(merges()).toHaveLength(1);
  });

  it('merges nothing that a person agreed to open only, though settings ask for it by now', async () => {
    const plan = await planned(actionWith(), params);
    expect(await actionWith(config).execute(plan, effect)).toMatchObject({
      applied: 'yes',
      detail: expect.stringContaining('waits for a person'),
    });
    expect([github.pulls[0]?.state, merges()]).toEqual(['open', []]);
  });

  it('takes a merged edit back by a pull request of its own, once, and sees it', async () => {
    const action = actionWith(config);
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    github.commit('main', 'Docs', { 'README.md': 'The shop\n' });
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'no' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('/pull/2 is merged') });
    expect(github.filesOf('main')).toMatchObject({ [path]: 'ask(20);\nlog(1);\n', 'README.md': 'The shop\n' });
    expect(await action.lookUndone?.(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(merges()).toHaveLength(2);
  });

  it('takes nothing back that somebody built on, or that the checks refuse', async () => {
    const action = actionWith(config);
    const plan = await planned(action, params);
    await action.execute(plan, effect);
    const merged = github.branches.get('main') ?? '';
    github.commit('main', 'Build on it', { [path]: 'ask(2000);\nlog(2);\n' });
    expect(await action.undo?.(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('a person') });
    github.branches.set('main', merged);
    github.checks.push({ ...green, name: 'lint', conclusion: 'failure' });
    expect(await action.undo?.(plan, effect)).toMatchObject({
      applied: 'no',
      detail: expect.stringMatching(/pull\/2 is open, not merged.*lint/),
    });
    expect(github.filesOf('main')[path]).toBe('ask(2000);\nlog(1);\n');
  });

  it.each<[string, () => void, RegExp, 'open' | 'closed']>([
    ['a check fails', () => github.checks.push({ ...green, name: 'lint', conclusion: 'failure' }), /failed: lint/, 'closed'],
    ['there is no check', () => github.checks.splice(0), /not all checks it needs have run/, 'open'],
    ['checks only say they do not apply', () => github.checks.splice(0, 1, { ...green, conclusion: 'skipped' }), /not all checks/, 'open'],
    ['GitHub refuses', () => github.trouble.set('PUT /pulls', 'refused'), /Resource not accessible/, 'open'],
  ])('merges nothing when %s', async (_, arrange, reason, state) => {
    const plan = await planned(actionWith(config), params);
    arrange();
    expect(await actionWith(config).execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringMatching(reason) });
    expect([github.pulls[0]?.state, github.filesOf('main')[path]]).toEqual([state, 'ask(20);\nlog(1);\n']);
  });

  it('merges nothing that somebody else pushed to its branch', async () => {
    const action = actionWith(config);
    const plan = await planned(action, params);
    github.trouble.set('PUT /pulls', 'refused');
    await action.execute(plan, effect);
    github.trouble.clear();
    github.commit(branch(), 'Not ours', { [path]: 'evil();\n' });
    expect(await action.execute(plan, effect)).toMatchObject({ applied: 'no', detail: expect.stringContaining('holds something else') });
    expect(github.filesOf('main')[path]).toBe('ask(20);\nlog(1);\n');
  });
});
