/**
 * What has to change so that one commit is undone: each file it touched goes back to what it was before, provided nobody has changed it since.
 * A file that is no longer as the commit left it is a conflict, and a person's.
 */
import type { NotPossible } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import type { FileChange } from '../github/pull-request.ts';
import type { ChangedFile, Commit, TreeEntry } from '../github/replies.ts';
import type { RepositoryReader } from '../github/repository.ts';

/** Trees of the commit itself, of its first parent, and of where the branch is. */
export interface Trees {
  commit: string;
  parent: string;
  head: string;
}

/** Sorted by path. Raises UpstreamError when GitHub cannot be read. */
export async function changesBack(reader: RepositoryReader, commit: Commit, trees: Trees): Promise<FileChange[] | NotPossible> {
  const changes: FileChange[] = [];
  for (const path of pathsOf(commit.files)) {
    const [before, after, now] = [
      await reader.entryAt(trees.parent, path),
      await reader.entryAt(trees.commit, path),
      await reader.entryAt(trees.head, path),
    ];
    const shown = cleanText(path, 120);
    if ([before, after, now].some((entry) => entry !== null && entry.type !== 'blob')) {
      return { notPossible: `${shown} is no file (a submodule or a folder), which is not put back by machine` };
    }
    if (!isSame(after, now)) {
      return isSame(before, now)
        ? { notPossible: `${shown} is already as it was before the commit` }
        : { notPossible: `${shown} was changed again since the commit: undoing it conflicts, and is a person's work` };
    }
    if (isSame(before, after)) continue;
    // GitHub asks for a mode also for what is taken away.
    changes.push({ path, mode: before?.mode ?? after?.mode ?? '100644', sha: before?.sha ?? null });
  }
  return changes.length > 0 ? changes : { notPossible: 'the commit changed nothing that could be put back' };
}

function pathsOf(files: readonly ChangedFile[]): string[] {
  return [...new Set(files.flatMap(({ filename, previous_filename: previous }) => [filename, ...(previous ? [previous] : [])]))].sort();
}

function isSame(one: TreeEntry | null, other: TreeEntry | null): boolean {
  return one?.sha === other?.sha && one?.mode === other?.mode;
}
