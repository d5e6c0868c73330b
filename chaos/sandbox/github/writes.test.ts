import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Github, type GithubOptions, type Push, startGithub } from './github.ts';

const run = promisify(execFile);
const at = { owner: 'acme', repo: 'shop' };
let folder: string;
let template: string;
let gitDir: string;
let first: string;
let github: Github;
let octokit: Octokit;
let pushes: Push[];
const started: Github[] = [];

async function serve(more: Partial<GithubOptions> = {}): Promise<Octokit> {
  pushes = [];
  github = await startGithub({ gitDir, repository: 'acme/shop', onPush: async (push) => void pushes.push(push), ...more });
  started.push(github);
  return new Octokit({ baseUrl: github.url, auth: 'any' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-github-'));
  const work = join(folder, 'work');
  template = join(folder, 'template.git');
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: folder };
  const git = (...args: string[]) => run('git', ['-c', 'user.name=dev', '-c', 'user.email=d@e.example', '-C', work, ...args], { env });
  await run('git', ['init', '--quiet', '--initial-branch', 'main', work]);
  await mkdir(join(work, 'src'));
  await writeFile(join(work, 'src/quote.ts'), 'const timeout = 2000;\n');
  await writeFile(join(work, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'Begin');
  first = (await git('rev-parse', 'HEAD')).stdout.trim();
  await run('git', ['clone', '--quiet', '--bare', work, template]);
});
beforeEach(async ({ task }) => {
  gitDir = join(folder, `${task.id}.git`);
  await cp(template, gitDir, { recursive: true });
  octokit = await serve();
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});
afterAll(() => rm(folder, { recursive: true }));

const statusOf = (call: Promise<{ status: number }>) =>
  call.then(
    ({ status }) => status,
    (error: { status: number }) => error.status,
  );
const treeOf = async (sha: string) =>
  (await octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', { ...at, tree_sha: sha, recursive: '1' })).data;
const fileAt = async (ref: string, path: string) => {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...at, path, ref });
  return Buffer.from((data as unknown as { content: string }).content, 'base64').toString();
};

/** A branch whose one commit writes the text into the file. */
async function branch(name: string, text: string, from = first): Promise<string> {
  const blob = await octokit.request('POST /repos/{owner}/{repo}/git/blobs', { ...at, content: text });
  const entry = { path: 'src/quote.ts', mode: '100644' as const, type: 'blob' as const, sha: blob.data.sha };
  const tree = await octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...at, base_tree: from, tree: [entry] });
  const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
    ...at,
    message: `Write ${text}`,
    tree: tree.data.sha,
    parents: [from],
  });
  await octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: `refs/heads/${name}`, sha: commit.data.sha });
  return commit.data.sha;
}
const pull = (head: string, more: object = {}) =>
  octokit.request('POST /repos/{owner}/{repo}/pulls', { ...at, title: `Pull ${head}`, head, base: 'main', ...more });
const merge = (number: number, more: object = {}) =>
  octokit.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...at, pull_number: number, ...more });

