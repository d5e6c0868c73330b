/** Prometheus and Alertmanager from the official releases on GitHub, checked against hashes pinned here. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Run, reasonOf } from './run.ts';

export interface Release {
  repository: 'prometheus' | 'alertmanager';
  version: string;
  programs: string[];
  /** Of the .tar.gz, hexadecimal. */
  sha256: string;
}

const prometheus = { repository: 'prometheus', version: '2.54.0', programs: ['prometheus', 'promtool'] } as const;
const alertmanager = { repository: 'alertmanager', programs: ['alertmanager', 'amtool'] } as const;

/** By platform as the releases name it. A platform that is not here has no hash that could be established, and is not downloaded. */
export const releases: Readonly<Record<string, readonly Release[]>> = {
  'linux-amd64': [
    { ...prometheus, programs: [...prometheus.programs], sha256: '465e1393a0cca9705598f6ffaf96ffa78d0347808ab21386b0c6aaec2cf7aa13' },
    {
      ...alertmanager,
      version: '0.28.1',
      programs: [...alertmanager.programs],
      sha256: '5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311',
    },
  ],
  'linux-arm64': [
    { ...prometheus, programs: [...prometheus.programs], sha256: 'ed50b67cb833a225ec2a53b487c6e20372b20e56dce226423fa8611c8aa50392' },
    {
      ...alertmanager,
      version: '0.28.1',
      programs: [...alertmanager.programs],
      sha256: 'd8832540e5b9f613d2fd759e31d603173b9c61cc7bb5e3bc7ae2f12038b1ce4f',
    },
  ],
  'darwin-amd64': [
    { ...prometheus, programs: [...prometheus.programs], sha256: 'ca4caee10bfd114adcffe8c23b80e53973be4a7c2666cd5a182a601f0eac2295' },
    {
      ...alertmanager,
      version: '0.23.0',
      programs: [...alertmanager.programs],
      sha256: 'f8d668f88f8934202aaf646a93a116ac38532144bdaad291319518704a01f2ca',
    },
  ],
  'darwin-arm64': [
    { ...prometheus, programs: [...prometheus.programs], sha256: '875db6df65636d047b6aea3cfac56f4a0e2deb325232fb87bda2383d0330f033' },
    {
      ...alertmanager,
      version: '0.23.0',
      programs: [...alertmanager.programs],
      sha256: '01d47f98b46d92dac2a7ae8f45668e8491f835c57f8c3cab39a3cb6ec8d16ca1',
    },
  ],
};

const githubBase = 'https://github.com/prometheus';
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** `linux-amd64` for Node's `linux`, `x64`. */
export function platformName(platform: string, arch: string): string {
  return `${platform}-${arch === 'x64' ? 'amd64' : arch}`;
}

async function get(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    const why =
      cause instanceof Error
        ? [cause.message, cause.cause instanceof Error ? cause.cause.message : ''].filter(Boolean).join(': ')
        : String(cause);
    throw new Error(`${url}: ${why}`, { cause });
  }
}

async function fetchOne(dir: string, platform: string, release: Release, base: string, run: Run): Promise<void> {
  const { repository, version, programs, sha256 } = release;
  const name = `${repository}-${version}.${platform}`;
  const url = `${base}/${repository}/releases/download/v${version}/${name}.tar.gz`;
  const archive = await get(url);
  const actual = createHash('sha256').update(archive).digest('hex');
  // Nothing of it has touched the disk yet.
  if (actual !== sha256)
    throw new Error(`${url} has SHA-256 ${actual}, expected ${sha256}: it is not the file that was released; not used`);
  const file = join(dir, `${name}.tar.gz`);
  await writeFile(file, archive);
  const unpacked = await run('tar', ['-xzf', file, '-C', dir]);
  if (unpacked.code !== 0) throw new Error(`tar -xzf ${name}.tar.gz: ${reasonOf(unpacked)}`);
  await mkdir(join(dir, 'bin'), { recursive: true });
  for (const program of programs) await copyFile(join(dir, name, program), join(dir, 'bin', program));
  await rm(join(dir, name), { recursive: true });
  await rm(file);
}

/** Fills `dir` with bin/. Throws when the platform has no pinned release, the network fails or a hash differs. */
export async function fetchReleases(
  dir: string,
  platform: string,
  run: Run,
  { base = githubBase, pinned = releases }: { base?: string; pinned?: typeof releases } = {},
): Promise<void> {
  const wanted = pinned[platform];
  if (!wanted) throw new Error(`no release is pinned for ${platform}, only for ${Object.keys(pinned).join(', ')}`);
  for (const release of wanted) await fetchOne(dir, platform, release, base, run);
}
