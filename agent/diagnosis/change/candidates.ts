/** The changes that may be guilty: each commit with the deployments that brought it out. Where deployments are listed at all, a commit without one runs nowhere. */
import type { Change } from '../case/case.ts';

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
  const byPrefix = new Map<string, Candidate[]>();
  for (const { kind, sha, message, files, diff, node, t } of changes) {
    if (sha === '' || kind === 'flag') continue;
    const prefix = sha.slice(0, shortest).toLowerCase();
    const alike = byPrefix.get(prefix) ?? [];
    byPrefix.set(prefix, alike);
    let candidate = alike.find((one) => isSameSha(one.sha, sha));
    if (!candidate) {
      candidate = { sha, message: '', files: [], diff: null, released: [] };
      alike.push(candidate);
    }
    if (sha.length > candidate.sha.length) candidate.sha = sha;
    candidate.message ||= message ?? '';
    if (candidate.files.length === 0) candidate.files = files ?? [];
    candidate.diff ??= diff ?? null;
    if (kind === 'config' || kind === 'deploy' || deploys.length === 0) candidate.released.push({ node, at: t });
  }
  return [...byPrefix.values()].flat().filter(({ released }) => released.length > 0);
}

/** Fewer digits of a sha name no commit. */
const shortest = 7;

/** One may be the abbreviation of the other. */
export function isSameSha(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short === long || (short.length >= shortest && long.toLowerCase().startsWith(short.toLowerCase()));
}