describe('the git database', () => {
  it('writes trees on trees: replaces, adds, removes, and keeps the rest', async () => {
    const tree = [
      { path: 'src/quote.ts', mode: '100644' as const, type: 'blob' as const, content: 'new\n' },
      { path: 'docs/a b/ü.md', mode: '100644' as const, type: 'blob' as const, content: 'words\n' },
      { path: 'run.sh', mode: '100755' as const, type: 'blob' as const, sha: null },
    ];
    const made = await octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...at, base_tree: first, tree });
    const files = (await treeOf(made.data.sha)).tree.filter(({ type }) => type === 'blob').map(({ path }) => path);
    expect(files).toEqual(['docs/a b/ü.md', 'src/quote.ts']);
    expect((await treeOf(first)).tree.find(({ path }) => path === 'run.sh')).toMatchObject({ mode: '100755', type: 'blob' });
  });

  it.each(['../up', '/root', '.git/hooks/x', 'a//b', './a'])('takes no tree with the path %s', async (path) => {
    const tree = [{ path, mode: '100644' as const, type: 'blob' as const, content: '' }];
    expect(await statusOf(octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...at, tree }))).toBe(422);
  });

  it('makes a branch once, moves it forward, and removes it', async () => {
    const sha = await branch('fix', 'one\n');
    const make = octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: 'refs/heads/fix', sha: first });
    await expect(make).rejects.toMatchObject({ status: 422, response: { data: { message: 'Reference already exists' } } });
    const move = (to: string, force = false) =>
      statusOf(octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...at, ref: 'heads/fix', sha: to, force }));
    expect(await move(first)).toBe(422);
    expect(await move(first, true)).toBe(200);
    expect(await move(sha)).toBe(200);
    const remove = () => statusOf(octokit.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', { ...at, ref: 'heads/fix' }));
    expect([await remove(), await remove()]).toEqual([204, 422]);
    expect(await statusOf(octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: 'heads/fix' }))).toBe(404);
    expect(pushes.map(({ after }) => after)).toEqual([sha, first, sha, undefined]);
  });

  it.each(['refs/heads/--upload-pack=x', 'refs/heads/a..b', 'refs/tags/v1', 'refs/heads/x.lock', 'refs/heads/'])(
    'makes no branch of %s',
    async (ref) => {
      expect(await statusOf(octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref, sha: first }))).toBe(422);
    },
  );

  it('writes one file only over what was read of it', async () => {
    const put = (more: object) =>
      octokit.request('PUT /repos/{owner}/{repo}/contents/{path}', {
        ...at,
        path: 'src/quote.ts',
        message: 'Edit',
        content: Buffer.from('edited\n').toString('base64'),
        ...more,
      });
    expect(await statusOf(put({}))).toBe(422);
    expect(await statusOf(put({ sha: first }))).toBe(409);
    const entry = (await treeOf('main')).tree.find(({ path }) => path === 'src/quote.ts');
    expect(await statusOf(put({ sha: entry?.sha }))).toBe(200);
    expect(await fileAt('main', 'src/quote.ts')).toBe('edited\n');
  });
});

