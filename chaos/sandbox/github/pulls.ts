/** Pull requests within one repository: opened, closed, and merged by git itself once what is required of them holds. */
import { z } from 'zod';
import type { CheckBook } from './checks.ts';
import { authorOf } from './git-data.ts';
import { type Issue, type IssueBook, labelBody, newestFirst } from './issues.ts';
import { briefCommit, fileBodies } from './reads.ts';
import { type Answer, type Call, notFound, type Place, parsed, Refusal, type Route, Sha } from './route.ts';

interface Pull {
  issue: Issue;
  head: string;
  base: string;
  /** What the branches pointed at when it was closed; while it is open the branches themselves tell. */
  closedHead: string;
  closedBase: string;
  mergedAt: string | null;
  mergeCommit: string | null;
  isDraft: boolean;
}

const PullInput = z.object({
  title: z.string().min(1).max(256),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().max(65_536).nullish(),
  draft: z.boolean().default(false),
});
const MergeInput = z.object({
  sha: Sha.optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

export function pullRoutes(place: Place, book: IssueBook, checks: CheckBook): Route[] {
  const { git, objects, repository } = place;
  const [owner = ''] = repository.split('/');
  const pulls: Pull[] = [];

  function numbered(number: string | undefined): Pull {
    const found = pulls.find(({ issue }) => String(issue.number) === number);
    if (found === undefined) throw notFound();
    return found;
  }

  /** Of a closed one as they were then: its branch may be gone. */
  async function ends(pull: Pull): Promise<{ head: string; base: string }> {
    if (pull.issue.state === 'closed') return { head: pull.closedHead, base: pull.closedBase };
    const [head, base] = await Promise.all([objects.branch(pull.head), objects.branch(pull.base)]);
    return { head: head ?? pull.closedHead, base: base ?? pull.closedBase };
  }

  async function brief(pull: Pull): Promise<Record<string, unknown>> {
    const { issue, mergedAt, mergeCommit, isDraft } = pull;
    const sha = await ends(pull);
    const branch = (ref: string, at: string) => ({ label: `${owner}:${ref}`, ref, sha: at, repo: { full_name: repository } });
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      draft: isDraft,
      html_url: `https://github.com/${repository}/pull/${issue.number}`,
      user: { login: issue.login },
      labels: issue.labels.map(labelBody),
      head: branch(pull.head, sha.head),
      base: branch(pull.base, sha.base),
      created_at: issue.createdAt,
      updated_at: issue.updatedAt,
      closed_at: issue.closedAt,
      merged_at: mergedAt,
      merge_commit_sha: mergeCommit,
    };
  }

  async function whole(pull: Pull): Promise<object> {
    const { head, base } = await ends(pull);
    const isOpen = pull.issue.state === 'open';
    const mergeable = isOpen ? (await objects.mergedTree(base, head)) !== undefined : null;
    const isReady = checks.isReady(head) && !pull.isDraft;
    const state = mergeable === null ? 'unknown' : !mergeable ? 'dirty' : isReady ? 'clean' : 'blocked';
    return { ...(await brief(pull)), merged: pull.mergedAt !== null, mergeable, mergeable_state: state, auto_merge: null };
  }

  async function list({ query }: Call): Promise<Answer> {
    const state = query.get('state') ?? 'open';
    const [head, base] = [query.get('head'), query.get('base')];
    const found = pulls.filter(
      (pull) =>
        (state === 'all' || pull.issue.state === state) &&
        (head === null || head === `${owner}:${pull.head}`) &&
        (base === null || base === pull.base),
    );
    const sorted = found.toSorted((one, other) => newestFirst(query)(one.issue, other.issue));
    return { body: await Promise.all(sorted.map(brief)) };
  }

  async function open({ body }: Call): Promise<Answer> {
    const input = parsed(PullInput, body);
    const name = input.head.startsWith(`${owner}:`) ? input.head.slice(owner.length + 1) : input.head;
    const [head, base] = await Promise.all([objects.branch(name), objects.branch(input.base)]);
    const invalid = (field: string) => new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }]);
    if (head === undefined) throw invalid('head');
    if (base === undefined) throw invalid('base');
    const refusal = (message: string) => new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
    if (await objects.isAncestor(head, base)) throw refusal(`No commits between ${input.base} and ${name}`);
    if (pulls.some((pull) => pull.issue.state === 'open' && pull.head === name && pull.base === input.base)) {
      throw refusal(`A pull request already exists for ${owner}:${name}.`);
    }
    const issue = book.open(input.title, input.body ?? null, true);
    const ends = { head: name, base: input.base, closedHead: head, closedBase: base };
    const pull: Pull = { issue, ...ends, mergedAt: null, mergeCommit: null, isDraft: input.draft };
    pulls.push(pull);
    return { body: await whole(pull) };
  }

  /** Keeps what the branches pointed at, for they may go. */
  async function close(pull: Pull): Promise<void> {
    const { head, base } = await ends(pull);
    pull.closedHead = head;
    pull.closedBase = base;
    book.setState(pull.issue, 'closed');
  }

  async function change({ part, body }: Call): Promise<Answer> {
    const pull = numbered(part.number);
    const wanted = (body as { state?: unknown }).state;
    if (wanted === 'open' && pull.mergedAt !== null) throw new Refusal(422, 'Validation Failed', [{ field: 'state', code: 'invalid' }]);
    if (wanted === 'closed' && pull.issue.state === 'open') await close(pull);
    book.change(pull.issue, body);
    return { status: 200, body: await whole(pull) };
  }

  /** Whether it may be merged is asked again right before the branch moves, and the branch moves only from where it was. */
  async function merge({ part, body }: Call): Promise<Answer> {
    const pull = numbered(part.number);
    const input = parsed(MergeInput, body);
    const { head, base } = await ends(pull);
    if (pull.issue.state === 'closed' || pull.isDraft) throw new Refusal(405, 'Pull Request is not mergeable');
    if (input.sha !== undefined && input.sha !== head) throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
    const missing = checks.missing(head);
    if (missing.length > 0) throw new Refusal(405, `Required status check "${missing[0]}" is expected.`);
    if (input.merge_method === 'rebase') throw new Refusal(405, 'Rebase merges are not allowed on this repository.');
    const tree = await objects.mergedTree(base, head);
    if (tree === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
    const title = input.commit_title ?? `${pull.issue.title} (#${pull.issue.number})`;
    const text = input.commit_message ?? pull.issue.body ?? '';
    const parents = input.merge_method === 'squash' ? [base] : [base, head];
    const message = text === '' ? title : `${title}\n\n${text}`;
    const sha = await objects.writeCommit({ message, tree, parents, author: authorOf(place) });
    if (!(await objects.moveBranch(pull.base, base, sha)))
      throw new Refusal(409, 'Base branch was modified. Review and try the merge again.');
    await close(pull);
    pull.mergedAt = place.time();
    pull.mergeCommit = sha;
    await place.pushed(pull.base, base, sha);
    return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
  }

  async function files({ part }: Call): Promise<Answer> {
    const { head, base } = await ends(numbered(part.number));
    return { body: fileBodies(await git.diff(await git.mergeBase(base, head), head)) };
  }

  async function commits({ part }: Call): Promise<Answer> {
    const { head, base } = await ends(numbered(part.number));
    return { body: (await git.log(`${base}..${head}`)).toReversed().map((commit) => briefCommit(repository, commit)) };
  }

  return [
    { method: 'GET', path: '/pulls', answer: list },
    { method: 'POST', path: '/pulls', answer: open },
    { method: 'GET', path: '/pulls/:number', answer: async ({ part }) => ({ body: await whole(numbered(part.number)) }) },
    { method: 'PATCH', path: '/pulls/:number', answer: change },
    { method: 'GET', path: '/pulls/:number/files', answer: files },
    { method: 'GET', path: '/pulls/:number/commits', answer: commits },
    {
      method: 'GET',
      path: '/pulls/:number/merge',
      answer({ part }) {
        if (numbered(part.number).mergedAt === null) throw notFound();
        return { status: 204, body: undefined };
      },
    },
    { method: 'PUT', path: '/pulls/:number/merge', answer: merge },
  ];
}
