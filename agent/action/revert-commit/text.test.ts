import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blaming } from '../../testing/github-actions.ts';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { branchOf } from '../github/branches.ts';
import type { Commit } from '../github/replies.ts';
import { firstLineOf } from '../github/text.ts';
import { wordsFor } from '../github/words.ts';
import type { Params } from './schema.ts';
import { bodyFor, commitMessageFor, titleFor } from './text.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

function paramsOf(id: string, alertName: string, because: string): Params {
  const incident = { ...incidentBrief, id: id as typeof incidentBrief.id, alertName };
  return { cluster: 'shop', service: 'checkout', commit: sha, words: wordsFor(blaming(sha, because), incident) };
}
const commitOf = (message: string): Commit => ({ sha, commit: { message, tree: { sha } }, parents: [], files: [] });
const bodyOf = (params: Params, message: string, path: string) =>
  bodyFor(params, commitOf(message), [{ path, mode: '100644', sha: null }], 'Nobody merges it but a person.');

describe('the words of a revert', () => {
  it('are a page of one shape, whatever alert, log, author and file names say', () => {
    const plain = shapeOfMarkdown(bodyOf(paramsOf('incident-1', 'a', 'b'), 'c', 'd'));
    expect(plain.filter((kind) => kind === 'code')).toHaveLength(4);
    fc.assert(
      fc.property(hostileTexts, hostileTexts, hostileTexts, hostileTexts, (alertName, because, message, path) => {
        const body = bodyOf(paramsOf('incident-1', alertName, because), message, path);
        expect(shapeOfMarkdown(body)).toEqual(plain);
        expect(body).not.toMatch(/@[\w-]|#\d|:\/\/|www\./i);
        expect(body.length).toBeLessThan(8_000);
        expect(firstLineOf(body)).toMatch(/^<!-- kintsugi revert-commit [0-9a-f]{24} -->$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('let no stranger into the title, the branch or the commit message', () => {
    fc.assert(
      fc.property(hostileTexts, hostileTexts, hostileTexts, (id, alertName, because) => {
        const params = paramsOf(id, alertName, because);
        expect(branchOf('revert', id, sha)).toMatch(/^kintsugi\/[A-Za-z0-9-]{1,60}\/revert-0123456789ab$/);
        expect(titleFor(params)).toMatch(/^Revert 0123456789ab of checkout \(incident [A-Za-z0-9-]{1,36}\)$/);
        expect(commitMessageFor(params)).toBe(`${titleFor(params)}\n\nThis reverts commit ${sha}.`);
      }),
      { numRuns: 2_000 },
    );
  });
});
