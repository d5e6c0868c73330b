/**
 * GitHub's REST API over one bare git repository, as far as it is read: repository, commits, compare, branches; deployments and their statuses
 * as they were reported to it. On loopback only; conditional requests and rate limits as GitHub has them.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { type CommitRead, type FileRead, GitRepository } from './git.ts';

export interface GithubOptions {
  /** The bare repository. */
  gitDir: string;
  /** `owner/name` */
  repository: string;
  port?: number;
  /** When set, every request must bring it. */
  token?: string;
  /** Requests an hour. */
  limit?: number;
  now?: () => number;
}

export interface Github {
  /** Base URL of the API. */
  readonly url: string;
  /** Requests left in this hour. */
  remaining(): number;
  stop(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const documentation = 'https://docs.github.com/rest';
const hourMs = 3_600_000;
const mostFiles = 300;
const deploymentInput = z.object({
  ref: z.string(),
  environment: z.string().default('production'),
  description: z.string().nullable().default(null),
});
const statusInput = z.object({
  state: z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']),
  log_url: z.string().default(''),
});
interface Deployment extends z.infer<typeof deploymentInput> {
  id: number;
  sha: string;
  created_at: string;
  statuses: object[];
}

export async function startGithub(options: GithubOptions): Promise<Github> {
  const { repository, token, limit = 5_000, now = Date.now } = options;
  const git = new GitRepository(options.gitDir);
  const deployments: Deployment[] = [];
  let used = 0;
  let resetAt = now() + hourMs;
  const time = () => new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');

  async function resolved(name: string, status: 404 | 422, message: string): Promise<string> {
    const sha = await git.resolve(name);
    if (sha === undefined) throw new Refusal(status, message);
    return sha;
  }

  async function read(path: string, query: URLSearchParams, page: Page): Promise<unknown> {
    const [kind = '', name = '', part] = path.split('/').slice(1).map(decodeURIComponent);
    if (path === '')
      return { name: repository.split('/')[1], full_name: repository, default_branch: await git.defaultBranch(), private: true };
    if (path === '/commits') {
      const head = query.get('sha') ?? (await git.defaultBranch());
      const [since, until, inPath] = ['since', 'until', 'path'].map((key) => query.get(key) ?? undefined);
      // One more than asked for tells whether there is a further page.
      const window = { ...(since && { since }), ...(until && { until }), ...(inPath && { path: inPath }) };
      const range = await resolved(head, 404, 'Not Found');
      return (await git.log(range, { ...window, skip: (page.number - 1) * page.size, count: page.size + 1 })).map((commit) =>
        brief(repository, commit),
      );
    }
    if (kind === 'commits' && part === undefined) {
      const [commit] = await git.log(await resolved(name, 422, `No commit found for SHA: ${name}`), { count: 1 });
      if (commit === undefined) throw new Refusal(404, 'Not Found');
      return { ...brief(repository, commit), files: files(await git.diff(commit.parents[0], commit.sha)) };
    }
    if (kind === 'compare') return compare(name);
    if (kind === 'branches' && name !== '') return { name, commit: { sha: await resolved(name, 404, 'Branch not found') } };
    if (path === '/deployments') {
      const wanted = query.get('environment');
      return deployments
        .filter(({ environment }) => wanted === null || environment === wanted)
        .map(({ statuses: _, ...deployment }) => deployment);
    }
    if (kind === 'deployments' && part === 'statuses') return deploymentNamed(name).statuses;
    // No pull request was ever opened here.
    if (path === '/pulls') return [];
    throw new Refusal(404, 'Not Found');
  }

  async function compare(basehead: string): Promise<object> {
    const [base, head, more] = basehead.split('...');
    if (base === undefined || head === undefined || more !== undefined) throw new Refusal(404, 'Not Found');
    const [from, to] = [await resolved(base, 404, 'Not Found'), await resolved(head, 404, 'Not Found')];
    const mergeBase = await git.mergeBase(from, to);
    if (mergeBase === undefined) throw new Refusal(404, 'No common ancestor');
    const [ahead, behind] = [await git.log(`${mergeBase}..${to}`), await git.log(`${mergeBase}..${from}`)];
    const status = ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
    return {
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      merge_base_commit: { sha: mergeBase },
      commits: ahead.toReversed().map((commit) => brief(repository, commit)),
      files: files(await git.diff(mergeBase, to)),
    };
  }

  function deploymentNamed(id: string): Deployment {
    const found = deployments.find((one) => String(one.id) === id);
    if (found === undefined) throw new Refusal(404, 'Not Found');
    return found;
  }

  async function write(path: string, body: unknown): Promise<object> {
    const [kind, id, part] = path.split('/').slice(1);
    if (path === '/deployments') {
      const input = parsed(deploymentInput, body);
      const sha = await resolved(input.ref, 422, `No ref found for: ${input.ref}`);
      const deployment = { id: deployments.length + 1, sha, ...input, created_at: time(), statuses: [] };
      deployments.unshift(deployment);
      return deployment;
    }
    if (kind === 'deployments' && id !== undefined && part === 'statuses') {
      const status = { ...parsed(statusInput, body), created_at: time() };
      deploymentNamed(id).statuses.unshift(status);
      return status;
    }
    throw new Refusal(404, 'Not Found');
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const root = `/repos/${repository}`;
    if (token !== undefined && !/^(?:token|bearer) /i.test(request.headers.authorization ?? '')) throw new Refusal(404, 'Not Found');
    if (token !== undefined && request.headers.authorization?.split(' ')[1] !== token) throw new Refusal(401, 'Bad credentials');
    if (url.pathname !== root && !url.pathname.startsWith(`${root}/`)) throw new Refusal(404, 'Not Found');
    const path = url.pathname.slice(root.length);
    if (request.method === 'POST') {
      used += 1;
      send(response, 201, await write(path, await json(request)));
      return;
    }
    if (request.method !== 'GET') throw new Refusal(404, 'Not Found');
    const page = pageOf(url);
    const whole = await read(path, url.searchParams, page);
    const { body, link } = cut(whole, page, url, path === '/commits');
    const etag = `W/"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
    const isKnown = request.headers['if-none-match'] === etag;
    if (!isKnown) used += 1;
    send(response, isKnown ? 304 : 200, body, { etag, ...(link && { link }) });
  }

  function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    const limits = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1_000)),
      'x-ratelimit-resource': 'core',
    };
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers });
    response.end(status === 304 ? undefined : JSON.stringify(body));
  }

  const server = createServer((request, response) => {
    if (now() >= resetAt) {
      used = 0;
      resetAt = now() + hourMs;
    }
    const work = used < limit ? answer(request, response) : Promise.reject(new Refusal(403, 'API rate limit exceeded for user ID 1.'));
    work.catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500;
      used += status === 403 ? 0 : 1;
      const message = error instanceof Error ? error.message : 'sandbox';
      send(response, status, { message, documentation_url: documentation, status: String(status) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    remaining: () => Math.max(0, limit - used),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const input = schema.safeParse(body);
  if (!input.success) throw new Refusal(422, `Validation Failed: ${input.error.issues[0]?.path.join('.') ?? ''}`);
  return input.data;
}

interface Page {
  number: number;
  size: number;
}

function pageOf(url: URL): Page {
  const number = Number(url.searchParams.get('page') ?? 1);
  const size = Number(url.searchParams.get('per_page') ?? 30);
  return { number: number >= 1 ? Math.floor(number) : 1, size: Math.min(100, size >= 1 ? Math.floor(size) : 30) };
}

/** Commits come from git as one page and one more; other lists come whole. */
function cut(body: unknown, { number, size }: Page, url: URL, isOnePage: boolean): { body: unknown; link: string } {
  if (!Array.isArray(body)) return { body, link: '' };
  const rest = isOnePage ? body : body.slice((number - 1) * size);
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  return { body: rest.slice(0, size), link: rest.length > size ? `<${next.href}>; rel="next"` : '' };
}

function brief(repository: string, { sha, tree, parents, author, committer, message }: CommitRead): object {
  return {
    sha,
    html_url: `https://github.com/${repository}/commit/${sha}`,
    commit: { author, committer, message, tree: { sha: tree } },
    parents: parents.map((parent) => ({ sha: parent })),
  };
}

function files(read: readonly FileRead[]): object[] {
  return read.slice(0, mostFiles).map(({ filename, previous, status, additions, deletions, patch }) => ({
    filename,
    status,
    additions,
    deletions,
    changes: additions + deletions,
    ...(previous !== '' && { previous_filename: previous }),
    ...(patch !== undefined && { patch }),
  }));
}
