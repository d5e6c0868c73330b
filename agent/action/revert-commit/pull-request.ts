/** The steps from a commit to a pull request that undoes it. Each is safe to take again: what is there already is recognised, never made twice. */
import { z } from 'zod';
import type { Outcome } from '../../domain/plan.ts';
import type { Effect } from '../action.ts';
import type { GithubAccess } from '../github/access.ts';
import type { FileChange } from './changes.ts';
import type { RepositoryReader } from './repository.ts';
import { Made, Merged, Pull, Ref, type Snapshot } from './schema.ts';

export interface Work {
  access: GithubAccess;
  reader: RepositoryReader;
  snapshot: Snapshot;
  effect: Effect;
}

/** Either what was made or found, or why the work ends here. */
export type Step<T> = { done: T } | { ended: Outcome };

const isDone = <T>(step: Step<T>): step is { done: T } => 'done' in step;

async function change<Reply>(
  { access, snapshot, effect }: Work,
  call: string,
  schema: z.ZodType<Reply>,
  parameters: object,
): Promise<Step<Reply>> {
  const { outcome, reply } = await access.calls.change(
    { call, repository: snapshot.repository, parameters: { ...parameters }, schema },
    effect,
  );
  return reply === null ? { ended: outcome } : { done: reply };
}

/** A tree is named by its content: making it again makes nothing. */
function treeOn(work: Work, baseTree: string, changes: readonly FileChange[]): Promise<Step<{ sha: string }>> {
  const tree = changes.map(({ path, mode, sha }) => ({ path, mode, type: 'blob', sha }));
  return change(work, 'POST /git/trees', Made, { base_tree: baseTree, tree });
}

/** The branch with the one commit that undoes; made, or found as an earlier run left it. */
export async function ensureBranch(work: Work, head: string, changes: readonly FileChange[]): Promise<Step<string>> {
  const { reader, snapshot } = work;
  const there = await reader.branch(snapshot.branch);
  if (there !== null) return isOurRevert(work, there, changes);
  const base = await reader.gitCommit(head);
  if (base === null) return { ended: { applied: 'no', detail: `commit ${head} of ${snapshot.base} is gone` } };
  const tree = await treeOn(work, base.tree.sha, changes);
  if (!isDone(tree)) return tree;
  const commit = await change(work, 'POST /git/commits', Made, { message: snapshot.commitMessage, tree: tree.done.sha, parents: [head] });
  if (!isDone(commit)) return commit;
  const ref = await change(work, 'POST /git/refs', Ref, { ref: `refs/heads/${snapshot.branch}`, sha: commit.done.sha });
  return isDone(ref) ? { done: commit.done.sha } : ref;
}

/** A branch of our name is only taken for ours when it holds exactly this revert on a commit of the base; anybody might have made one. */
async function isOurRevert(work: Work, sha: string, changes: readonly FileChange[]): Promise<Step<string>> {
  const { reader, snapshot } = work;
  const foreign: Step<string> = {
    ended: { applied: 'no', detail: `branch ${snapshot.branch} exists and holds something else; it is left alone` },
  };
  const commit = await reader.gitCommit(sha);
  const parent = commit?.parents.length === 1 ? commit.parents[0]?.sha : undefined;
  if (commit?.message.trimEnd() !== snapshot.commitMessage || parent === undefined) return foreign;
  if (!(await reader.isIn(parent, snapshot.base))) return foreign;
  const base = await reader.gitCommit(parent);
  if (base === null) return foreign;
  const tree = await treeOn(work, base.tree.sha, changes);
  if (!isDone(tree)) return tree;
  return tree.done.sha === commit.tree.sha ? { done: sha } : foreign;
}

/** GitHub itself refuses a second open one of the same branch. */
export async function ensurePull(work: Work, label: string): Promise<Step<{ pull: Pull; labelled: boolean }>> {
  const { reader, snapshot } = work;
  const { title, body, branch, base } = snapshot;
  const [known] = await reader.pullsOf(branch);
  const pull: Step<Pull> =
    known === undefined ? await change(work, 'POST /pulls', Pull, { title, body, head: branch, base }) : { done: known };
  if (!isDone(pull)) return pull;
  const { number } = pull.done;
  const labelled = await change(work, 'POST /issues/{issue_number}/labels', z.unknown(), { issue_number: number, labels: [label] });
  return { done: { pull: pull.done, labelled: isDone(labelled) } };
}

/** Merges exactly the commit that was looked at; GitHub refuses once the branch holds another. */
export function merge(work: Work, { number }: Pull, sha: string, method: 'squash' | 'merge'): Promise<Step<z.infer<typeof Merged>>> {
  const [title = '', , ...text] = work.snapshot.commitMessage.split('\n');
  return change(work, 'PUT /pulls/{pull_number}/merge', Merged, {
    pull_number: number,
    sha,
    merge_method: method,
    commit_title: title,
    // Given, so that GitHub does not put the pull request's text into the commit.
    commit_message: text.join('\n'),
  });
}

export function closePull(work: Work, { number }: Pull): Promise<Step<Pull>> {
  return change(work, 'PATCH /pulls/{pull_number}', Pull, { pull_number: number, state: 'closed' });
}

export function deleteBranch(work: Work): Promise<Step<unknown>> {
  return change(work, 'DELETE /git/refs/{ref}', z.unknown(), { ref: `heads/${work.snapshot.branch}` });
}
