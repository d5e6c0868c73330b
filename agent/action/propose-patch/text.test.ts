import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blaming } from '../../testing/github-actions.ts';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { firstLineOf } from '../github/text.ts';
import { wordsFor } from '../github/words.ts';
import type { Params, Snapshot } from './schema.ts';
import { patchWords, takeBackWords } from './text.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

function paramsOf(id: string, alertName: string, because: string): Params {
  const incident = { ...incidentBrief, id: id as typeof incidentBrief.id, alertName };
  return { cluster: 'shop', service: 'checkout', commit: sha, words: wordsFor(blaming(sha, because), incident) };
}
const wordsOf = (params: Params, reason: string, path: string) =>
  patchWords(params, [{ path, line: 3, removed: ['a'], added: [] }], reason, 'Nobody merges it but a person.');

it('makes a page of one shape of whatever the model, the alert, the evidence and the file names say', () => {
  const plain = shapeOfMarkdown(wordsOf(paramsOf('incident-1', 'a', 'b'), 'c', 'd').body);
  expect(plain.filter((kind) => kind === 'code')).toHaveLength(4);
  fc.assert(
    fc.property(hostileTexts, hostileTexts, hostileTexts, hostileTexts, (alertName, because, reason, path) => {
      const { body } = wordsOf(paramsOf('incident-1', alertName, because), reason, path);
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
      const { title, commitMessage } = wordsOf(params, text, text);
      expect(title).toMatch(/^Mend 0123456789ab of checkout \(incident [A-Za-z0-9-]{1,36}\)$/);
      expect(commitMessage).toBe(`${title}\n\nA model wrote this edit for commit ${sha}; a person agreed to it.`);
      const back = takeBackWords(params, { title, files: [{ path: text }] } as Snapshot, 'A person merges it.');
      expect(back.title).toBe(`Take back: ${title}`);
      expect(back.commitMessage).toBe(`Take back: ${title}\n\nThe service did not recover with it.`);
      expect(back.body).not.toContain('```');
    }),
    { numRuns: 1_000 },
  );
});
