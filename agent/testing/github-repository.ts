/**
 * A repository on GitHub that can be written to, in memory, over real HTTP: trees, commits, branches, pull requests, checks, labels, issues. Ids
 * are made of content as git makes them; only those of files are git's own. Not imitated: merging by lines (a merge takes the head's tree), reviews, paging.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Trouble } from './aws-double.ts';

interface Entry {
  mode: string;
  type: string;
  sha: string;
}
/** Path → what lies there; folders too. */
type Flat = Map<string, Entry>;
interface CommitDouble {
  sha: string;
  message: string;
  tree: string;
  parents: string[];
}
export interface PullState {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  state: 'open' | 'closed';
  mergedAt: string | null;
  labels: string[];
}
export interface IssueState {
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
}
export interface Asked {
  /** `POST /pulls`, with numbers and names as they came. */
  call: string;
  body: Record<string, unknown>;
}

export interface GithubRepository {
  url: string;
  /** Branch → commit. */
  branches: Map<string, string>;
  pulls: PullState[];
  issues: IssueState[];
  /** Check runs of every commit. */
  checks: { name: string; status: string; conclusion: string | null }[];
  about: { archived: boolean; push: boolean };
  /** Calls that ask for a change, refused ones too, and those that do not. */
  changes: Asked[];
  reads: string[];
  /** Beginning of a call, such as `POST /pulls` → what goes wrong with it. */
  trouble: Map<string, Trouble>;
  /** A commit on top of the branch; null takes a file away. */
  commit(branch: string, message: string, files: Readonly<Record<string, string | null>>): string;
  /** Paths and contents of a branch. */
  filesOf(branch: string): Record<string, string>;
  close(): Promise<void>;
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const hash = (content: string) => createHash('sha1').update(content).digest('hex');
const blobId = (content: string) => hash(`blob ${Buffer.byteLength(content)}\0${content}`);

export async function startGithubRepository(repository = 'acme/shop'): Promise<GithubRepository> {
  const blobs = new Map<string, string>();
  const trees = new Map<string, Flat>();
  const commits = new Map<string, CommitDouble>();
  const self: GithubRepository = {
    url: '',
    branches: new Map(),
    pulls: [],
    issues: [],
    checks: [],
    about: { archived: false, push: true },
    changes: [],
    reads: [],
    trouble: new Map(),
    commit,
    filesOf: (branch) => {
      const flat = treeOf(self.branches.get(branch) ?? '');
      return Object.fromEntries([...flat].filter(([, { type }]) => type === 'blob').map(([path, { sha }]) => [path, blobs.get(sha) ?? '']));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  const treeOf = (commitSha: string): Flat => trees.get(commits.get(commitSha)?.tree ?? '') ?? new Map();

  function writeBlob(content: string): string {
    const sha = blobId(content);
    blobs.set(sha, content);
    return sha;
  }

  /** The tree of these files, folders made of them anew; its id is that of its content. */
  function writeTree(files: Flat): string {
    const flat: Flat = new Map();
    for (const [path, entry] of files) if (entry.type !== 'tree') flat.set(path, entry);
    for (const folder of new Set([...flat.keys()].map((path) => path.split('/')[0] ?? '').filter((name) => !flat.has(name)))) {
      const below = [...flat].filter(([path]) => path.startsWith(`${folder}/`));
      const inside = new Map(below.map(([path, entry]) => [path.slice(folder.length + 1), entry]));
      const sha = writeTree(inside);
      flat.set(folder, { mode: '040000', type: 'tree', sha });
      for (const [path, entry] of trees.get(sha) ?? []) flat.set(`${folder}/${path}`, entry);
    }
    const sha = hash(`tree ${JSON.stringify([...flat].sort(([one], [other]) => (one < other ? -1 : 1)))}`);
    trees.set(sha, flat);
    return sha;
  }

  function writeCommit(message: string, tree: string, parents: string[]): string {
    const sha = hash(`commit ${commits.size} ${JSON.stringify([message, tree, parents])}`);
    commits.set(sha, { sha, message, tree, parents });
    return sha;
  }

  function commit(branch: string, message: string, files: Readonly<Record<string, string | null>>): string {
    const parent = self.branches.get(branch);
    const flat: Flat = new Map(treeOf(parent ?? ''));
    for (const [path, content] of Object.entries(files)) {
      if (content === null) flat.delete(path);
      else {
        const sha = writeBlob(content);
        flat.set(path, { mode: '100644', type: 'blob', sha });
      }
    }
    const sha = writeCommit(message, writeTree(flat), parent === undefined ? [] : [parent]);
    self.branches.set(branch, sha);
    return sha;
  }

  function ancestors(sha: string): Set<string> {
    const found = new Set<string>();
    for (let next = [sha]; next.length > 0; next = next.flatMap((one) => commits.get(one)?.parents ?? [])) {
      for (const one of next) found.add(one);
    }
    return found;
  }

  const known = <T>(found: T | undefined): T => {
    if (found === undefined) throw new Refused(404, 'Not Found');
    return found;
  };
  const shaOf = (name: string) => self.branches.get(name) ?? name;

  function filesChanged({ sha, parents }: CommitDouble): object[] {
    const [before, after] = [treeOf(parents[0] ?? ''), treeOf(sha)];
    const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => (after.get(path) ?? before.get(path))?.type !== 'tree',
    );
    return paths
      .filter((path) => before.get(path)?.sha !== after.get(path)?.sha)
      .map((filename) => ({ filename, status: !before.has(filename) ? 'added' : !after.has(filename) ? 'removed' : 'modified' }));
  }

  const pullBody = ({ number, title, body, head, state, mergedAt }: PullState, headSha = self.branches.get(head)) => ({
    number,
    title,
    body,
    state,
    html_url: `https://github.com/${repository}/pull/${number}`,
    merged_at: mergedAt,
    head: { ref: head, sha: headSha ?? hash('gone') },
  });
  const issueBody = ({ number, title, body, state, labels }: IssueState) => ({
    number,
    title,
    body,
    state,
    html_url: `https://github.com/${repository}/issues/${number}`,
    labels: labels.map((name) => ({ name })),
  });

  function read(path: string, query: URLSearchParams): unknown {
    const [, kind = '', name = '', more = ''] = path.split('/').map(decodeURIComponent);
    if (path === '') {
      const { archived, push } = self.about;
      return { default_branch: 'main', archived, has_issues: true, permissions: { push } };
    }
    if (kind === 'git' && name === 'ref') return refBody(more.replace(/^heads\//, ''));
    if (kind === 'git' && name === 'blobs') {
      const content = Buffer.from(known(blobs.get(more)));
      return { sha: more, size: content.length, encoding: 'base64', content: content.toString('base64') };
    }
    if (kind === 'git' && name === 'trees') {
      const flat = trees.get(more) ?? treeOf(more);
      return { sha: more, tree: [...flat].filter(([at]) => !at.includes('/')).map(([at, entry]) => ({ path: at, ...entry })) };
    }
    if (kind === 'git' && name === 'commits') return gitCommit(known(commits.get(more)));
    if (kind === 'commits' && more === 'check-runs') return { total_count: self.checks.length, check_runs: self.checks };
    if (kind === 'commits' && more === 'status') return { total_count: 0, statuses: [] };
    if (kind === 'commits') {
      const found = known(commits.get(shaOf(name)));
      const { sha, message, tree, parents } = found;
      return { sha, commit: { message, tree: { sha: tree } }, parents: parents.map((one) => ({ sha: one })), files: filesChanged(found) };
    }
    if (kind === 'compare') {
      const [base = '', head = ''] = name.split('...').map(shaOf);
      return { status: base === head ? 'identical' : ancestors(head).has(base) ? 'ahead' : 'diverged' };
    }
    if (kind === 'pulls') {
      const [state, head, base] = [query.get('state') ?? 'open', query.get('head'), query.get('base')];
      const owner = repository.split('/')[0];
      return self.pulls
        .filter((one) => (state === 'all' || one.state === state) && (base === null || one.base === base))
        .filter((one) => head === null || head === `${owner}:${one.head}`)
        .map((one) => pullBody(one))
        .toReversed();
    }
    if (kind === 'issues') {
      const [state, label] = [query.get('state') ?? 'open', query.get('labels')];
      return self.issues
        .filter((one) => (state === 'all' || one.state === state) && (label === null || one.labels.includes(label)))
        .map(issueBody)
        .toReversed();
    }
    throw new Refused(404, 'Not Found');
  }

  function refBody(branch: string): object {
    return { ref: `refs/heads/${branch}`, object: { type: 'commit', sha: known(self.branches.get(branch)) } };
  }

  function gitCommit({ sha, message, tree, parents }: CommitDouble): object {
    return { sha, message, tree: { sha: tree }, parents: parents.map((one) => ({ sha: one })) };
  }

  function write(call: string, body: Record<string, unknown>): unknown {
    const [method = '', path = ''] = call.split(' ');
    const [, kind = '', name = '', more = ''] = path.split('/').map(decodeURIComponent);
    if (call === 'POST /git/blobs') return { sha: writeBlob(Buffer.from(String(body.content), 'base64').toString('utf8')) };
    if (call === 'POST /git/trees') {
      const flat: Flat = new Map(trees.get(String(body.base_tree)) ?? treeOf(String(body.base_tree)));
      for (const { path: at, mode, sha } of body.tree as { path: string; mode: string; sha: string | null }[]) {
        if (sha === null) flat.delete(at);
        else flat.set(at, { mode, type: 'blob', sha });
      }
      return { sha: writeTree(flat) };
    }
    if (call === 'POST /git/commits') {
      return gitCommit(known(commits.get(writeCommit(String(body.message), String(body.tree), body.parents as string[]))));
    }
    if (call === 'POST /git/refs') {
      const branch = String(body.ref).replace('refs/heads/', '');
      if (self.branches.has(branch)) throw new Refused(422, 'Reference already exists');
      self.branches.set(branch, String(body.sha));
      return refBody(branch);
    }
    if (method === 'DELETE' && kind === 'git') {
      if (!self.branches.delete(more.replace(/^heads\//, ''))) throw new Refused(422, 'Reference does not exist');
      return undefined;
    }
    if (call === 'POST /pulls') {
      const [head, base] = [String(body.head), String(body.base)];
      if (!self.branches.has(head)) throw new Refused(422, 'Validation Failed: head');
      if (self.pulls.some((one) => one.state === 'open' && one.head === head && one.base === base)) {
        throw new Refused(422, 'Validation Failed: A pull request already exists');
      }
      const pull = { number: self.pulls.length + 1, title: String(body.title), body: String(body.body), head, base, labels: [] };
      self.pulls.push({ ...pull, state: 'open', mergedAt: null });
      return pullBody(known(self.pulls.at(-1)));
    }
    const pull = self.pulls.find(({ number }) => String(number) === name);
    if (kind === 'pulls' && more === 'merge') return merged(known(pull), body);
    if (method === 'PATCH' && kind === 'pulls') {
      known(pull).state = body.state === 'closed' ? 'closed' : 'open';
      return pullBody(known(pull));
    }
    if (kind === 'issues' && more === 'labels') {
      known(pull).labels.push(...(body.labels as string[]));
      return [];
    }
    if (call === 'POST /issues') {
      const issue = { title: String(body.title), body: String(body.body), labels: (body.labels ?? []) as string[] };
      self.issues.push({ number: self.issues.length + 1, state: 'open', ...issue });
      return issueBody(known(self.issues.at(-1)));
    }
    throw new Refused(404, 'Not Found');
  }

  function merged(pull: PullState, body: Record<string, unknown>): object {
    const head = known(self.branches.get(pull.head));
    if (pull.state === 'closed') throw new Refused(405, 'Pull Request is not mergeable');
    if (body.sha !== head) throw new Refused(409, 'Head branch was modified. Review and try the merge again.');
    const message = `${String(body.commit_title)}\n\n${String(body.commit_message)}`;
    const sha = writeCommit(message, known(commits.get(head)).tree, [known(self.branches.get(pull.base))]);
    self.branches.set(pull.base, sha);
    Object.assign(pull, { state: 'closed', mergedAt: '2026-01-02T00:00:00Z' });
    return { sha, merged: true };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.slice(`/repos/${repository}`.length);
    const { method = 'GET' } = request;
    const call = `${method} ${path}`;
    const body = method === 'GET' ? {} : ((await json(request).catch(() => ({}))) as Record<string, unknown>);
    if (method === 'GET') self.reads.push(path);
    else self.changes.push({ call, body });
    const trouble = [...self.trouble].find(([start]) => call.startsWith(start))?.[1];
    if (trouble === 'reset') return void request.socket.destroy();
    if (trouble === 'refused') throw new Refused(403, 'Resource not accessible by personal access token');
    const told = method === 'GET' ? read(path, url.searchParams) : write(call, body);
    if (trouble === 'lost') return void request.socket.destroy();
    if (trouble === 'failed') throw new Refused(502, 'Server Error');
    const status = told === undefined ? 204 : method === 'POST' ? 201 : 200;
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(told === undefined ? undefined : JSON.stringify(told));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const status = error instanceof Refused ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ message }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return self;
}
