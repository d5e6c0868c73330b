import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTexts, shapeOfMarkdown } from '../testing/hostile-words.ts';
import { strangersLine } from './strangers-text.ts';

describe('words of strangers', () => {
  it('hold nothing that acts once they stand free, as in a squashed commit message', () => {
    fc.assert(
      fc.property(hostileTexts, (text) => {
        const line = strangersLine(text, 300);
        expect(line).not.toMatch(
          /@[\w-]|#\d|\bGH-\d|:\/\/|www\.|\[skip|\[ci|\[no|[\n\r\u2028\u2029]|```|<!-- kintsugi [a-z-]+ [0-9a-f]{24} -->$/i,
        );
        for (const acting of ['link', 'image', 'html', 'def', 'checkbox']) expect(shapeOfMarkdown(line)).not.toContain(acting);
      }),
      { numRuns: 3_000 },
    );
  });

  it('are read as they were written, but for what was hidden or is a secret', () => {
    expect(strangersLine('Fix the timeout (2000 → 20 ms)', 80)).toBe('Fix the timeout (2000 → 20 ms)');
    expect(strangersLine('ask @team, see #12', 80).replaceAll('\u200b', '')).toBe('ask @team, see #12');
    expect(strangersLine('a\u202eb\u0000c', 80)).toBe('a b c');
    expect(strangersLine('password="hunter22"', 80)).toBe('password="***"');
    expect(strangersLine('x'.repeat(500), 80)).toHaveLength(80);
  });
});
