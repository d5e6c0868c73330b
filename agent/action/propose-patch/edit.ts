/**
 * Makes the edits of a model, as text: a passage of a known file, found to the letter and once, and what stands in its place. Whatever is not
 * small, plain and sure to hit refuses the whole of it.
 */
import { createHash } from 'node:crypto';
import type { NotPossible } from '../../domain/plan.ts';
import { findSecrets } from '../../domain/secret-text.ts';
import { newReach } from './reach.ts';
import { type Hunk, unreadable } from './readable.ts';
import type { Edit } from './schema.ts';

export interface EditableFile {
  path: string;
  mode: string;
  /** Git's id of the content. */
  sha: string;
  text: string;
}

export interface EditedFile extends EditableFile {
  /** Git's id of the content before. */
  before: string;
}

export interface EditLimits {
  maxChangedLines: number;
}

/** Characters of all passages and what replaces them: they are kept in the plan. */
export const maxEditCharacters = 2_000;

// Unseen characters make code read otherwise than it runs, blanks of other kinds too; a carriage return is not one of ours.
const unseen = /[^\P{C}\n\t]|[^\S \n\t]/u;
const masked = /\[secret\]|\[(?:host|address|account|mail|person|domain)-\d+\]/;

/** Only the files that changed, in the order they were given. */
export function applyEdits(
  files: readonly EditableFile[],
  edits: readonly Edit[],
  { maxChangedLines }: EditLimits,
): { files: EditedFile[]; hunks: Hunk[] } | NotPossible {
  if (edits.length === 0) return { notPossible: 'there is no edit' };
  const size = edits.reduce((sum, { search, replace }) => sum + search.length + replace.length, 0);
  if (size > maxEditCharacters) return { notPossible: `the edits have ${size} characters; at most ${maxEditCharacters} are taken` };
  const placed: Placed[] = [];
  for (const [index, edit] of edits.entries()) {
    const found = place(files, edit);
    if (typeof found === 'string') return { notPossible: `edit ${index + 1} ${found}` };
    placed.push(found);
  }
  const changed: EditedFile[] = [];
  const hunks: Hunk[] = [];
  for (const file of files) {
    const here = placed.filter((one) => one.file === file).sort((one, other) => one.from - other.from);
    if (here.some((one, index) => one.from < (here[index - 1]?.to ?? 0))) return { notPossible: 'two edits change the same passage' };
    if (here.length === 0) continue;
    hunks.push(...here.map(hunkOf));
    const text = here.reduceRight((kept, { from, to, replace }) => kept.slice(0, from) + replace + kept.slice(to), file.text);
    // Of the whole text: half of it may stand in the file already.
    const reach = newReach(file.text, text);
    if (reach !== null) return { notPossible: `the edits write ${reach} that file ${files.indexOf(file) + 1} does not hold` };
    changed.push({ ...file, text, before: file.sha, sha: blobId(text) });
  }
  if (hunks.some(({ removed, added }) => hasSecret(removed.join('\n')) || hasSecret(added.join('\n')))) {
    return { notPossible: 'the edits touch what looks like a secret' };
  }
  const why = unreadable(hunks);
  if (why !== null) return { notPossible: `the edits ${why}` };
  const lines = hunks.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
  if (lines > maxChangedLines) return { notPossible: `the edits change ${lines} lines; at most ${maxChangedLines} are taken` };
  return { files: changed, hunks };
}

function hasSecret(text: string): boolean {
  return findSecrets(text).length > 0;
}

/** The id git gives a file of this content. */
export function blobId(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest('hex');
}

interface Placed {
  file: EditableFile;
  from: number;
  to: number;
  replace: string;
}

/** Where the passage is, or why the edit is refused, as the end of a sentence. */
function place(files: readonly EditableFile[], { file: number, search, replace }: Edit): Placed | string {
  const file = files[number - 1];
  if (file === undefined) return `names file ${number}, of ${files.length}`;
  if (search === replace) return 'changes nothing';
  const from = file.text.indexOf(search);
  if (search === '' || from < 0) return `does not find its passage in file ${number}`;
  if (file.text.indexOf(search, from + 1) >= 0) return `finds its passage more than once in file ${number}`;
  if (unseen.test(replace)) return 'writes characters that cannot be seen';
  if (masked.test(replace)) return 'writes a masked name, not what stands behind it';
  if (hasSecret(search)) return 'quotes what looks like a secret';
  return { file, from, to: from + search.length, replace };
}

/** The passage by whole lines, without the lines before and behind that stay as they are. */
function hunkOf({ file, from, to, replace }: Placed): Hunk {
  const { path, text } = file;
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const next = text.indexOf('\n', to);
  const end = next < 0 ? text.length : next;
  const removed = text.slice(start, end).split('\n');
  const added = `${text.slice(start, from)}${replace}${text.slice(to, end)}`.split('\n');
  let line = text.slice(0, start).split('\n').length;
  while (removed.length > 0 && added.length > 0 && removed[0] === added[0]) {
    removed.shift();
    added.shift();
    line += 1;
  }
  while (removed.length > 0 && added.length > 0 && removed.at(-1) === added.at(-1)) {
    removed.pop();
    added.pop();
  }
  return { path, line, removed, added };
}
