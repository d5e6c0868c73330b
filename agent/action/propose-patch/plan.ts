/** The plan of a patch: every condition checked, the edit written or found as it was written before, and the words that will be published. */
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { BlastRadius, NotPossible, Plan } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import { strangersLine } from '../../evidence/strangers-text.ts';
import type { Adviser, NoAdvice } from '../../llm/adviser.ts';
import { rollingReach, type ServiceReads } from '../ecs/service.ts';
import { type GithubAccess, type GithubPlace, isWithin } from '../github/access.ts';
import { branchOf } from '../github/branches.ts';
import type { Commit } from '../github/replies.ts';
import { alreadyProposed, baseOf, commitOn, type RepositoryReader, readerOf } from '../github/repository.ts';
import type { PatchDraft, PatchDrafts } from '../patch-drafts.ts';
import { refuseContent, refusePath } from './allowed.ts';
import { applyEdits, type EditableFile, type EditedFile } from './edit.ts';
import { patchQuestion } from './question.ts';
import { type Hunk, hunkForPeople } from './readable.ts';
import { type Config, type Params, PatchAnswer, type Snapshot } from './schema.ts';
import { patchWords } from './text.ts';

export interface Patcher {
  config: Config;
  github: GithubAccess;
  service: ServiceReads;
  adviser: Adviser;
  drafts: PatchDrafts;
}

/** Neither of these is an answer to the question: the next look may ask again. */
const mayComeYet: ReadonlySet<NoAdvice> = new Set(['off', 'ceiling', 'unreachable', 'timeout']);
const bodyHolds = 'what was found, and what the model says about it';

export async function planPatch(patcher: Patcher, params: Params, signal: AbortSignal): Promise<Plan | NotPossible> {
  const { config, github } = patcher;
  const place = github.placeOf(params.service);
  if (place === undefined) return { notPossible: `no repository is set for ${params.service}` };
  const reader = readerOf(github, place, signal);
  const base = await baseOf(reader, place);
  if (typeof base !== 'string') return base;
  const found = await commitOn(reader, base, params.commit);
  if ('notPossible' in found) return found;
  const branch = branchOf('patch', params.words.incident, params.commit);
  const taken = await alreadyProposed(reader, { base, branch }, params.commit);
  if (taken) return taken;
  const files = await editableFiles(reader, config, place, found.head, found.commit);
  if ('notPossible' in files) return files;
  const radius = config.autoMerge ? await rollingReach(patcher.service, params, signal) : noReach;
  if ('notPossible' in radius) return radius;
  const draft = await draftOf(patcher, place.repository, params, found.commit, files, signal);
  if ('notPossible' in draft) return draft;
  const { answer, words, model } = draft;
  const edited = applyEdits(files, answer.edits, config);
  if ('notPossible' in edited) return { notPossible: `what ${model} wrote is refused: ${edited.notPossible}` };
  return planOf(config, { ...params, words }, { repository: place.repository, base, branch }, { ...edited, answer, model }, files, radius);
}

export const noReach: BlastRadius = { services: 0, tasks: 0, shareOfCapacity: 0 };

/** The files of the commit that a model may edit, as they are on the branch. */
async function editableFiles(
  reader: RepositoryReader,
  config: Config,
  { repository, paths }: GithubPlace,
  head: string,
  commit: Commit,
): Promise<EditableFile[] | NotPossible> {
  if (repository.split('/')[1]?.toLowerCase().startsWith('kintsugi')) return { notPossible: 'the agent does not edit its own repository' };
  const tree = (await reader.gitCommit(head))?.tree.sha;
  if (tree === undefined) return { notPossible: `commit ${head} is gone` };
  // Where nobody has said which part of a repository is the service, a person merges.
  const isOfService = (path: string) => (paths.length === 0 ? !config.autoMerge : paths.some((folder) => isWithin(path, folder)));
  const names = [...new Set(commit.files.map(({ filename }) => filename))].filter(
    (path) => refusePath(path, config) === null && isOfService(path),
  );
  if (names.length === 0) return { notPossible: 'the commit changed no file that a model may edit' };
  if (names.length > config.maxFiles) {
    return {
      notPossible: `the commit changed ${names.length} files that a model may edit; more than ${config.maxFiles} are left to a person`,
    };
  }
  const files: EditableFile[] = [];
  for (const path of names.sort()) {
    const entry = await reader.entryAt(tree, path);
    // What is gone by now, no plain file, or describes infrastructure is not edited; the others may hold the fault.
    if (entry?.type !== 'blob' || entry.mode === '120000') continue;
    const text = textOf(await reader.blob(entry.sha), config.maxFileBytes);
    if (text !== null && refuseContent(text) === null) files.push({ path, mode: entry.mode, sha: entry.sha, text });
  }
  if (files.length === 0) return { notPossible: 'no file of the commit can be read as text that a model may edit' };
  const shown = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return shown > config.maxShownBytes
    ? { notPossible: `its files have ${shown} bytes; more than ${config.maxShownBytes} are not shown` }
    : files;
}

