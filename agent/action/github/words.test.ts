import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IncidentId } from '../../domain/ids.ts';
import { blaming } from '../../testing/github-actions.ts';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { foundParagraphs, incidentSlug, Words, wordsFor } from './words.ts';

it('keeps what strangers say about an incident in the code blocks of the page, whatever it is', () => {
  const plain = shapeOfMarkdown(foundParagraphs(wordsFor(blaming('a'), incidentBrief), 'checkout', 'shop').join('\n\n'));
  fc.assert(
    fc.property(hostileTexts, hostileTexts, hostileTexts, (alertName, because, startedAt) => {
      const words = wordsFor(blaming('a', because), { ...incidentBrief, alertName, startedAt });
      expect(Words.safeParse(words).success).toBe(true);
      expect(shapeOfMarkdown(foundParagraphs(words, 'checkout', 'shop').join('\n\n'))).toEqual(plain);
    }),
    { numRuns: 2_000 },
  );
});

it('keeps the words of a plan small, however much was found', () => {
  const long = { ...blaming('a'), because: Array.from({ length: 50 }, () => 'x'.repeat(5_000)) };
  expect(JSON.stringify(wordsFor(long, { ...incidentBrief, alertName: 'y'.repeat(5_000) })).length).toBeLessThan(2_500);
});

it('names an incident by letters, digits and hyphens only', () => {
  fc.assert(
    fc.property(hostileTexts, (id) => {
      expect(incidentSlug(id)).toMatch(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,58}[A-Za-z0-9])?-?$/);
    }),
  );
  expect(incidentSlug(IncidentId.parse('../../main'))).toBe('main');
});
