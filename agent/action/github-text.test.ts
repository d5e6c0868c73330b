import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { describe, expect, it } from 'vitest';
import { hostileTexts } from '../testing/hostile-words.ts';
import { fenced, firstLineOf, marker, strangersLine } from './github-text.ts';

/** What a reader of Markdown makes of it, without what stands in code. */
function shapeOf(text: string): string[] {
  const found: string[] = [];
  const walk = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      found.push(token.type);
      if ('tokens' in token && token.tokens) walk(token.tokens);
    }
  };
  walk(marked.lexer(text));
  return found;
}

const page = (lines: readonly string[]) => ['Before.', fenced(lines, 300), 'After.'].join('\n\n');

describe('words of strangers in a text for GitHub', () => {
  it('change nothing of what a reader of Markdown makes of the page', () => {
    const plain = shapeOf(page(['words']));
    expect(plain).toContain('code');
    fc.assert(
      fc.property(fc.array(hostileTexts, { minLength: 1, maxLength: 5 }), (lines) => {
        expect(shapeOf(page(lines))).toEqual(plain);
      }),
      { numRuns: 3_000 },
    );
  });

  it('hold nothing that acts once they stand free, as in a squashed commit message', () => {
    fc.assert(
      fc.property(hostileTexts, (text) => {
        const line = strangersLine(text, 300);
        expect(line).not.toMatch(
          /@[\w-]|#\d|\bGH-\d|:\/\/|www\.|\[skip|\[ci|\[no|[\n\r\u2028\u2029]|```|<!-- kintsugi [a-z-]+ [0-9a-f]{24} -->$/i,
        );
        for (const acting of ['link', 'image', 'html', 'def', 'checkbox']) expect(shapeOf(line)).not.toContain(acting);
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

  it('are read as they were written, but for what was hidden or is a secret', () => {
    expect(strangersLine('Fix the timeout (2000 → 20 ms)', 80)).toBe('Fix the timeout (2000 → 20 ms)');
    expect(strangersLine('ask @team, see #12', 80).replaceAll('\u200b', '')).toBe('ask @team, see #12');
    expect(strangersLine('a\u202eb\u0000c', 80)).toBe('a b c');
    expect(strangersLine('password="hunter22"', 80)).toBe('password="***"');
    expect(strangersLine('x'.repeat(500), 80)).toHaveLength(80);
    expect(fenced(['', ' '], 80)).toBe('```text\n(nothing)\n```');
  });
});
