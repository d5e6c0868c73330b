/** Reads one repository as far as pull requests of ours need it; changes nothing. Raises UpstreamError when GitHub cannot be read. */
import type { z } from 'zod';
import type { NotPossible } from '../../domain/plan.ts';
import type { GithubAccess, GithubPlace } from './access.ts';
import { isAboutCommit } from './branches.ts';
import {
  Blob,
  CheckRuns,
  CombinedStatus,
  Commit,
  Comparison,
  GitCommit,
  type Pull,
  Pulls,
  Ref,
  Repository,
  Tree,
  type TreeEntry,
} from './replies.ts';

export interface RepositoryReader {
  about(): Promise<z.infer<typeof Repository> | null>;
  /** The commit the branch points at. */
  branch(name: string): Promise<string | null>;
  commit(sha: string): Promise<Commit | null>;
  gitCommit(sha: string): Promise<z.infer<typeof GitCommit> | null>;
  /** The bytes of a file. */
  blob(sha: string): Promise<Buffer | null>;
  /** Whether `head` has the commit in its history. */
  isIn(sha: string, head: string): Promise<boolean>;
  /** The file or folder at a path of a commit's tree; null when there is none. Trees are asked for once. */
  entryAt(tree: string, path: string): Promise<TreeEntry | null>;
  /** Pull requests of the branch, in any state, newest first. */
  pullsOf(branch: string): Promise<Pull[]>;
  /** Open pull requests into the branch, newest first, at most a hundred. */
  openPullsInto(base: string): Promise<Pull[]>;
  /** null while one is under way. */
  checks(sha: string): Promise<{ passed: string[]; failed: string[] } | null>;
}

const most = 100;
const good: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

export function readerOf({ calls }: GithubAccess, { repository }: Pick<GithubPlace, 'repository'>, signal: AbortSignal): RepositoryReader {
  const [owner = ''] = repository.split('/');
  const trees = new Map<string, Promise<z.infer<typeof Tree> | null>>();
  const read = <Reply>(call: string, schema: z.ZodType<Reply>, parameters: Record<string, unknown> = {}) =>
    calls.read({ call: `GET ${call}`, repository, parameters, schema }, signal);

  function tree(sha: string): Promise<z.infer<typeof Tree> | null> {
    const known = trees.get(sha) ?? read('/git/trees/{tree_sha}', Tree, { tree_sha: sha });
    trees.set(sha, known);
    return known;
  }

  return {
    about: () => read('', Repository),
    branch: async (name) => (await read('/git/ref/{ref}', Ref, { ref: `heads/${name}` }))?.object.sha ?? null,
    commit: (sha) => read('/commits/{ref}', Commit, { ref: sha }),
    gitCommit: (sha) => read('/git/commits/{commit_sha}', GitCommit, { commit_sha: sha }),
    async blob(sha) {
      const found = await read('/git/blobs/{file_sha}', Blob, { file_sha: sha });
      return found && Buffer.from(found.content, 'base64');
    },
    async isIn(sha, head) {
      // Files are told on the first page only, and are not wanted here.
      const found = await read('/compare/{basehead}', Comparison, { basehead: `${sha}...${head}`, per_page: 1, page: 2 });
      return found?.status === 'ahead' || found?.status === 'identical';
    },
    async entryAt(root, path) {
      const names = path.split('/');
      let sha = root;
      for (const [depth, name] of names.entries()) {
        const entry = (await tree(sha))?.tree.find((one) => one.path === name);
        if (entry === undefined) return null;
        if (depth === names.length - 1) return entry;
        if (entry.type !== 'tree') return null;
        sha = entry.sha;
      }
      return null;
    },
    pullsOf: async (branch) => (await read('/pulls', Pulls, { head: `${owner}:${branch}`, state: 'all', per_page: most })) ?? [],
    openPullsInto: async (base) => (await read('/pulls', Pulls, { base, state: 'open', per_page: most })) ?? [],
    async checks(sha) {
      const runs = (await read('/commits/{ref}/check-runs', CheckRuns, { ref: sha, per_page: most })) ?? { total_count: 0, check_runs: [] };
      const told = (await read('/commits/{ref}/status', CombinedStatus, { ref: sha, per_page: most })) ?? { total_count: 0, statuses: [] };
      // What was not read may be red.
      if (runs.total_count > most || told.total_count > most) return { passed: [], failed: [`more than ${most} checks`] };
      if (runs.check_runs.some(({ status }) => status !== 'completed') || told.statuses.some(({ state }) => state === 'pending'))
        return null;
      const all = [
        ...runs.check_runs.map(({ name, conclusion }) => ({ name, isGood: good.has(conclusion), isProof: conclusion === 'success' })),
        ...told.statuses.map(({ context, state }) => ({ name: context, isGood: state === 'success', isProof: state === 'success' })),
      ];
      return {
        passed: all.flatMap(({ name, isProof }) => (isProof ? [name] : [])),
        failed: all.flatMap(({ name, isGood }) => (isGood ? [] : [name])),
      };
    },
  };
}

/** The branch pull requests go into, or why the repository takes none. */
export async function baseOf(reader: RepositoryReader, { repository, branch }: GithubPlace): Promise<string | NotPossible> {
  const about = await reader.about();
  if (about === null) return { notPossible: `repository ${repository} does not exist, or the token may not see it` };
  if (about.archived) return { notPossible: `repository ${repository} is archived` };
  if (about.permissions && !about.permissions.push) return { notPossible: `the token may not write to ${repository}` };
  return branch || about.default_branch;
}

/** The commit of that id in the history of the branch, and where the branch is. */
export async function commitOn(
  reader: RepositoryReader,
  base: string,
  sha: string,
): Promise<{ head: string; commit: Commit } | NotPossible> {
  const head = await reader.branch(base);
  if (head === null) return { notPossible: `there is no branch ${base}` };
  const commit = await reader.commit(sha);
  if (commit === null || commit.sha !== sha) return { notPossible: `the repository has no commit ${sha}` };
  return (await reader.isIn(sha, head)) ? { head, commit } : { notPossible: `commit ${sha} is not in ${base}` };
}

/** One commit is seen to once, whichever incident blames it. `branch`: what this incident would make. */
export async function alreadyProposed(
  reader: RepositoryReader,
  { branch, base }: { branch: string; base: string },
  commit: string,
): Promise<NotPossible | null> {
  const [earlier] = await reader.pullsOf(branch);
  if (earlier) return { notPossible: `this incident already opened pull request ${earlier.html_url}, which is ${earlier.state}` };
  const other = (await reader.openPullsInto(base)).find(({ head }) => isAboutCommit(head.ref, commit));
  return other ? { notPossible: `pull request ${other.html_url} is already about this commit` } : null;
}
