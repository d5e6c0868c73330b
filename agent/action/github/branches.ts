/** Names of our branches: by the incident and the commit alone, the same on every replica and after every restart. */
import { incidentSlug } from './words.ts';

const shortSha = 12;
/** What a pull request of ours does about a commit. */
const kinds = ['revert', 'patch', 'unpatch'] as const;
export type BranchKind = (typeof kinds)[number];

export function branchOf(kind: BranchKind, incident: string, commit: string): string {
  return `kintsugi/${incidentSlug(incident)}/${kind}-${commit.slice(0, shortSha)}`;
}

/** Whether a branch of any incident is about this commit. */
export function isAboutCommit(branch: string, commit: string): boolean {
  return branch.startsWith('kintsugi/') && kinds.some((kind) => branch.endsWith(`/${kind}-${commit.slice(0, shortSha)}`));
}
