/**
 * Finds the real Prometheus and Alertmanager: on PATH, else in the cache, else fetched once into the cache.
 * It installs nothing and writes nowhere but into the cache folder; what cannot be verified is not used.
 */
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fetchWithApt } from './apt.ts';
import { fetchReleases, platformName } from './release.ts';
import { type Run, reasonOf, run as runCommand } from './run.ts';

/** Absolute paths. */
export interface Programs {
  prometheus: string;
  promtool: string;
  alertmanager: string;
  amtool: string;
  origin: 'path' | 'cache' | 'apt' | 'release';
  /** Working directory Alertmanager needs, for programs unpacked from a distribution's package. */
  shareDir?: string;
}

export interface FindOptions {
  env?: Record<string, string | undefined>;
  platform?: string;
  arch?: string;
  run?: Run;
  /** Told before something that takes seconds. */
  onProgress?: (message: string) => void;
  /** Ends a fetch under way. */
  signal?: AbortSignal;
  /** For tests: fetches the official releases. */
  releases?: (dir: string, platform: string, run: Run) => Promise<void>;
}

const NAMES = {
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  // Debian's name.
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
  amtool: ['amtool'],
} as const;

/** Part of the folder's name: another way of unpacking needs another number. */
const CACHE_LAYOUT = 1;
const STALE_MS = 3_600_000;

async function executable(dirs: string[], names: readonly string[]): Promise<string | undefined> {
  for (const dir of dirs) {
    for (const name of names) {
      const path = join(dir, name);
      try {
        await access(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

async function programsIn(dirs: string[], origin: Programs['origin']): Promise<Programs | undefined> {
  const [prometheus, promtool, alertmanager, amtool] = await Promise.all([
    executable(dirs, NAMES.prometheus),
    executable(dirs, NAMES.promtool),
    executable(dirs, NAMES.alertmanager),
    executable(dirs, NAMES.amtool),
  ]);
  if (!prometheus || !promtool || !alertmanager || !amtool) return undefined;
  return { prometheus, promtool, alertmanager, amtool, origin };
}

async function cached(dir: string, origin: Programs['origin']): Promise<Programs | undefined> {
  const programs = await programsIn([join(dir, 'bin')], origin);
  if (!programs) return undefined;
  const shareDir = join(dir, 'share');
  const hasShare = await stat(shareDir).then(
    () => true,
    () => false,
  );
  return hasShare ? { ...programs, shareDir } : programs;
}

/** Throws when a program does not even print its version: a missing library, another processor. */
async function checkRuns(programs: Programs, run: Run): Promise<void> {
  for (const name of ['prometheus', 'alertmanager'] as const) {
    const result = await run(programs[name], ['--version']);
    if (result.code !== 0) throw new Error(`${programs[name]} does not run here: ${reasonOf(result)}`);
  }
}

/** What an interrupted run left behind; a run that is still going on has a fresh folder. */
async function removeStale(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.includes('.part-'))) {
    const path = join(parent, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Puts the finished folder in its place. When another run was first, that one's is as good. */
async function publish(part: string, dir: string): Promise<void> {
  try {
    await rename(part, dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of the work. */
function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject);
  });
}

export async function findPrograms(options: FindOptions = {}): Promise<Programs> {
  const { env = process.env, platform = process.platform, arch = process.arch, releases = fetchReleases, signal } = options;
  const run: Run = (command, args, more) => (options.run ?? runCommand)(command, args, { ...more, signal });
  const onPath = await programsIn((env.PATH ?? '').split(delimiter).filter(Boolean), 'path');
  if (onPath) return onPath;

  const name = platformName(platform, arch);
  const parent = join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'kintsugi');
  const dir = join(parent, `monitoring-${CACHE_LAYOUT}-${name}`);
  const fromCache = await cached(dir, 'cache');
  if (fromCache) return fromCache;

  options.onProgress?.('Fetching Prometheus and Alertmanager, once');
  await mkdir(parent, { recursive: true });
  await removeStale(parent);
  const ways: { origin: 'apt' | 'release'; fetch: (into: string) => Promise<void> }[] = [
    { origin: 'release', fetch: (into) => releases(into, name, run) },
  ];
  const hasApt =
    platform === 'linux' && (await Promise.all(['apt-get', 'dpkg-deb'].map((tool) => run(tool, ['--version'])))).every((r) => r.code === 0);
  if (hasApt) ways.unshift({ origin: 'apt', fetch: (into) => fetchWithApt(into, run) });

  const failures: string[] = [];
  for (const { origin, fetch } of ways) {
    const part = `${dir}.part-${randomUUID()}`;
    try {
      await mkdir(part);
      await untilAborted(fetch(part), signal);
      const fresh = await cached(part, origin);
      if (!fresh) throw new Error('the archive does not hold prometheus, promtool, alertmanager and amtool');
      await checkRuns(fresh, run);
      await publish(part, dir);
      const programs = await cached(dir, origin);
      if (programs) return programs;
      throw new Error(`${dir} is there but incomplete: remove it and try again`);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`  ${origin}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  throw new Error(
    [
      `Prometheus and Alertmanager are neither on PATH nor in ${dir}, and could not be fetched for ${name}:`,
      ...failures,
      'Install both (prometheus, promtool, alertmanager, amtool) and put them on PATH, or run this once with network access.',
      'Behind a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1.',
    ].join('\n'),
  );
}
