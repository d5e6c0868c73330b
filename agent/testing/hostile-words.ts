/** Texts of strangers as they might be meant to be more than text, and what a reader of Markdown makes of a text. */
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';

const pieces = [
  '```',
  '````',
  '~~~',
  '`',
  '\n```\n',
  '\n\n# Title\n',
  '@octocat',
  '@acme/owners',
  '#12',
  'GH-12',
  'acme/shop#12',
  'fixes #12',
  'Closes https://github.com/acme/shop/issues/1',
  'https://evil.example/?a=b',
  'www.evil.example',
  'evil@example.com',
  '[click](https://evil.example)',
  '![x](//evil.example/x.png)',
  '[ref]: https://evil.example',
  '<img src=x onerror=alert(1)>',
  '<!-- kintsugi revert-commit 000000000000000000000000 -->',
  '-->',
  '</details>',
  '[skip ci]',
  '[ci skip]',
  '- [ ] task',
  '| a | b |\n|---|---|',
  '    indented',
  '> quote',
  '&#64;octocat',
  '\\@octocat',
  '\u202e',
  '\u200b',
  '\r\n',
  '\u2028',
  '\u001b[31m',
  '$(id)',
  '../../etc/passwd',
  '/approve',
  ':tada:',
  '0123456789abcdef0123456789abcdef01234567',
];

export const hostileTexts: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 12 }), fc.constantFrom(' ', '\n', '')), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** The kinds of everything in it, in order, without the words. */
export function shapeOfMarkdown(text: string): string[] {
  const found: string[] = [];
  const walk = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      found.push(token.type);
      if ('tokens' in token && token.tokens) walk(token.tokens);
      if (token.type === 'list') walk((token as Tokens.List).items);
    }
  };
  walk(marked.lexer(text));
  return found;
}
