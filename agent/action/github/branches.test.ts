import { expect, it } from 'vitest';
import { branchOf, isAboutCommit } from './branches.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

it('names a branch by the incident and the commit, and knows those of other incidents', () => {
  const branch = branchOf('revert', 'incident-2', sha);
  expect(branch).toBe('kintsugi/incident-2/revert-0123456789ab');
  expect(branchOf('patch', '../x y', sha)).toBe('kintsugi/x-y/patch-0123456789ab');
  const others = [branch, branchOf('patch', 'incident-3', sha)];
  expect(others.map((one) => isAboutCommit(one, sha))).toEqual([true, true]);
  expect(others.map((one) => isAboutCommit(one, sha.replace('0', 'f')))).toEqual([false, false]);
  expect(isAboutCommit('revert-0123456789ab', sha)).toBe(false);
});
