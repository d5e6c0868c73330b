import { describe, expect, it } from 'vitest';
import { Change } from '../case/case.ts';
import { candidatesOf, isSameSha } from './candidates.ts';

const change = (fields: Partial<Change>): Change => Change.parse({ t: 0, kind: 'commit', ...fields });

describe('which changes may be guilty', () => {
  it('joins a commit with the deployments that give its abbreviation, and keeps the longer sha', () => {
    const found = candidatesOf([
      change({ t: 20, kind: 'deploy', node: 'till', sha: 'abcdef12' }),
      change({ t: 10, sha: 'abcdef1234567890', message: 'smaller pool', files: ['pool.go'], diff: '-a\n+b' }),
      change({ t: 30, kind: 'deploy', node: 'shop', sha: 'ABCDEF1' }),
    ]);
    expect(found).toEqual([
      {
        sha: 'abcdef1234567890',
        message: 'smaller pool',
        files: ['pool.go'],
        diff: '-a\n+b',
        released: [
          { node: 'till', at: 20 },
          { node: 'shop', at: 30 },
        ],
      },
    ]);
  });

  it('leaves out what was never brought out, where deployments are known', () => {
    const commits = [change({ t: 10, sha: 'aaaaaaa1' }), change({ t: 12, sha: 'bbbbbbb2' })];
    expect(candidatesOf([...commits, change({ t: 20, kind: 'deploy', node: 'till', sha: 'bbbbbbb2' })]).map(({ sha }) => sha)).toEqual([
      'bbbbbbb2',
    ]);
    expect(candidatesOf(commits)).toHaveLength(2);
  });

  it('takes a change of configuration as brought out by itself, and no flag', () => {
    const found = candidatesOf([
      change({ t: 5, kind: 'config', node: 'till', sha: 'ccccccc3' }),
      change({ t: 6, kind: 'flag', node: 'till', sha: 'ddddddd4' }),
      change({ t: 7, kind: 'deploy', node: 'shop', sha: 'eeeeeee5' }),
    ]);
    expect(found.map(({ sha }) => sha)).toEqual(['ccccccc3', 'eeeeeee5']);
  });

  it('does not take short or different shas for the same', () => {
    expect(isSameSha('abcdef1', 'abcdef1234')).toBe(true);
    expect(isSameSha('abc', 'abcdef1234')).toBe(false);
    expect(isSameSha('abcdef2', 'abcdef1234')).toBe(false);
  });
});
