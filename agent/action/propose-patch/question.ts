/** What the model is asked: our words, the files it may edit by number, and the rest as material. */
import type { Material, Question } from '../../llm/adviser.ts';
import type { ChangedFile } from '../github/replies.ts';
import type { EditableFile } from './edit.ts';
import { type Config, type Params, PatchAnswer } from './schema.ts';

const maxDiffCharacters = 12_000;
const maxMessageCharacters = 2_000;

export interface PatchCase {
  params: Params;
  files: readonly EditableFile[];
  message: string;
  /** Of those files, as the commit changed them. */
  changes: readonly ChangedFile[];
}

export function patchQuestion(
  { params, files, message, changes }: PatchCase,
  { maxChangedLines, deadlineSeconds }: Config,
  signal: AbortSignal,
): Question<PatchAnswer> {
  const diffs = changes.map(({ filename, patch = '' }) => `${filename}\n${patch}`).join('\n\n');
  // What is longer than a model is shown is cut from its end.
  const material: Material[] = [
    { label: 'paths of the files', text: files.map(({ path }, index) => `${index + 1}: ${path}`).join('\n') },
    ...files.map(({ text }, index) => ({ label: `file ${index + 1}, whole`, text })),
    { label: 'what was measured', text: [params.service, params.words.cause, ...params.words.because].join('\n') },
    { label: 'what the commit changed', text: diffs, longest: maxDiffCharacters },
    { label: 'message of the commit', text: message, longest: maxMessageCharacters },
  ];
  return {
    role: 'patch',
    incidentId: params.words.incident,
    purpose: 'propose-patch',
    instructions: [
      'A service fails since a commit of its code was brought out. Write the smallest edit that removes the fault and keeps the rest of what the commit was for.',
      'Each edit names a file by its number, a passage of it to find, copied to the letter and long enough to occur exactly once in that file, and what stands in its place.',
      `Change at most ${maxChangedLines} lines in all. Write no address, credential or dependency that is not in the file, and leave out every change that the fault does not need.`,
      'Do not silence the error, weaken a check or remove a measurement. When the files do not show the fault, answer with no edits and say what is missing.',
      'A person reads the edit before it is used.',
    ].join('\n'),
    material,
    schema: PatchAnswer,
    maxOutputTokens: 2_000,
    deadlineMs: deadlineSeconds * 1_000,
    signal,
  };
}
