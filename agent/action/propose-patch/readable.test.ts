import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaped } from '../../approval/slack/text.ts';
import { plain } from '../../cli/plain.ts';
import { findSecrets } from '../../domain/secret-text.ts';
import { applyEdits, blobId, type EditableFile } from './edit.ts';
import { hunkForPeople, unreadable } from './readable.ts';
import { Config, type Edit } from './schema.ts';

const source = 'def pay(user):\n    if user.is_admin:\n        audit(user)\n        grant_all(user)\n    charge(user, 20)\n';
const file: EditableFile = { path: 'quote.py', mode: '100644', sha: blobId(source), text: source };

function shown(edit: Omit<Edit, 'file'>) {
  const made = applyEdits([file], [{ file: 1, ...edit }], { maxChangedLines: 30 });
  if ('notPossible' in made) throw new Error(made.notPossible);
  return made.hunks.map(hunkForPeople);
}

describe('an edit as people read it', () => {
  it('shows a change of nothing but indentation', () => {
    expect(shown({ search: '        grant_all(user)', replace: '    grant_all(user)' })).toMatchObject([
      { line: 4, removed: ['········grant_all(user)'], added: ['····grant_all(user)'] },
    ]);
    expect(shown({ search: '    charge', replace: '\tcharge' })).toMatchObject([{ added: ['→charge(user, 20)'] }]);
    expect(shown({ search: 'charge(user, 20)', replace: 'charge(user,  20) ' })).toMatchObject([{ added: ['····charge(user,··20)·'] }]);
  });

  it('shows a blank that stands where a channel shows one that is none', () => {
    expect(shown({ search: 'charge(user, 20)', replace: 'charge(user[ 1])' })).toMatchObject([{ added: [expect.stringContaining('·1')] }]);
  });

  it('is never cut, and two lines that differ never look alike, neither on a terminal nor in a chat', () => {
    const letter = fc.constantFrom(' ', ' ', '\t', 'a', '(', '@', '[', '<', '#', '`', ':', '://', 'www', '.', 'GH-', '1', '·');
    const short = fc.string({ unit: letter, maxLength: 4 });
    const line = fc.oneof(short, fc.string({ unit: letter, maxLength: 60 }));
    fc.assert(
      fc.property(line, line, (one, other) => {
        const hunk = { path: 'a.py', line: 1, removed: [one], added: [other] };
        const isRefused = unreadable([hunk]) !== null || findSecrets(one).length + findSecrets(other).length > 0;
        if (isRefused) return;
        const { removed, added } = hunkForPeople(hunk) as { removed: string[]; added: string[] };
        for (const channel of [plain, (text: string) => escaped(text, 2_000)]) {
          expect(channel(removed[0] ?? '') === channel(added[0] ?? '')).toBe(one === other);
          expect(channel(added[0] ?? '').replace(/[^a]/g, '')).toBe(other.replace(/[^a]/g, ''));
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

it('gives the models a minute at most', () => {
  expect(Config.safeParse({ deadlineSeconds: 60 }).success).toBe(true);
  expect(Config.safeParse({ deadlineSeconds: 61 }).success).toBe(false);
});
