/** The words of the pull requests and their commits. Ours stand free; a stranger's and the model's are fenced, and none reach a title or a commit. */
import type { PullRequestPlan } from '../github/pull-request.ts';
import { fenced, marker } from '../github/text.ts';
import { foundParagraphs, incidentSlug } from '../github/words.ts';
import type { Params, Snapshot } from './schema.ts';

const maxReasonLength = 400;
const shortSha = 12;

type PullWords = Pick<PullRequestPlan, 'title' | 'body' | 'commitMessage'>;

function titleFor({ commit, service, words }: Params): string {
  return `Mend ${commit.slice(0, shortSha)} of ${service} (incident ${incidentSlug(words.incident).slice(0, 36)})`;
}

function merging(merges: boolean): string {
  return merges ? 'It is merged by itself once all checks have passed.' : 'Nobody merges it but a person.';
}

export function patchWords(params: Params, { reason, merges }: Pick<Snapshot, 'reason' | 'merges'>): PullWords {
  const title = titleFor(params);
  return {
    title,
    commitMessage: `${title}\n\nA model wrote this edit for commit ${params.commit}; a person agreed to it.`,
    body: [
      marker('propose-patch', params.words.incident, params.commit),
      `A model wrote this edit of what commit ${params.commit} changed. Rules chose the files it may edit and how much; a person agreed to open it. Read it as you would read a stranger's.`,
      ...foundParagraphs(params.words, params.service, params.cluster),
      'What the model says about it:',
      fenced([reason], maxReasonLength),
      merging(merges),
    ].join('\n\n'),
  };
}

/** Of the pull request that takes a merged one back. */
export function takeBackWords(params: Params, { files, merges }: Pick<Snapshot, 'files' | 'merges'>): PullWords {
  const title = `Take back: ${titleFor(params)}`;
  return {
    title,
    commitMessage: `${title}\n\nThe service did not recover with it.`,
    body: [
      marker('propose-patch', 'take back', params.words.incident, params.commit),
      `The edit was merged and the service did not recover with it. This puts ${files.length === 1 ? 'its file' : `its ${files.length} files`} back; nothing else is changed.`,
      merging(merges),
    ].join('\n\n'),
  };
}
