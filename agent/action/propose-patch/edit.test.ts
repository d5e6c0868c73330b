import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTexts } from '../../testing/hostile-words.ts';
import { applyEdits, blobId, type EditableFile, maxEditCharacters } from './edit.ts';
import type { Edit } from './schema.ts';

function fileOf(path: string, text: string): EditableFile {
  return { path, mode: '100644', sha: blobId(text), text };
}
const quote = fileOf('quote.ts', "import { ask } from './ask.ts';\n\nexport const quote = () =>\n  ask('http://prices:8080', 20);\n");
const log = fileOf('log.ts', 'log();\nlog();\n');
const apply = (edits: Edit[], maxChangedLines = 30) => applyEdits([quote, log], edits, { maxChangedLines });
const mending: Edit = { file: 1, search: "8080', 20)", replace: "8080', 2000)" };

describe('the edits of a model', () => {
  it('are made to the letter, and told line by line', () => {
    const made = apply([mending]);
    if ('notPossible' in made) throw new Error(made.notPossible);
    const [file] = made.files;
    expect(made.files).toHaveLength(1);
    expect(file).toMatchObject({ path: 'quote.ts', before: quote.sha, text: quote.text.replace('20)', '2000)') });
    expect(file?.sha).toBe(blobId(file?.text ?? ''));
    expect(made.hunks).toEqual([
      { path: 'quote.ts', line: 4, removed: ["  ask('http://prices:8080', 20);"], added: ["  ask('http://prices:8080', 2000);"] },
    ]);
  });

  it('name a file as git does', () => {
    // git hash-object of an empty file, and of "hello\n"
    expect([blobId(''), blobId('hello\n')]).toEqual([
      'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
      'ce013625030ba8dba906f756967f9e9ca394464a',
    ]);
  });

  it('are made in several places and files at once, in whatever order they come', () => {
    const made = apply([
      { file: 2, search: 'log();\nlog();', replace: 'log();' },
      { file: 1, search: '20)', replace: '30)' },
      { file: 1, search: 'export const quote', replace: 'export const price' },
    ]);
    expect(made).toMatchObject({
      files: [
        { path: 'quote.ts', text: expect.stringMatching(/const price.*30\);\n$/s) },
        { path: 'log.ts', text: 'log();\n' },
      ],
      hunks: [{ line: 3 }, { line: 4 }, { path: 'log.ts', removed: ['log();'], added: [] }],
    });
  });

  it.each<[string, Edit[], RegExp]>([
    ['there are none', [], /no edit/],
    ['the file is not one of those shown', [{ ...mending, file: 3 }], /names file 3, of 2/],
    ['the passage is not there', [{ ...mending, search: 'ask(20)' }], /does not find/],
    ['the passage is there twice', [{ file: 2, search: 'log();', replace: '' }], /more than once/],
    ['the passage overlaps itself', [{ file: 2, search: 'log();\n', replace: '' }], /more than once/],
    ['nothing changes', [{ ...mending, replace: mending.search }], /changes nothing/],
    ['two edits touch', [mending, { file: 1, search: ', 20)', replace: ', 1)' }], /the same passage/],
    ['an address is new', [{ ...mending, replace: "8080', 20, 'https://evil.example/x')" }], /an address/],
    ['another port is reached', [{ file: 1, search: 'http://prices:8080', replace: 'http://prices:8081' }], /an address/],
    ['an IP address is new', [{ ...mending, replace: "8080', 20, '10.1.2.3')" }], /an address/],
    ['a known address gets another host', [{ file: 1, search: 'prices', replace: 'evil' }], /an address/],
    ['a host is new', [{ ...mending, replace: "8080', 20, 'evil.example')" }], /an address/],
    ['other code is loaded', [{ ...mending, replace: "8080', 2000); import('evil')" }], /loads or runs other code/],
    ['characters are numbers', [{ ...mending, replace: "8080', 2000, '\\x2f')" }], /by their numbers/],
    ['what is written reads otherwise', [{ ...mending, replace: "8080', 2000)\u202e" }], /cannot be seen/],
    ['a line ends in two ways', [{ ...mending, replace: "8080', 2000)\r\n" }], /cannot be seen/],
    ['a byte is no text', [{ ...mending, replace: "8080', 2000)\0" }], /cannot be seen/],
    ['a blank is none of the usual', [{ ...mending, replace: "8080',\u00a02000)" }], /cannot be seen/],
    ['a line is too long to be shown whole', [{ ...mending, replace: `8080', 2000); // ${'x'.repeat(200)}` }], /more than 200 characters/],
    ['a gap hides what follows', [{ ...mending, replace: `8080', 2000);${' '.repeat(20)}evil()` }], /a gap that hides/],
    ['a gap of tabs hides what follows', [{ ...mending, replace: `8080', 2000);${'\t'.repeat(20)}evil()` }], /a gap that hides/],
    ['a credential is written', [{ ...mending, replace: "8080', 'AKIAIOSFODNN7EXAMPLE')" }], /a secret/],
    ['a mask is written', [{ ...mending, replace: "8080', '[secret]')" }], /masked/],
    ['a masked host is written', [{ ...mending, replace: "8080', '[host-1]')" }], /masked/],
    ['they are long', [{ ...mending, replace: 'x'.repeat(maxEditCharacters) }], /characters/],
  ])('are refused as a whole when %s', (_, edits, reason) => {
    expect(apply(edits)).toMatchObject({ notPossible: expect.stringMatching(reason) });
  });

  it('quote nothing that looks like a secret, though it stays as it is', () => {
    const settings = fileOf('settings.ts', "const key = 'AKIAIOSFODNN7EXAMPLE';\nask(20);\n");
    const edit = (search: string) =>
      applyEdits([settings], [{ file: 1, search, replace: search.replace('20', '30') }], { maxChangedLines: 9 });
    expect(edit("EXAMPLE';\nask(20)")).toMatchObject({ files: [{ path: 'settings.ts' }] });
    expect(edit(settings.text)).toMatchObject({ notPossible: expect.stringContaining('quotes what looks like a secret') });
  });

  it('are refused when they change more lines than they may', () => {
    const long = [{ ...mending, replace: "8080', 2000);\n  log();\n  log()" }];
    expect(apply(long, 4)).toMatchObject({ hunks: [{ removed: { length: 1 }, added: { length: 3 } }] });
    expect(apply(long, 3)).toMatchObject({ notPossible: expect.stringMatching(/change 4 lines/) });
  });

  it('change what they name and nothing else, whatever a model writes', () => {
    const passages = fc.tuple(fc.nat(quote.text.length), fc.integer({ min: 4, max: 30 }));
    const passage = passages.map(([from, length]) => quote.text.slice(from, from + length));
    const search = fc.oneof({ weight: 4, arbitrary: passage }, hostileTexts);
    const replace = fc.oneof(hostileTexts, passage, fc.string({ maxLength: 12 }));
    const edits = fc.array(fc.record({ file: fc.integer({ min: 1, max: 3 }), search, replace }), { maxLength: 3 });
    let made = 0;
    fc.assert(
      fc.property(edits, (given) => {
        const result = apply(given);
        if ('notPossible' in result) return;
        made += 1;
        for (const { path, text, before } of result.files) {
          const file = [quote, log].find((one) => one.path === path);
          const here = given.filter((edit) => [quote, log][edit.file - 1] === file);
          expect(before).toBe(file?.sha);
          // What the edits leave of the file is what is left when they are taken out of the result.
          const kept = here.reduce((left, { search }) => left.replace(search, () => ''), file?.text ?? '');
          expect(text.length).toBe(kept.length + here.reduce((sum, { replace }) => sum + replace.length, 0));
          expect(text).not.toMatch(/\p{Cf}|\r|(?:\/\/|['"`@])[\w.-]*evil\.example/u);
        }
        const changed = result.hunks.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
        expect(changed).toBeLessThanOrEqual(30);
      }),
      { numRuns: 5_000 },
    );
    expect(made).toBeGreaterThan(80);
  });
});
