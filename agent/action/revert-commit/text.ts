/** The words of the pull request and of its commit. Ours stand free; a stranger's are fenced, and none of them reach the title or the commit. */
import type { FileChange } from '../github/pull-request.ts';
import type { Commit } from '../github/replies.ts';
import { fenced, marker } from '../github/text.ts';
import { foundParagraphs, incidentSlug } from '../github/words.ts';
import type { Params } from './schema.ts';

const maxMessageLines = 8;
const maxShownFiles = 12;
const maxLineLength = 160;
const shortSha = 12;

export function titleFor({ commit, service, words }: Params): string {
  return `Revert ${commit.slice(0, shortSha)} of ${service} (incident ${incidentSlug(words.incident).slice(0, 36)})`;
}

export function commitMessageFor(params: Params): string {
  return `${titleFor(params)}\n\nThis reverts commit ${params.commit}.`;
}

function markerFor({ commit, words }: Params): string {
  return marker('revert-commit', words.incident, commit);
}

export function bodyFor(params: Params, commit: Commit, changes: readonly FileChange[], merging: string): string {
  const files = changes.slice(0, maxShownFiles).map(({ path, sha }) => `${sha === null ? 'removed' : 'restored'} ${path}`);
  const more = changes.length > files.length ? [`and ${changes.length - files.length} more`] : [];
  return [
    markerFor(params),
    `Kintsugi blames commit ${params.commit} and proposes to undo it. Nothing else is changed.`,
    ...foundParagraphs(params.words, params.service, params.cluster),
    'What its author wrote:',
    fenced(commit.commit.message.split('\n').slice(0, maxMessageLines), maxLineLength),
    `Files (${changes.length}):`,
    fenced([...files, ...more], maxLineLength),
    merging,
  ].join('\n\n');
}
