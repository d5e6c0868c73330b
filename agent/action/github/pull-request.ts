/** The steps from changed files to a merged pull request, and back. Each is safe to take again: what is there already is recognised, never made twice. */
import { z } from 'zod';
import type { Outcome } from '../../domain/plan.ts';
import type { Effect } from '../action.ts';
import type { GithubAccess } from './access.ts';
import { Made, Merged, Pull, Ref } from './replies.ts';
import { type RepositoryReader, readerOf } from './repository.ts';

/** What the snapshot of a plan says of its pull request. */
export const PullRequestPlan = z.object({
  repository: z.string(),
  base: z.string(),
  branch: z.string(),
  title: z.string(),
  body: z.string(),
  commitMessage: z.string(),
});
export type PullRequestPlan = z.infer<typeof PullRequestPlan>;

/** As GitHub takes it for a new tree; a null takes the path away. */
export interface FileChange {
  path: string;
  mode: string;
  sha: string | null;
}

export interface Work {
  access: GithubAccess;
  reader: RepositoryReader;
  snapshot: PullRequestPlan;
  effect: Effect;
}

export function workOn(access: GithubAccess, snapshot: PullRequestPlan, effect: Effect): Work {
  return { access, snapshot, effect, reader: readerOf(access, snapshot, effect.signal) };
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

/** A file is named by its content: writing it again writes nothing. */
export function writeFile(work: Work, text: string): Promise<Step<{ sha: string }>> {
  return change(work, 'POST /git/blobs', Made, { content: Buffer.from(text).toString('base64'), encoding: 'base64' });
}

/** A tree is named by its content: making it again makes nothing. */
function treeOn(work: Work, baseTree: string, changes: readonly FileChange[]): Promise<Step<{ sha: string }>> {
  const tree = changes.map(({ path, mode, sha }) => ({ path, mode, type: 'blob', sha }));
  return change(work, 'POST /git/trees', Made, { base_tree: baseTree, tree });
}

/** The branch with the one commit of ours; made, or found as an earlier run left it. */
export async function ensureBranch(work: Work, head: string, changes: readonly FileChange[]): Promise<Step<string>> {
  const { reader, snapshot } = work;
  const there = await reader.branch(snapshot.branch);
  if (there !== null) return isOurs(work, there, changes);
  const base = await reader.gitCommit(head);
  if (base === null) return { ended: { applied: 'no', detail: `commit ${head} of ${snapshot.base} is gone` } };
  const tree = await treeOn(work, base.tree.sha, changes);
  if (!isDone(tree)) return tree;
  const commit = await change(work, 'POST /git/commits', Made, { message: snapshot.commitMessage, tree: tree.done.sha, parents: [head] });
  if (!isDone(commit)) return commit;
  const ref = await change(work, 'POST /git/refs', Ref, { ref: `refs/heads/${snapshot.branch}`, sha: commit.done.sha });
  return isDone(ref) ? { done: commit.done.sha } : ref;
}

/** A branch of our name is only taken for ours when it holds exactly these changes on a commit of the base; anybody might have made one. */
async function isOurs(work: Work, sha: string, changes: readonly FileChange[]): Promise<Step<string>> {
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

/** The newest of the branch, in any state. */
export async function pullOf({ reader, snapshot }: Work): Promise<Pull | undefined> {
  return (await reader.pullsOf(snapshot.branch))[0];
}

/** Closes the pull request and deletes its branch, while nobody has merged it and nobody else has pushed to it. */
export async function withdraw(work: Work): Promise<Outcome> {
  const { branch, commitMessage } = work.snapshot;
  const pull = await pullOf(work);
  if (pull?.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} is merged: undoing that is a person's work` };
  const head = await work.reader.branch(branch);
  // An open pull request follows its branch: only the newest commit tells whether somebody pushed.
  const newest = head === null ? null : await work.reader.gitCommit(head);
  if (newest && newest.message.trimEnd() !== commitMessage) {
    return { applied: 'no', detail: `somebody pushed to branch ${branch}: it and its pull request are left to them` };
  }
  if (pull?.state === 'open') {
    const closed = await change(work, 'PATCH /pulls/{pull_number}', Pull, { pull_number: pull.number, state: 'closed' });
    if (!isDone(closed)) return closed.ended;
    if (closed.done.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} was merged meanwhile` };
  }
  const words = pull ? `pull request ${pull.html_url} is closed` : 'there is no pull request';
  if (head === null) return { applied: 'yes', detail: `${words}, and its branch is gone` };
  const deleted = await change(work, 'DELETE /git/refs/{ref}', z.unknown(), { ref: `heads/${branch}` });
  return isDone(deleted) ? { applied: 'yes', detail: `${words}, and its branch is deleted` } : deleted.ended;
}

export async function lookWithdrawn(reader: RepositoryReader, branch: string): Promise<Outcome> {
  const [pull] = await reader.pullsOf(branch);
  if (pull?.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} is merged` };
  if (pull?.state === 'open') return { applied: 'no', detail: `pull request ${pull.html_url} is open` };
  const isGone = (await reader.branch(branch)) === null;
  return { applied: isGone ? 'yes' : 'no', detail: isGone ? `branch ${branch} is gone` : `branch ${branch} is still there` };
}