function textOf(bytes: Buffer | null, maxBytes: number): string | null {
  if (bytes === null || bytes.length > maxBytes || bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What was written for these very files before, or what a model writes. A refusal to write is kept as well: it is not asked again. */
async function draftOf(
  { adviser, config, drafts }: Patcher,
  repository: string,
  params: Params,
  commit: Commit,
  files: readonly EditableFile[],
  signal: AbortSignal,
): Promise<(PatchDraft & { answer: PatchAnswer }) | NotPossible> {
  const { words, commit: sha, service } = params;
  const question = canonicalHash([words.incident, service, repository, sha, files.map(({ path, sha: content }) => [path, content])]);
  let draft = await drafts.get(question);
  if (draft === undefined) {
    const changes = commit.files.filter(({ filename }) => files.some(({ path }) => path === filename));
    const advice = await adviser.ask(patchQuestion({ params, files, message: commit.commit.message, changes }, config, signal));
    signal.throwIfAborted();
    if (advice.kind === 'none' && mayComeYet.has(advice.why)) return { notPossible: `no model wrote an edit: ${advice.reason}` };
    const { answer, model, reason } =
      advice.kind === 'answer'
        ? { answer: advice.value, model: advice.model, reason: '' }
        : { answer: null, model: '', reason: advice.reason };
    draft = await drafts.keep(question, words.incident, { answer, words, model, reason });
  }
  const answer = PatchAnswer.safeParse(draft.answer);
  if (!answer.success) return { notPossible: `no model wrote an edit: ${draft.reason}` };
  if (answer.data.edits.length > 0) return { ...draft, answer: answer.data };
  return { notPossible: `${draft.model} wrote no edit: ${strangersLine(answer.data.reason, 300)}` };
}

interface Written {
  files: readonly EditedFile[];
  hunks: readonly Hunk[];
  answer: PatchAnswer;
  model: string;
}

function planOf(
  { autoMerge, mergeMethod, label }: Config,
  params: Params,
  at: Pick<Snapshot, 'repository' | 'base' | 'branch'>,
  { files, hunks, answer, model }: Written,
  shown: readonly EditableFile[],
  blastRadius: BlastRadius,
): Plan {
  const { repository, base, branch } = at;
  const numberOf = (file: number) => files.findIndex(({ path }) => path === shown[file - 1]?.path) + 1;
  const snapshot: Snapshot = {
    ...at,
    merges: autoMerge,
    reason: answer.reason,
    files: files.map(({ path, mode, before, sha }) => ({ path, mode, before, after: sha })),
    edits: answer.edits.map((edit) => ({ ...edit, file: numberOf(edit.file) })),
  };
  const counted = (kind: 'removed' | 'added') => hunks.reduce((sum, hunk) => sum + hunk[kind].length, 0);
  const merge = { operation: 'github:MergePullRequest', input: { repository, branch, mergeMethod, when: 'all checks have passed' } };
  return {
    action: 'propose-patch',
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [
      // First, each by itself: what a person agrees to above all is the edit, and channels cut what is long.
      ...hunks.map((hunk) => ({ operation: 'github:CreateBlob', input: hunkForPeople(hunk) })),
      { operation: 'github:CreateBranch', input: { repository, branch, from: base, files: files.length } },
      {
        operation: 'github:CreatePullRequest',
        input: { repository, head: branch, base, title: patchWords(params, snapshot).title, label, body: bodyHolds },
      },
      ...(autoMerge ? [merge] : []),
    ],
    blastRadius,
    snapshot,
    undo: { kind: 'restore', summary: undoSummary(autoMerge) },
    summary: `${autoMerge ? 'open and, once its checks have passed, merge' : 'open'} a pull request in ${repository} with an edit ${cleanText(model, 80)} wrote of what commit ${params.commit.slice(0, 12)} changed (${files.length} files, -${counted('removed')} +${counted('added')} lines) on ${base}`,
  };
}

export function undoSummary(autoMerge: boolean): string {
  const close = 'close the pull request and delete its branch, as long as nobody has merged it';
  return autoMerge ? `${close}; a merged one is taken back by another pull request, merged once its checks have passed` : close;
}