describe('pull requests', () => {
  it('are opened once for a branch, listed by it, closed and opened again', async () => {
    await branch('fix', 'one\n');
    const { data } = await pull('fix', { body: 'Why' });
    expect(data).toMatchObject({ number: 1, state: 'open', merged: false, mergeable: true, head: { ref: 'fix' }, base: { ref: 'main' } });
    await expect(pull('fix')).rejects.toMatchObject({
      status: 422,
      response: { data: { errors: [{ message: expect.stringMatching(/already exists for acme:fix/) }] } },
    });
    const list = async (more: object) =>
      (await octokit.request('GET /repos/{owner}/{repo}/pulls', { ...at, ...more })).data.map(({ number }) => number);
    expect([await list({ head: 'acme:fix' }), await list({ head: 'acme:other' }), await list({ state: 'closed' })]).toEqual([[1], [], []]);
    const set = (state: 'open' | 'closed') =>
      octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: 1, state });
    expect((await set('closed')).data).toMatchObject({ state: 'closed', closed_at: expect.any(String), merged_at: null });
    expect(await list({ head: 'acme:fix', state: 'all' })).toEqual([1]);
    expect((await set('open')).data.state).toBe('open');
  });

  it('need a branch, and something in it', async () => {
    expect(await statusOf(pull('ghost'))).toBe(422);
    await octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: 'refs/heads/empty', sha: first });
    await expect(pull('empty')).rejects.toMatchObject({
      response: { data: { errors: [{ message: 'No commits between main and empty' }] } },
    });
  });

  it('are merged by git, with the words given, and tell of it', async () => {
    const head = await branch('fix', 'one\n');
    await pull('fix');
    const { data } = await merge(1, { sha: head, merge_method: 'squash', commit_title: 'Title', commit_message: 'Text' });
    expect(await fileAt('main', 'src/quote.ts')).toBe('one\n');
    const made = await octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at, commit_sha: data.sha });
    expect(made.data).toMatchObject({ message: 'Title\n\nText', parents: [{ sha: first }] });
    const closed = await octokit.request('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'closed' });
    expect(closed.data).toMatchObject([{ merged_at: expect.any(String), merge_commit_sha: data.sha, head: { sha: head } }]);
    expect(pushes.at(-1)).toEqual({ branch: 'main', before: first, after: data.sha });
    expect(await statusOf(merge(1))).toBe(405);
  });

  it('are not merged when the head is another, or the two sides conflict', async () => {
    await branch('fix', 'one\n');
    await branch('other', 'two\n');
    await pull('fix');
    await pull('other');
    expect(await statusOf(merge(1, { sha: first }))).toBe(409);
    await merge(1);
    expect((await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: 2 })).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
    expect(await statusOf(merge(2))).toBe(405);
    expect(await fileAt('main', 'src/quote.ts')).toBe('one\n');
  });

  it('wait for the checks that are required, the newest of each name', async () => {
    octokit = await serve({ requiredChecks: ['test'] });
    const head = await branch('fix', 'one\n');
    await pull('fix');
    const report = (more: object) =>
      octokit.request('POST /repos/{owner}/{repo}/check-runs', { ...at, name: 'test', head_sha: head, ...more });
    expect(await statusOf(merge(1))).toBe(405);
    await report({ status: 'in_progress' });
    expect(await statusOf(merge(1))).toBe(405);
    await report({ conclusion: 'failure' });
    expect(await statusOf(merge(1))).toBe(405);
    await report({ conclusion: 'success' });
    const runs = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...at, ref: head });
    expect(runs.data.check_runs).toMatchObject([{ name: 'test', status: 'completed', conclusion: 'success' }]);
    expect(await statusOf(merge(1))).toBe(200);
  });
});

describe('issues', () => {
  it('share their numbers, labels and comments with pull requests', async () => {
    await branch('fix', 'one\n');
    await octokit.request('POST /repos/{owner}/{repo}/issues', { ...at, title: 'Slow', labels: ['a'] });
    const { data } = await pull('fix');
    expect(data.number).toBe(2);
    const label = (labels: string[]) =>
      octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { ...at, issue_number: 2, labels });
    await label(['b']);
    expect((await label(['b', 'c'])).data.map(({ name }) => name)).toEqual(['b', 'c']);
    const list = async (more: object) => (await octokit.request('GET /repos/{owner}/{repo}/issues', { ...at, ...more })).data;
    expect((await list({ labels: 'a' })).map(({ number }) => number)).toEqual([1]);
    expect((await list({})).map(({ number, pull_request: isPull }) => [number, isPull !== undefined])).toEqual([
      [2, true],
      [1, false],
    ]);
    await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...at, issue_number: 1, body: 'Seen' });
    expect((await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...at, issue_number: 1 })).data.comments).toBe(1);
    await octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', { ...at, issue_number: 1, state: 'closed' });
    expect((await list({ state: 'closed' })).map(({ number }) => number)).toEqual([1]);
  });
});

describe('whoever asks', () => {
  it('is journaled with every call that asks for a change, refused ones too', async () => {
    await branch('fix', 'one\n');
    await statusOf(pull('ghost'));
    expect(github.journal().map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      'POST /git/blobs 201',
      'POST /git/trees 201',
      'POST /git/commits 201',
      'POST /git/refs 201',
      'POST /pulls 422',
    ]);
  });

  it('writes nothing with a token that may only read', async () => {
    const reader = await serve({ mayWrite: false });
    expect((await reader.request('GET /repos/{owner}/{repo}', at)).data.permissions).toMatchObject({ push: false });
    expect(await statusOf(reader.request('POST /repos/{owner}/{repo}/issues', { ...at, title: 'Slow' }))).toBe(403);
    expect((await reader.request('GET /repos/{owner}/{repo}/issues', at)).data).toEqual([]);
  });
});
