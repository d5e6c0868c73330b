import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Github, startGithub } from './github.ts';

const run = promisify(execFile);
let folder: string;
let gitDir: string;
let github: Github;
let octokit: Octokit;
const shas: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-github-'));
  const work = join(folder, 'work');
  gitDir = join(folder, 'shop.git');
  const git = async (...args: string[]) => {
    const date = `2026-11-2${shas.length}T09:00:00Z`;
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_CONFIG_NOSYSTEM: '1', HOME: folder };
    const who = ['-c', 'user.name=dev', '-c', 'user.email=dev@shop.example', '-c', 'commit.gpgsign=false'];
    return (await run('git', [...who, '-C', work, ...args], { env })).stdout.trim();
  };
  const commit = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--allow-empty', '--quiet', '-m', message);
    shas.push(await git('rev-parse', 'HEAD'));
  };
  await run('git', ['init', '--quiet', '--initial-branch', 'main', work]);
  await writeFile(join(work, 'quote.ts'), 'const timeout = 2000;\nask(timeout);\n');
  await commit('Begin');
  await writeFile(join(work, 'quote.ts'), 'const timeout = 20;\nask(timeout);\n');
  await writeFile(join(work, 'logo.bin'), Buffer.from([0, 1, 2, 0, 255]));
  await commit('Ask faster\n\nIt is only a number.');
  await git('mv', 'quote.ts', 'quötes and "more".ts');
  await commit('Rename');
  await run('git', ['clone', '--quiet', '--bare', work, gitDir]);
  github = await startGithub({ gitDir, repository: 'acme/shop' });
  octokit = new Octokit({ baseUrl: github.url });
});
afterAll(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

const at = { owner: 'acme', repo: 'shop' };
const statusOf = (call: Promise<{ status: number }>) =>
  call.then(
    ({ status }) => status,
    (error: { status: number }) => error.status,
  );

describe('GitHub over a git repository', () => {
  it('knows the repository and its default branch', async () => {
    expect((await octokit.request('GET /repos/{owner}/{repo}', at)).data).toMatchObject({ full_name: 'acme/shop', default_branch: 'main' });
  });

  it('lists commits newest first, within a time and of a path', async () => {
    const list = async (more: object = {}) =>
      (await octokit.request('GET /repos/{owner}/{repo}/commits', { ...at, ...more })).data.map(({ sha }) => sha);
    expect(await list()).toEqual(shas.toReversed());
    expect(await list({ since: '2026-11-21T00:00:00Z', until: '2026-11-21T23:00:00Z' })).toEqual([shas[1]]);
    expect(await list({ path: 'logo.bin' })).toEqual([shas[1]]);
    expect(await list({ sha: shas[0] })).toEqual([shas[0]]);
  });

  it('pages by links', async () => {
    const first = await octokit.request('GET /repos/{owner}/{repo}/commits', { ...at, per_page: 2 });
    expect(first.data).toHaveLength(2);
    expect(first.headers.link).toMatch(/page=2.*rel="next"/);
    const second = await octokit.request('GET /repos/{owner}/{repo}/commits', { ...at, per_page: 2, page: 2 });
    expect([second.data.length, second.headers.link]).toEqual([1, undefined]);
  });

  it('shows what a commit changed', async () => {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...at, ref: shas[1] ?? '' });
    expect(data.commit).toMatchObject({ message: 'Ask faster\n\nIt is only a number.', committer: { date: '2026-11-21T09:00:00Z' } });
    expect(data.files).toEqual([
      { sha: expect.stringMatching(/^[0-9a-f]{40}$/), filename: 'logo.bin', status: 'added', additions: 0, deletions: 0, changes: 0 },
      {
        sha: expect.stringMatching(/^[0-9a-f]{40}$/),
        filename: 'quote.ts',
        status: 'modified',
        additions: 1,
        deletions: 1,
        changes: 2,
        patch: '@@ -1,2 +1,2 @@\n-const timeout = 2000;\n+const timeout = 20;\n ask(timeout);',
      },
    ]);
    const first = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...at, ref: shas[0] ?? '' });
    expect(first.data.files).toMatchObject([{ filename: 'quote.ts', status: 'added' }]);
  });

  it('compares two commits, renamed files included', async () => {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...at, basehead: `${shas[0]}...main` });
    expect(data).toMatchObject({ status: 'ahead', total_commits: 2, behind_by: 0 });
    expect(data.commits.map(({ sha }) => sha)).toEqual(shas.slice(1));
    const renamed = await octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...at, basehead: `${shas[1]}...main` });
    expect(renamed.data.files).toEqual([
      {
        sha: expect.stringMatching(/^[0-9a-f]{40}$/),
        filename: 'quötes and "more".ts',
        status: 'renamed',
        previous_filename: 'quote.ts',
        additions: 0,
        deletions: 0,
        changes: 0,
      },
    ]);
  });

  it('keeps deployments and their statuses', async () => {
    const { data } = await octokit.request('POST /repos/{owner}/{repo}/deployments', { ...at, ref: 'main', environment: 'production' });
    const id = (data as { id: number }).id;
    await octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      ...at,
      deployment_id: id,
      state: 'success',
    });
    const list = await octokit.request('GET /repos/{owner}/{repo}/deployments', at);
    expect(list.data).toMatchObject([{ id, sha: shas[2], environment: 'production' }]);
    const statuses = await octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', { ...at, deployment_id: id });
    expect(statuses.data).toMatchObject([{ state: 'success' }]);
  });

  it('answers a known answer with 304, which is free', async () => {
    const { headers } = await octokit.request('GET /repos/{owner}/{repo}', at);
    const before = github.remaining();
    const again = octokit.request('GET /repos/{owner}/{repo}', { ...at, headers: { 'if-none-match': headers.etag } });
    expect(await statusOf(again)).toBe(304);
    expect(github.remaining()).toBe(before);
  });

  it('refuses as GitHub does, and takes no name for an option of git', async () => {
    const commit = (ref: string) => statusOf(octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...at, ref }));
    expect(await commit('f'.repeat(40))).toBe(422);
    expect(await commit('--output=x')).toBe(422);
    expect(await commit('main..HEAD')).toBe(422);
    expect(await statusOf(octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...at, basehead: 'main...ghost' }))).toBe(404);
    expect(await statusOf(octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'ghost' }))).toBe(404);
    expect(await statusOf(octokit.request('POST /repos/{owner}/{repo}/deployments', { ...at, ref: 'ghost' }))).toBe(422);
  });

  it('has a limit, and says when it is free again', async () => {
    const limited = await startGithub({ gitDir, repository: 'acme/shop', limit: 1, token: 'right' });
    const ask = (auth: string) => new Octokit({ baseUrl: limited.url, auth }).request('GET /repos/{owner}/{repo}', at);
    await ask('right');
    await expect(ask('right')).rejects.toMatchObject({ status: 403, response: { headers: { 'x-ratelimit-remaining': '0' } } });
    await limited.stop();
    const open = await startGithub({ gitDir, repository: 'acme/shop', token: 'right' });
    const wrong = new Octokit({ baseUrl: open.url, auth: 'wrong' }).request('GET /repos/{owner}/{repo}', at);
    expect(await statusOf(wrong)).toBe(401);
    await open.stop();
  });
});
