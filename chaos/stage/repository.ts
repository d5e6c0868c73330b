/** The repository of one cluster's shop with its pipeline: what is pushed to its main branch is brought out in that cluster, as in any team. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { Octokit } from '@octokit/core';
import { z } from 'zod';
import { GitObjects } from '../sandbox/github/git-objects.ts';
import type { JournalEntry } from '../sandbox/github/github.ts';
import { startGithub } from '../sandbox/github/github.ts';
import { createPipeline } from '../sandbox/github/pipeline.ts';
import type { ShopStack } from '../shop/stack.ts';

const run = promisify(execFile);
const name = 'acme/shop';
const place = { owner: 'acme', repo: 'shop' };
const branch = 'main';
/** Long before anything an experiment does. */
const firstCommitDaysAgo = 30;
const dayMs = 86_400_000;

export interface Author {
  name: string;
  email: string;
}

export interface NewPush {
  message: string;
  author?: Author | undefined;
  /** Text by path. */
  files: Readonly<Record<string, string>>;
}

export interface ClusterRepository {
  /** `owner/name` */
  name: string;
  /** Base URL of GitHub's API. */
  url: string;
  /** Of the main branch. */
  read(path: string): Promise<string>;
  /** One commit on the main branch; resolves when it is there, before its pipeline has run. The commit's id. */
  push(change: NewPush): Promise<string>;
  /** Every call that asked GitHub for a change. */
  journal(): JournalEntry[];
  stop(): Promise<void>;
}

export interface RepositoryOptions {
  /** A folder of its own. */
  dir: string;
  stack: ShopStack;
  /** With the credentials of the pipeline. */
  ecs: ECSClient;
}

/** Where the task definition of a service lies, for the pipeline to find. */
export function deployFileOf(service: string): string {
  return `deploy/${service}.json`;
}

export async function startRepository({ dir, stack, ecs }: RepositoryOptions): Promise<ClusterRepository> {
  const gitDir = join(dir, `${stack.cluster}.git`);
  await mkdir(dir, { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch', branch, gitDir]);
  await commitFirst(new GitObjects(gitDir), stack);
  let url = '';
  const onPush = createPipeline({ gitDir, repository: name, githubUrl: () => url, ecs, cluster: stack.cluster });
  const github = await startGithub({ gitDir, repository: name, onPush });
  url = github.url;
  const octokit = new Octokit({ baseUrl: url });
  return {
    name,
    url,
    read: (path) => readFile(octokit, path),
    push: (change) => push(octokit, change),
    journal: github.journal,
    stop: github.stop,
  };
}

/** What the agent is told of it. */
export function repositorySettings({ url }: Pick<ClusterRepository, 'url'>): Record<string, string> {
  const paths = ['services/{service}', deployFileOf('{service}')];
  return {
    KINTSUGI_EVIDENCE_GITHUB_URL: url,
    KINTSUGI_EVIDENCE_GITHUB_SERVICES: JSON.stringify({ '*': { repository: name, paths } }),
  };
}

/** The task definitions as they were brought out before; the first commit of a branch reaches no pipeline. */
async function commitFirst(objects: GitObjects, stack: ShopStack): Promise<void> {
  const files = stack.services.map(({ serviceName }) => {
    const definition = stack.taskDefinitions.find(({ family }) => family === `${stack.cluster}-${serviceName}`);
    if (!definition) throw new Error(`the stack of ${stack.cluster} has no task definition for ${serviceName}`);
    return { path: deployFileOf(serviceName), text: fileOf(definition) };
  });
  const changes = [];
  for (const { path, text } of files) changes.push({ path, mode: '100644', sha: await objects.writeBlob(Buffer.from(text)) });
  const tree = await objects.writeTree(undefined, changes);
  const date = new Date(Date.now() - firstCommitDaysAgo * dayMs).toISOString();
  const author = { name: 'Mika Aho', email: 'mika@acme.example', date };
  const commit = await objects.writeCommit({ message: 'Task definitions of all services', tree, parents: [], author });
  await objects.moveBranch(branch, undefined, commit);
}

/** As people keep JSON in a repository: a diff shows the line that changed. */
export function fileOf(definition: object): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}

const Content = z.object({ content: z.string() });
const Reference = z.object({ object: z.object({ sha: z.string() }) });
const Made = z.object({ sha: z.string() });

async function readFile(octokit: Octokit, path: string): Promise<string> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...place, path });
  return Buffer.from(Content.parse(data).content, 'base64').toString('utf8');
}

async function push(octokit: Octokit, { message, author, files }: NewPush): Promise<string> {
  const head = Reference.parse(
    (await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...place, ref: `heads/${branch}` })).data,
  );
  const parent = head.object.sha;
  const tree = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }) as const);
  const made = Made.parse((await octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...place, base_tree: parent, tree })).data);
  const commit = Made.parse(
    (
      await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
        ...place,
        message,
        tree: made.sha,
        parents: [parent],
        ...(author && { author }),
      })
    ).data,
  );
  await octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...place, ref: `heads/${branch}`, sha: commit.sha });
  return commit.sha;
}
