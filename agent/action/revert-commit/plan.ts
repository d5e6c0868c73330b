/** The plan of a revert: every condition checked, what will change, and the words that will be published. Reads only, but for those words. */
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { Resource } from '../../domain/alert.ts';
import type { BlastRadius, NotPossible, Plan } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import { type EcsService, readService, rollingRadius, type ServiceReads } from '../ecs/service.ts';
import { type GithubAccess, isWithin } from '../github/access.ts';
import { branchOf } from '../github/branches.ts';
import type { FileChange } from '../github/pull-request.ts';
import type { Commit } from '../github/replies.ts';
import { alreadyProposed, baseOf, commitOn, type RepositoryReader, readerOf } from '../github/repository.ts';
import type { Words } from '../github/words.ts';
import type { PatchDrafts } from '../patch-drafts.ts';
import { changesBack } from './changes.ts';
import type { Config, Params, Snapshot } from './schema.ts';
import { bodyFor, commitMessageFor, titleFor } from './text.ts';

const action = 'revert-commit';
const branchFor = ({ commit, words }: Params) => branchOf('revert', words.incident, commit);

export async function planRevert(
  { github: access, drafts }: { github: GithubAccess; drafts?: PatchDrafts | undefined },
  service: ServiceReads,
  config: Config,
  params: Params,
  signal: AbortSignal,
): Promise<Plan | NotPossible> {
  const place = access.placeOf(params.service);
  if (place === undefined) return { notPossible: `no repository is set for ${params.service}` };
  const reader = readerOf(access, place, signal);
  const base = await baseOf(reader, place);
  if (typeof base !== 'string') return base;
  const wanted = await wantedChanges(reader, config, params, { base });
  if ('notPossible' in wanted) return wanted;
  const taken = await alreadyProposed(reader, { base, branch: branchFor(params) }, params.commit);
  if (taken) return taken;
  const paths = wanted.files.map(({ path }) => path);
  const strange = paths.find((path) => !place.paths.some((folder) => isWithin(path, folder)));
  if (config.autoMerge && strange !== undefined) {
    return {
      notPossible: `the commit touched ${cleanText(strange, 120)}, outside the paths of ${params.service}: it is not merged by itself`,
    };
  }
  const view = config.autoMerge ? await readService(service.reader, params, { signal, timeoutMs: service.timeoutMs }) : null;
  if (view && 'notPossible' in view) return view;
  const words = await firstWords(drafts, place.repository, params);
  return planOf(config, { ...params, words }, place.repository, base, wanted, view);
}

/** The words of the first plan stand: figures that move by the next look make no other plan of what a person agreed to. */
async function firstWords(
  drafts: PatchDrafts | undefined,
  repository: string,
  { cluster, service, commit, words }: Params,
): Promise<Words> {
  if (drafts === undefined) return words;
  const question = canonicalHash([action, words.incident, cluster, service, repository, commit, words.cause]);
  const known = await drafts.get(question);
  return (known ?? (await drafts.keep(question, words.incident, { answer: null, words, model: '', reason: '' }))).words;
}

/** What undoing the commit changes on the branch as it is, and on which commit that is. */
export async function wantedChanges(
  reader: RepositoryReader,
  config: Config,
  { commit: sha }: Params,
  { base }: Pick<Snapshot, 'base'>,
): Promise<{ files: FileChange[]; head: string; commit: Commit } | NotPossible> {
  const found = await commitOn(reader, base, sha);
  if ('notPossible' in found) return found;
  const { head, commit } = found;
  const parent = commit.parents[0]?.sha;
  if (parent === undefined) return { notPossible: 'it is the first commit of its repository' };
  if (commit.files.length > config.maxFiles) {
    return { notPossible: `the commit changed ${commit.files.length} files; more than ${config.maxFiles} are not reverted` };
  }
  const touched = commit.files.flatMap(({ filename, previous_filename: previous }) => [filename, ...(previous ? [previous] : [])]);
  const never = touched.find((path) => config.neverPaths.some((folder) => isWithin(path, folder)));
  if (never !== undefined) return { notPossible: `the commit touched ${cleanText(never, 120)}, which is left to a person` };
  const [before, now] = [await reader.gitCommit(parent), await reader.gitCommit(head)];
  if (before === null || now === null) return { notPossible: 'the commits before it, or of the branch, are gone' };
  const trees = { commit: commit.commit.tree.sha, parent: before.tree.sha, head: now.tree.sha };
  const files = await changesBack(reader, commit, trees);
  return 'notPossible' in files ? files : { files, head, commit };
}

function reachOf(view: EcsService | null): BlastRadius {
  if (view === null) return { services: 0, tasks: 0, shareOfCapacity: 0 };
  const { tasks, shareOfCapacity } = rollingRadius(view);
  return { services: 1, tasks, shareOfCapacity };
}

/** Why the service is no longer to be mended by this merge: a person may have rolled it back while the checks ran. */
export async function deployedSince(
  { reader, timeoutMs }: ServiceReads,
  target: Resource,
  { deploymentId }: Snapshot,
  signal: AbortSignal,
): Promise<string | null> {
  if (deploymentId === undefined) return null;
  const view = await readService(reader, target, { signal, timeoutMs });
  if ('notPossible' in view) return view.notPossible;
  return view.primary.id === deploymentId ? null : `the service moved since the plan: deployment ${deploymentId} → ${view.primary.id}`;
}

function planOf(
  { autoMerge, mergeMethod, label }: Config,
  params: Params,
  repository: string,
  base: string,
  { files, commit }: { files: FileChange[]; commit: Commit },
  view: EcsService | null,
): Plan {
  const branch = branchFor(params);
  const title = titleFor(params);
  const merging = autoMerge ? 'It is merged by itself once all checks have passed.' : 'Nobody merges it but a person.';
  const snapshot: Snapshot = {
    repository,
    base,
    branch,
    changesHash: canonicalHash(files),
    title,
    body: bodyFor(params, commit, files, merging),
    commitMessage: commitMessageFor(params),
    ...(view && { deploymentId: view.primary.id }),
  };
  const merge = { operation: 'github:MergePullRequest', input: { repository, branch, mergeMethod, when: 'all checks have passed' } };
  return {
    action,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [
      { operation: 'github:CreateBranch', input: { repository, branch, from: base, revert: params.commit, files: files.length } },
      { operation: 'github:CreatePullRequest', input: { repository, head: branch, base, title, label, body: 'as in the snapshot' } },
      ...(autoMerge ? [merge] : []),
    ],
    blastRadius: reachOf(view),
    snapshot,
    undo: autoMerge
      ? { kind: 'none', reason: 'what was merged is undone by another pull request, which is a person’s work' }
      : { kind: 'restore', summary: 'close the pull request and delete its branch, as long as nobody has merged it' },
    summary: `${autoMerge ? 'open and, once its checks have passed, merge' : 'open'} a pull request in ${repository} that undoes commit ${params.commit.slice(0, 12)} (${files.length} files) on ${base}`,
  };
}
