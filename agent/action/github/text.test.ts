import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { fenced, firstLineOf, marker } from './text.ts';

const page = (lines: readonly string[]) => ['Before.', fenced(lines, 300), 'After.'].join('\n\n');

describe('words of strangers in a text for GitHub', () => {
  it('change nothing of what a reader of Markdown makes of the page', () => {
    const plain = shapeOfMarkdown(page(['words']));
    expect(plain).toContain('code');
    fc.assert(
      fc.property(fc.array(hostileTexts, { minLength: 1, maxLength: 5 }), (lines) => {
        expect(shapeOfMarkdown(page(lines))).toEqual(plain);
      }),
      { numRuns: 3_000 },
    );
  });

  it('never stand where a marker is looked for', () => {
    const ours = marker('revert-commit', 'incident-1', 'sha');
    fc.assert(
      fc.property(hostileTexts, (text) => {
        expect(firstLineOf(page([text, ours]))).toBe('Before.');
      }),
    );
    expect(firstLineOf(`${ours}\r\nmore`)).toBe(ours);
    expect(marker('revert-commit', 'a', 'bc')).not.toBe(marker('revert-commit', 'ab', 'c'));
  });

  it('leave a block that holds something, even when there are none', () => {
    expect(fenced(['', ' '], 80)).toBe('```text\n(nothing)\n```');
  });
});
