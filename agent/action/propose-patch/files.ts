/** The files of a plan as the branch has them: whether the edits still fit, and how they are taken back. */
import type { NotPossible, Outcome } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import { type FileChange, type Step, type Work, writeFile } from '../github/pull-request.ts';
import type { RepositoryReader } from '../github/repository.ts';
import { applyEdits, type EditableFile, type EditedFile } from './edit.ts';
import type { Config, Snapshot } from './schema.ts';

type Planned = Pick<Snapshot, 'base' | 'files' | 'edits'>;

interface OnBranch<File> {
  head: string;
  files: File[];
}

/** The edited files, when those they were written for are still what the branch holds. Raises UpstreamError when GitHub cannot be read. */
export async function editedNow(reader: RepositoryReader, planned: Planned, config: Config): Promise<OnBranch<EditedFile> | NotPossible> {
  const now = await idsNow(reader, planned);
  if ('notPossible' in now) return now;
  const files: EditableFile[] = [];
  for (const { path, mode, before } of planned.files) {
    const bytes = now.ids.get(path) === before ? await reader.blob(before) : null;
    if (bytes === null) return { notPossible: `${cleanText(path, 120)} is not what the edit was written for` };
    files.push({ path, mode, sha: before, text: bytes.toString('utf8') });
  }
  const edited = applyEdits(files, planned.edits, config);
  if ('notPossible' in edited) return edited;
  const isAsPlanned = planned.files.every(({ path, after }) => edited.files.some((file) => file.path === path && file.sha === after));
  return isAsPlanned ? { head: now.head, files: edited.files } : { notPossible: 'the edit does not make of the files what was planned' };
}

/** What puts merged files back; an empty list when all of them are. A file that was changed again since is a person's. */
export async function changesBack(reader: RepositoryReader, planned: Planned): Promise<OnBranch<FileChange> | NotPossible> {
  const now = await idsNow(reader, planned);
  if ('notPossible' in now) return now;
  const files: FileChange[] = [];
  for (const { path, mode, before, after } of planned.files) {
    const id = now.ids.get(path);
    if (id === before) continue;
    if (id !== after) return { notPossible: `${cleanText(path, 120)} was changed again since: taking the edit back is a person's work` };
    files.push({ path, mode, sha: before });
  }
  return { head: now.head, files };
}

/** Writes the contents, and answers the change of the tree that names them. */
export async function written(work: Work, files: readonly EditedFile[]): Promise<Step<FileChange[]>> {
  for (const { path, sha, text } of files) {
    const made = await writeFile(work, text);
    if ('ended' in made) return made;
    if (made.done.sha !== sha) return { ended: unexpected(path, made.done.sha) };
  }
  return { done: files.map(({ path, mode, sha }) => ({ path, mode, sha })) };
}

function unexpected(path: string, sha: string): Outcome {
  return { applied: 'no', detail: `GitHub names the edited ${cleanText(path, 120)} ${sha}, which is not what was planned` };
}

async function idsNow(
  reader: RepositoryReader,
  { base, files }: Planned,
): Promise<{ head: string; ids: Map<string, string> } | NotPossible> {
  const head = await reader.branch(base);
  const tree = head === null ? undefined : (await reader.gitCommit(head))?.tree.sha;
  if (head === null || tree === undefined) return { notPossible: `there is no branch ${base}` };
  const ids = new Map<string, string>();
  for (const { path, mode } of files) {
    const entry = await reader.entryAt(tree, path);
    if (entry?.type === 'blob' && entry.mode === mode) ids.set(path, entry.sha);
  }
  return { head, ids };
}
