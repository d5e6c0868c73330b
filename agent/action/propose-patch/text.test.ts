import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blaming } from '../../testing/github-actions.ts';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { firstLineOf } from '../github/text.ts';
import { wordsFor } from '../github/words.ts';
import type { Params } from './schema.ts';
import { patchWords, takeBackWords } from './text.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

function paramsOf(id: string, alertName: string, because: string): Params {
  const incident = { ...incidentBrief, id: id as typeof incidentBrief.id, alertName };
  return { cluster: 'shop', service: 'checkout', commit: sha, words: wordsFor(blaming(sha, because), incident) };
}
const wordsOf = (params: Params, reason: string) => patchWords(params, { reason, merges: false });

it('makes a page of one shape of whatever the model, the alert and the evidence say', () => {
  const plain = shapeOfMarkdown(wordsOf(paramsOf('incident-1', 'a', 'b'), 'c').body);
  expect(plain.filter((kind) => kind === 'code')).toHaveLength(3);
  fc.assert(
    fc.property(hostileTexts, hostileTexts, hostileTexts, (alertName, because, reason) => {
      const { body } = wordsOf(paramsOf('incident-1', alertName, because), reason);
      expect(shapeOfMarkdown(body)).toEqual(plain);
      expect(body).not.toMatch(/@[\w-]|#\d|:\/\/|www\./i);
      expect(firstLineOf(body)).toMatch(/^<!-- kintsugi propose-patch [0-9a-f]{24} -->$/);
    }),
    { numRuns: 2_000 },
  );
});

it('lets neither a stranger nor the model into a title or a commit message', () => {
  fc.assert(
    fc.property(hostileTexts, hostileTexts, hostileTexts, (id, alertName, text) => {
      const params = paramsOf(id, alertName, text);
      const { title, commitMessage } = wordsOf(params, text);
      expect(title).toMatch(/^Mend 0123456789ab of checkout \(incident [A-Za-z0-9-]{1,36}\)$/);
      expect(commitMessage).toBe(`${title}\n\nA model wrote this edit for commit ${sha}; a person agreed to it.`);
      const back = takeBackWords(params, { files: [{ path: text, mode: text, before: sha, after: sha }], merges: true });
      expect(back.title).toBe(`Take back: ${title}`);
      expect(back.commitMessage).toBe(`Take back: ${title}\n\nThe service did not recover with it.`);
      expect(back.body).not.toContain('```');
    }),
    { numRuns: 1_000 },
  );
});
