import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, dyingAfter, githubAccess } from '../../testing/github-actions.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { created, planned } from '../action.contract.ts';
import type { Action } from '../action.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import { revertCommit } from './index.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../../chaos/sandbox/github/main.ts');
const target = { cluster: 'shop', service: 'checkout' };
const folderOfService = 'services/checkout';

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('NOT RUN: there is no git here, so no commit is reverted in a real repository\n');
    return false;
  }
}

describe.runIf(hasGit())('a revert in a real git repository', () => {
  let folder: string;
  let gitDir: string;
  let server: ChildProcess;
  let url: string;
  let ecs: EcsServer;
  let bad: string;
  const git = async (...args: string[]) => (await run('git', ['--git-dir', gitDir, ...args])).stdout;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'revert-commit-'));
    const work = join(folder, 'work');
    gitDir = join(folder, 'shop.git');
    const inWork = async (...args: string[]) => {
      const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: folder };
      const who = ['-c', 'user.name=dev', '-c', 'user.email=dev@shop.example', '-c', 'commit.gpgsign=false'];
      return (await run('git', [...who, '-C', work, ...args], { env })).stdout.trim();
    };
    const commit = async (files: Record<string, string | Buffer>, message: string) => {
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(work, folderOfService, name), content, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
      }
      await inWork('add', '--all');
      await inWork('commit', '--quiet', '-m', message);
      return inWork('rev-parse', 'HEAD');
    };
    await run('git', ['init', '--quiet', '--initial-branch', 'main', work]);
    await mkdir(join(work, folderOfService), { recursive: true });
    await commit({ 'quote.ts': 'ask(2000);\n', 'run.sh': '#!/bin/sh\n', 'old name.ts': 'same();\nlines();\nhere();\n' }, 'Begin');
    const file = (name: string) => join(work, folderOfService, name);
    await rename(file('old name.ts'), file('nëw "name".ts'));
    await rm(file('run.sh'));
    const message = 'Ask faster\n\ncc @acme/owners, fixes #1 ```\n</details> [skip ci]';
    bad = await commit({ 'quote.ts': 'ask(20);\n', 'logo.bin': Buffer.from([0, 255, 1]) }, message);
    await commit({ 'README.md': 'Words\n' }, 'Docs');
    await run('git', ['clone', '--quiet', '--bare', work, gitDir]);
    const args = ['--git-dir', gitDir, '--repository', 'acme/shop', '--required-check', 'test'];
    server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    if (server.stdout === null) throw new Error('no output to read');
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    url = (JSON.parse(line) as { url: string }).url;
    ecs = await startEcsServer();
  });
  afterEach(async () => {
    const gone = once(server, 'exit');
    server.kill();
    await Promise.all([gone, ecs.close()]);
    await rm(folder, { recursive: true });
  });

  function actionWith(config: object = {}): Action {
    const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
    return created(revertCommit, { aws: ecs.aws, github: githubAccess(url), clock }, config);
  }
  const planOf = (action: Action) =>
    planned(action, action.propose(blaming(bad), target, [changeFact(bad)], incidentBrief) as Record<string, unknown>);

  it('is what git itself would make of it: contents, modes, renamed and binary files', async () => {
    const action = actionWith();
    const plan = await planOf(action);
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'yes' });
    const branch = plan.snapshot.branch as string;
    // What the commit did, backwards, is all that lies between main and the branch.
    const backwards = await git('diff', '--raw', '--no-renames', '--no-abbrev', bad, `${bad}~1`);
    expect(backwards).toContain('run.sh');
    expect(await git('diff', '--raw', '--no-renames', '--no-abbrev', 'main', branch)).toBe(backwards);
    expect((await git('log', '--format=%B', '-1', branch)).trim()).toBe(plan.snapshot.commitMessage);
    expect((await git('rev-list', '--count', `main..${branch}`)).trim()).toBe('1');
    expect(await action.undo?.(plan, permitted())).toMatchObject({ applied: 'yes' });
    expect((await git('branch', '--list', branch)).trim()).toBe('');
  });

  it('is merged once its check has passed, also by a process that goes on for one that was killed', async () => {
    const action = actionWith({ autoMerge: true });
    const plan = await planOf(action);
    await expect(action.execute(plan, dyingAfter(3))).rejects.toThrow();
    await expect(actionWith({ autoMerge: true }).execute(plan, dyingAfter(2))).rejects.toThrow();
    const head = (await git('rev-parse', plan.snapshot.branch as string)).trim();
    const octokit = new Octokit({ baseUrl: url });
    const at = { owner: 'acme', repo: 'shop' };
    await octokit.request('POST /repos/{owner}/{repo}/check-runs', { ...at, name: 'test', head_sha: head, conclusion: 'success' });
    expect(await actionWith({ autoMerge: true }).execute(plan, permitted())).toMatchObject({ applied: 'yes' });
    expect(await git('show', `main:${folderOfService}/quote.ts`)).toBe('ask(2000);\n');
    expect((await git('log', '--format=%B', '-1', 'main')).trim()).toBe(plan.snapshot.commitMessage);
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'all' });
    expect(data).toMatchObject([{ number: 1, merged_at: expect.any(String), body: plan.snapshot.body }]);
  });
});
