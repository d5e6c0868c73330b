/**
 * A small GitHub for tests: repository, commits, compare, deployments and pull requests over real HTTP, with weak ETags, `If-None-Match`, rate
 * limit headers (a 304 is free), paging by `Link`, and errors as GitHub words them. Not imitated: history as a graph (commits are one line,
 * newest first), diffs (a file carries its patch), branches, search, GraphQL, webhooks, apps, redirects of renamed repositories.
 */
import { createHash } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';

export interface CommitDouble {
  sha: string;
  at: string;
  message: string;
  files?: { filename: string; patch?: string }[];
}
export interface DeploymentDouble {
  id: number;
  sha: string;
  at: string;
  environment?: string;
  description?: string;
  /** Newest status; none when left out. */
  state?: string;
}
export interface PullDouble {
  number: number;
  title: string;
  sha: string;
  mergedAt: string | null;
}

export interface GithubDouble {
  listener: RequestListener;
  /** Paths asked for, with their query, oldest first. */
  asked: string[];
  /** Answers that counted against the limit. */
  counted(): number;
}

export interface GithubDoubleOptions {
  repository?: string;
  /** Newest first. */
  commits?: CommitDouble[];
  deployments?: DeploymentDouble[];
  pulls?: PullDouble[];
  token?: string;
  /** Requests allowed until `resetAt`, Unix seconds. */
  limit?: number;
  resetAt?: number;
  /** Refusals by the end of the path. */
  refuse?: Record<string, { status: number; message: string; headers?: Record<string, string>; documentation?: string }>;
}

const docs = 'https://docs.github.com/rest';

export function createGithubDouble(options: GithubDoubleOptions = {}): GithubDouble {
  const { repository = 'acme/shop', commits = [], deployments = [], pulls = [], limit = 5_000, resetAt = 1_795_000_000 } = options;
  const asked: string[] = [];
  let used = 0;

  function answer(path: string, query: URLSearchParams): unknown {
    if (path === '') return { name: repository.split('/')[1], full_name: repository, default_branch: 'main' };
    if (path === '/commits') {
      const [since, until] = [query.get('since'), query.get('until')].map((time) => (time === null ? Number.NaN : Date.parse(time)));
      return commits.filter(({ at }) => !(Date.parse(at) < (since ?? Number.NaN)) && !(Date.parse(at) > (until ?? Number.NaN))).map(brief);
    }
    const commit = commits.find(({ sha }) => path === `/commits/${sha}`);
    if (commit !== undefined) return { ...brief(commit), files: filesOf(commit) };
    if (path.startsWith('/compare/')) return compare(decodeURIComponent(path.slice('/compare/'.length)));
    if (path === '/deployments') {
      const environment = query.get('environment');
      return deployments
        .filter((one) => environment === null || one.environment === environment)
        .map(({ id, sha, at, environment: where = 'production', description = null }) => ({
          id,
          sha,
          ref: 'main',
          environment: where,
          description,
          created_at: at,
        }));
    }
    const deployment = deployments.find(({ id }) => path === `/deployments/${id}/statuses`);
    if (deployment !== undefined) {
      const { state, at, id } = deployment;
      return state === undefined ? [] : [{ state, created_at: at, log_url: `https://ci.example/${id}` }];
    }
    if (path === '/pulls')
      return pulls.map(({ number, title, sha, mergedAt }) => ({ number, title, merged_at: mergedAt, merge_commit_sha: sha }));
    return undefined;
  }

  function compare(basehead: string): unknown {
    const [base, head] = basehead.split('...').map((sha) => commits.findIndex((one) => one.sha === sha));
    if (base === undefined || head === undefined || base < 0 || head < 0) return undefined;
    const between = commits.slice(head, base).toReversed();
    return { status: 'ahead', total_commits: between.length, commits: between.map(brief), files: between.flatMap(filesOf) };
  }

  function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    const text = JSON.stringify(body);
    const limits = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-reset': String(resetAt),
      'x-ratelimit-resource': 'core',
    };
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers })
      .end(status === 304 ? undefined : text);
  }

  return {
    asked,
    counted: () => used,
    listener(request, response) {
      const url = new URL(request.url ?? '/', 'http://localhost');
      asked.push(`${url.pathname}${url.search}`);
      const root = `/repos/${repository}`;
      if (options.token !== undefined && request.headers.authorization !== `token ${options.token}`) {
        send(response, 401, { message: 'Bad credentials', documentation_url: docs });
        return;
      }
      if (used >= limit) {
        send(response, 403, { message: 'API rate limit exceeded for user ID 1.', documentation_url: `${docs}/rate-limits` });
        return;
      }
      const path = url.pathname.startsWith(root) ? url.pathname.slice(root.length) : undefined;
      const refusal = Object.entries(options.refuse ?? {}).find(([end]) => url.pathname.endsWith(end))?.[1];
      if (refusal !== undefined) {
        used += 1;
        send(response, refusal.status, { message: refusal.message, documentation_url: refusal.documentation ?? docs }, refusal.headers);
        return;
      }
      const body = path === undefined ? undefined : answer(path, url.searchParams);
      if (body === undefined) {
        used += 1;
        send(response, 404, { message: 'Not Found', documentation_url: docs, status: '404' });
        return;
      }
      const { page, link } = pageOf(body, url);
      const etag = `W/"${createHash('sha256').update(JSON.stringify(page)).digest('hex')}"`;
      const isKnown = request.headers['if-none-match'] === etag;
      if (!isKnown) used += 1;
      send(response, isKnown ? 304 : 200, page, { etag, ...(link !== '' && { link }) });
    },
  };
}

function brief({ sha, at, message }: CommitDouble): object {
  return { sha, html_url: `https://github.example/commit/${sha}`, commit: { message, committer: { name: 'dev', date: at } } };
}

function filesOf({ files = [] }: CommitDouble): object[] {
  return files.map((file) => ({ status: 'modified', ...file }));
}

function pageOf(body: unknown, url: URL): { page: unknown; link: string } {
  if (!Array.isArray(body)) return { page: body, link: '' };
  const size = Number(url.searchParams.get('per_page') ?? 30);
  const number = Number(url.searchParams.get('page') ?? 1);
  const page = body.slice((number - 1) * size, number * size);
  if (number * size >= body.length) return { page, link: '' };
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  return { page, link: `<${next.href}>; rel="next"` };
}
