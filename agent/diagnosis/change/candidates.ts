/** The changes that may be guilty: each commit with the deployments that brought it out. Where deployments are listed at all, a commit without one runs nowhere. */
import type { Change } from '../case.ts';

export interface Candidate {
  sha: string;
  message: string;
  files: readonly string[];
  diff: string | null;
  /** Where and when it came out; for a commit without known deployment its own node and time. */
  released: { node: string; at: number }[];
}

export function candidatesOf(changes: readonly Change[]): Candidate[] {
  const deploys = changes.filter(({ kind }) => kind === 'deploy');
  const bySha = new Map<string, Candidate>();
  for (const { kind, sha, message, files, diff, node, t } of changes) {
    if (sha === '' || kind === 'flag') continue;
    const known = [...bySha.values()].find((one) => isSameSha(one.sha, sha));
    const candidate = known ?? { sha, message: '', files: [], diff: null, released: [] };
    if (sha.length > candidate.sha.length) {
      bySha.delete(candidate.sha);
      candidate.sha = sha;
    }
    candidate.message ||= message ?? '';
    if (candidate.files.length === 0) candidate.files = files ?? [];
    candidate.diff ??= diff ?? null;
    const comesOut = kind === 'config' || kind === 'deploy' || deploys.length === 0;
    if (comesOut) candidate.released.push({ node, at: t });
    bySha.set(candidate.sha, candidate);
  }
  return [...bySha.values()].filter(({ released }) => released.length > 0);
}

/** One may be the abbreviation of the other. */
export function isSameSha(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short === long || (short.length >= 7 && long.toLowerCase().startsWith(short.toLowerCase()));
}
