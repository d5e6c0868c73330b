/** Prometheus and Alertmanager from the packages of Debian or Ubuntu, unpacked and not installed: no root, nothing outside the given folder. */
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Run, type RunResult, reasonOf } from './run.ts';

const PACKAGES = ['prometheus', 'prometheus-alertmanager'];

/**
 * Debian's Alertmanager opens its default templates at this fixed path and ends when they are missing, as they are when it is not installed.
 * No flag moves it. A path of the same length that is relative to the working directory takes its place.
 */
const FIXED_SHARE_PATH = '/usr/share/prometheus/alertmanager';
const RELATIVE_SHARE_PATH = `.${'/'.repeat(FIXED_SHARE_PATH.length - 1 - 'alertmanager'.length)}alertmanager`;

export function relocateShare(binary: Buffer): Buffer {
  const relocated = Buffer.from(binary);
  for (let at = relocated.indexOf(FIXED_SHARE_PATH); at !== -1; at = relocated.indexOf(FIXED_SHARE_PATH, at)) {
    relocated.write(RELATIVE_SHARE_PATH, at, 'latin1');
  }
  return relocated;
}

function privateState(dir: string): string[] {
  // Debug::NoLocking: the locks of the system's own lists belong to root.
  return ['-o', `Dir::State::lists=${join(dir, 'lists')}`, '-o', `Dir::Cache=${join(dir, 'cache')}`, '-o', 'Debug::NoLocking=1'];
}

async function download(run: Run, debs: string): Promise<RunResult> {
  // Run by root, apt would hand the download to a user who cannot write here, and say so.
  // An unreachable mirror must fail in seconds, so that the official release gets its turn.
  const common = [
    '-q',
    '-o',
    'APT::Sandbox::User=',
    '-o',
    'Acquire::Retries=1',
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'Acquire::https::Timeout=20',
  ];
  const first = await run('apt-get', ['download', ...common, ...PACKAGES], { cwd: debs });
  if (first.code === 0) return first;
  // Package lists are missing (a fresh container) or name files that are gone: fetch lists of our own.
  const state = join(debs, 'apt');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const options = [...common, ...privateState(state)];
  // Its exit code says that some source failed; whether ours did shows in the download.
  const update = await run('apt-get', ['update', ...options], { cwd: debs });
  const second = await run('apt-get', ['download', ...options, ...PACKAGES], { cwd: debs });
  if (second.code === 0) return second;
  return { ...second, stderr: [first, update, second].map(reasonOf).filter(Boolean).join(' | ') };
}

/** Fills `dir` with bin/ and share/. Throws with the reason. apt checks the packages against its signed lists. */
export async function fetchWithApt(dir: string, run: Run): Promise<void> {
  const debs = join(dir, 'debs');
  const root = join(dir, 'root');
  await mkdir(debs, { recursive: true });
  const downloaded = await download(run, debs);
  if (downloaded.code !== 0) throw new Error(`apt-get download: ${reasonOf(downloaded)}`);
  for (const deb of (await readdir(debs)).filter((name) => name.endsWith('.deb'))) {
    const unpacked = await run('dpkg-deb', ['-x', join(debs, deb), root]);
    if (unpacked.code !== 0) throw new Error(`dpkg-deb -x ${deb}: ${reasonOf(unpacked)}`);
  }
  await rename(join(root, 'usr', 'bin'), join(dir, 'bin'));
  const alertmanager = join(dir, 'bin', 'alertmanager');
  await writeFile(alertmanager, relocateShare(await readFile(join(dir, 'bin', 'prometheus-alertmanager'))));
  await chmod(alertmanager, 0o755);
  await rm(join(dir, 'bin', 'prometheus-alertmanager'));
  await mkdir(join(dir, 'share'), { recursive: true });
  await cp(join(root, 'usr', 'share', 'prometheus', 'alertmanager'), join(dir, 'share', 'alertmanager'), { recursive: true });
  await rm(debs, { recursive: true });
  await rm(root, { recursive: true });
}
