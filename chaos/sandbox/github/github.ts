/**
 * GitHub's REST API over one bare git repository: what is read and what is written of commits, branches, pull requests, checks, issues and
 * deployments. On loopback only; conditional requests, rate limits and refusals as GitHub has them. Every call that changes something is journaled.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CheckBook, checkRoutes } from './checks.ts';
import { deploymentRoutes } from './deployments.ts';
import { GitRepository } from './git.ts';
import { gitDataRoutes } from './git-data.ts';
import { GitObjects } from './git-objects.ts';
import { IssueBook, issueRoutes } from './issues.ts';
import { pullRoutes } from './pulls.ts';
import { readRoutes } from './reads.ts';
import { notFound, type Page, type Place, Refusal, routeOf } from './route.ts';

export interface Push {
  branch: string;
  /** Commit; undefined when the branch was made by this. */
  before: string | undefined;
  /** Commit; undefined when the branch is gone. */
  after: string | undefined;
}

export interface GithubOptions {
  /** The bare repository. */
  gitDir: string;
  /** `owner/name` */
  repository: string;
  port?: number;
  /** When set, every request must bring it. */
  token?: string;
  /** Whose token it is. */
  login?: string;
  /** Whether the token may write. */
  mayWrite?: boolean;
  /** Checks that must have passed before anything is merged. */
  requiredChecks?: readonly string[];
  /** Requests an hour. */
  limit?: number;
  now?: () => number;
  /** Whatever runs when a branch moves: a pipeline. The call that moved it is answered first. */
  onPush?: (push: Push) => Promise<void>;
}

export interface JournalEntry {
  /** ISO 8601 */
  at: string;
  method: string;
  /** Below the repository. */
  path: string;
  body: unknown;
  status: number;
}

export interface Github {
  /** Base URL of the API. */
  readonly url: string;
  /** Requests left in this hour. */
  remaining(): number;
  /** Every call that asked for a change, the refused ones too, oldest first. */
  journal(): JournalEntry[];
  stop(): Promise<void>;
}

const documentation = 'https://docs.github.com/rest';
const hourMs = 3_600_000;

export async function startGithub(options: GithubOptions): Promise<Github> {
  const { repository, token, login = 'kintsugi-bot', mayWrite = true, limit = 5_000, now = Date.now } = options;
  const git = new GitRepository(options.gitDir);
  const runs = new Set<Promise<void>>();
  const place: Place = {
    repository,
    git,
    objects: new GitObjects(options.gitDir),
    login,
    time: () => new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    pushed: (branch, before, after) => {
      // What a pipeline makes of a push is its own affair: GitHub does not wait for it.
      const run = (options.onPush?.({ branch, before, after }) ?? Promise.resolve()).catch((error: unknown) => {
        process.stderr.write(`sandbox-github: the pipeline failed: ${error instanceof Error ? error.message : String(error)}\n`);
      });
      runs.add(run);
      void run.finally(() => runs.delete(run));
      return Promise.resolve();
    },
  };
  const issues = new IssueBook(place);
  const checks = new CheckBook(options.requiredChecks ?? []);
  const routes = [
    ...readRoutes(place, { admin: false, push: mayWrite, pull: true }),
    ...gitDataRoutes(place),
    ...pullRoutes(place, issues, checks),
    ...issueRoutes(place, issues),
    ...checkRoutes(place, checks),
    ...deploymentRoutes(place),
  ];
  const journal: JournalEntry[] = [];
  let used = 0;
  let resetAt = now() + hourMs;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const path = pathBelow(repository, url, request, token);
    const found = routeOf(routes, method, path);
    const body = method === 'GET' ? undefined : await json(request).catch(() => ({}));
    const page = pageOf(url);
    const entry = { at: place.time(), method, path, body, status: 500 };
    if (method !== 'GET') journal.push(entry);
    try {
      if (found === undefined) throw notFound();
      if (method !== 'GET' && !mayWrite) throw new Refusal(403, 'Resource not accessible by personal access token');
      const told = await found.route.answer({ part: found.part, query: url.searchParams, body, page });
      entry.status = told.status ?? (method === 'POST' ? 201 : 200);
      if (method !== 'GET') {
        used += 1;
        send(response, entry.status, told.body);
        return;
      }
      const { shown, link } = cut(told.body, page, url, told.isOnePage === true);
      const etag = `W/"${createHash('sha256')
        .update(JSON.stringify(shown) ?? '')
        .digest('hex')}"`;
      const isKnown = request.headers['if-none-match'] === etag;
      if (!isKnown) used += 1;
      send(response, isKnown ? 304 : entry.status, shown, { etag, ...(link && { link }) });
    } catch (error) {
      entry.status = error instanceof Refusal ? error.status : 500;
      throw error;
    }
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
    response.end(status === 204 || status === 304 ? undefined : JSON.stringify(body));
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
      const errors = error instanceof Refusal && error.errors.length > 0 ? { errors: error.errors } : {};
      send(response, status, { message, ...errors, documentation_url: documentation, status: String(status) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    remaining: () => Math.max(0, limit - used),
    journal: () => [...journal],
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(runs);
    },
  };
}

/** The path below the repository, for whoever may see it. GitHub hides what one may not. */
function pathBelow(repository: string, url: URL, request: IncomingMessage, token: string | undefined): string {
  const root = `/repos/${repository}`;
  const { authorization = '' } = request.headers;
  if (token !== undefined && !/^(?:token|bearer) /i.test(authorization)) throw notFound();
  if (token !== undefined && authorization.split(' ')[1] !== token) throw new Refusal(401, 'Bad credentials');
  if (url.pathname !== root && !url.pathname.startsWith(`${root}/`)) throw notFound();
  return url.pathname.slice(root.length);
}

function pageOf(url: URL): Page {
  const number = Number(url.searchParams.get('page') ?? 1);
  const size = Number(url.searchParams.get('per_page') ?? 30);
  return { number: number >= 1 ? Math.floor(number) : 1, size: Math.min(100, size >= 1 ? Math.floor(size) : 30) };
}

/** Lists come whole, unless they are one page and one entry already. */
function cut(body: unknown, { number, size }: Page, url: URL, isOnePage: boolean): { shown: unknown; link: string } {
  if (!Array.isArray(body)) return { shown: body, link: '' };
  const rest = isOnePage ? body : body.slice((number - 1) * size);
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  return { shown: rest.slice(0, size), link: rest.length > size ? `<${next.href}>; rel="next"` : '' };
}
