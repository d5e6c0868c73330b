/** Manifests and lock files, and how far a version jumps in one. */

export const manifest =
  /(?:^|\/)(?:go\.(?:mod|sum)|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|pom\.xml|build\.gradle(?:\.kts)?|requirements[\w-]*\.txt|poetry\.lock|pyproject\.toml|cargo\.(?:toml|lock)|gemfile(?:\.lock)?|composer\.(?:json|lock)|libs\.versions\.toml|.*\.csproj|mix\.exs)$/i;

export type Jump = 'major' | 'minor' | 'patch';

/** The greatest jump: of the leading number of a version, its middle one, or its last. */
export function versionJump(removed: readonly string[], added: readonly string[]): Jump | undefined {
  const [before, after] = [removed.flatMap(versionIn), added.flatMap(versionIn)];
  let jump: Jump | undefined;
  for (const [i, [major, minor]] of before.entries()) {
    const now = after[i];
    if (!now) break;
    if (now[0] !== major) return 'major';
    if (now[1] !== minor) jump = 'minor';
    else jump ??= 'patch';
  }
  return jump;
}

function versionIn(line: string): [major: string, minor: string][] {
  const last = [...line.matchAll(/(\d+)\.(\d+)(?:\.\d+)?/g)].at(-1);
  return last ? [[last[1] ?? '', last[2] ?? '']] : [];
}
