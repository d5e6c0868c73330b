/** What GitHub tells of a repository's history: the repository itself, commits, comparisons, branches. */
import type { CommitRead, FileRead } from './git.ts';
import { type Answer, type Call, notFound, type Place, Refusal, type Route, resolved } from './route.ts';

const mostFiles = 300;

export function readRoutes(place: Place, permissions: object): Route[] {
  const { git, objects, repository } = place;

  async function about(): Promise<Answer> {
    const name = repository.split('/')[1];
    const branch = await git.defaultBranch();
    return { body: { name, full_name: repository, default_branch: branch, private: true, archived: false, has_issues: true, permissions } };
  }

  async function commits({ query, page }: Call): Promise<Answer> {
    const head = query.get('sha') ?? (await git.defaultBranch());
    const [since, until, inPath] = ['since', 'until', 'path'].map((key) => query.get(key) ?? undefined);
    const window = { ...(since && { since }), ...(until && { until }), ...(inPath && { path: inPath }) };
    const range = await resolved(git, head, 404);
    // One more than asked for tells whether there is a further page.
    const found = await git.log(range, { ...window, skip: (page.number - 1) * page.size, count: page.size + 1 });
    return { body: found.map((commit) => briefCommit(repository, commit)), isOnePage: true };
  }

  async function commit({ part }: Call): Promise<Answer> {
    const name = part.ref ?? '';
    const [found] = await git.log(await resolved(git, name, 422, `No commit found for SHA: ${name}`), { count: 1 });
    if (found === undefined) throw notFound();
    return { body: { ...briefCommit(repository, found), files: fileBodies(await git.diff(found.parents[0], found.sha)) } };
  }

  async function compare({ part }: Call): Promise<Answer> {
    const [base, head, more] = (part.basehead ?? '').split('...');
    if (base === undefined || head === undefined || more !== undefined) throw notFound();
    const [from, to] = [await resolved(git, base, 404), await resolved(git, head, 404)];
    const mergeBase = await git.mergeBase(from, to);
    if (mergeBase === undefined) throw new Refusal(404, 'No common ancestor');
    const [ahead, behind] = [await git.log(`${mergeBase}..${to}`), await git.log(`${mergeBase}..${from}`)];
    const status = ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
    return {
      body: {
        status,
        ahead_by: ahead.length,
        behind_by: behind.length,
        total_commits: ahead.length,
        merge_base_commit: { sha: mergeBase },
        commits: ahead.toReversed().map((one) => briefCommit(repository, one)),
        files: fileBodies(await git.diff(mergeBase, to)),
      },
    };
  }

  async function branch({ part }: Call): Promise<Answer> {
    const name = part.name ?? '';
    const sha = await objects.branch(name);
    if (sha === undefined) throw new Refusal(404, 'Branch not found');
    return { body: { name, commit: { sha } } };
  }

  return [
    { method: 'GET', path: '', answer: about },
    { method: 'GET', path: '/commits', answer: commits },
    { method: 'GET', path: '/commits/:ref', answer: commit },
    { method: 'GET', path: '/compare/:basehead', answer: compare },
    { method: 'GET', path: '/branches/:name', answer: branch },
  ];
}

export function briefCommit(repository: string, { sha, tree, parents, author, committer, message }: CommitRead): object {
  return {
    sha,
    html_url: `https://github.com/${repository}/commit/${sha}`,
    commit: { author, committer, message, tree: { sha: tree } },
    parents: parents.map((parent) => ({ sha: parent })),
  };
}

export function fileBodies(read: readonly FileRead[]): object[] {
  return read.slice(0, mostFiles).map(({ filename, previous, status, sha, additions, deletions, patch }) => ({
    sha,
    filename,
    status,
    additions,
    deletions,
    changes: additions + deletions,
    ...(previous !== '' && { previous_filename: previous }),
    ...(patch !== undefined && { patch }),
  }));
}
