import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchWithApt, relocateShare } from './apt.ts';
import { type FindOptions, findPrograms } from './programs.ts';
import { fetchReleases, type Release, releases } from './release.ts';
import { type Run, run } from './run.ts';

const platform = 'linux-amd64';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-programs-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function script(path: string, body = 'echo fake'): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}

/** Nothing on PATH, no apt: only what the test gives. */
function search(options: Partial<FindOptions> = {}): FindOptions {
  const noApt: Run = async (command, args, more) =>
    command === 'apt-get' ? { code: -1, stdout: '', stderr: 'no apt' } : run(command, args, more);
  return {
    env: { PATH: join(folder, 'path'), XDG_CACHE_HOME: join(folder, 'cache') },
    platform: 'linux',
    arch: 'x64',
    run: noApt,
    ...options,
  };
}

async function fakeRelease(dir: string): Promise<void> {
  for (const name of ['prometheus', 'promtool', 'alertmanager', 'amtool']) await script(join(dir, 'bin', name));
}

async function cacheEntries(): Promise<string[]> {
  return readdir(join(folder, 'cache', 'kintsugi'));
}

describe('findPrograms', () => {
  it('takes what is on PATH, by the name Debian gives it too', async () => {
    for (const name of ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool']) await script(join(folder, 'path', name));
    const found = await findPrograms(search());
    expect(found).toMatchObject({ origin: 'path', alertmanager: join(folder, 'path', 'prometheus-alertmanager') });
    expect(found.shareDir).toBeUndefined();
  });

  it('fetches once and then uses the cache', async () => {
    let fetched = 0;
    const release = async (dir: string) => {
      fetched += 1;
      await fakeRelease(dir);
    };
    expect((await findPrograms(search({ releases: release }))).origin).toBe('release');
    const second = await findPrograms(search({ releases: release }));
    expect(second).toMatchObject({
      origin: 'cache',
      amtool: join(folder, 'cache', 'kintsugi', 'monitoring-1-linux-amd64', 'bin', 'amtool'),
    });
    expect(fetched).toBe(1);
  });

  it('serves two runs that fetch at the same time', async () => {
    const both = await Promise.all([findPrograms(search({ releases: fakeRelease })), findPrograms(search({ releases: fakeRelease }))]);
    expect(new Set(both.map(({ prometheus }) => prometheus)).size).toBe(1);
    expect(await cacheEntries()).toEqual(['monitoring-1-linux-amd64']);
  });

  it('keeps nothing of a fetch that failed and says what to do', async () => {
    const failing = search({
      releases: async (dir) => {
        await fakeRelease(dir);
        throw new Error('the network is off');
      },
    });
    await expect(findPrograms(failing)).rejects.toThrow(/neither on PATH nor in .*\n {2}release: the network is off\nInstall both/);
    expect(await cacheEntries()).toEqual([]);
  });

  it('ends a fetch under way when it is told to, with what the fetch has started', async () => {
    const stop = new AbortController();
    let isRunEnded = false;
    const endless = search({
      signal: stop.signal,
      releases: async (_dir, _platform, runHere) => {
        setTimeout(() => stop.abort(new Error('Ctrl-C')), 100);
        await runHere('sleep', ['60']);
        isRunEnded = true;
        await new Promise(() => undefined);
      },
    });
    await expect(findPrograms(endless)).rejects.toThrow('Ctrl-C');
    await expect.poll(() => isRunEnded).toBe(true);
    expect(await cacheEntries()).toEqual([]);
  });

  it('does not keep programs that do not run here', async () => {
    const broken = search({
      releases: async (dir) => {
        await fakeRelease(dir);
        await script(join(dir, 'bin', 'alertmanager'), 'echo "libc.so.6: version GLIBC_2.34 not found" >&2; exit 1');
      },
    });
    await expect(findPrograms(broken)).rejects.toThrow('GLIBC_2.34 not found');
    expect(await cacheEntries()).toEqual([]);
  });

  it('names a platform without a pinned release', async () => {
    await expect(findPrograms(search({ platform: 'freebsd', arch: 'arm64' }))).rejects.toThrow(
      'no release is pinned for freebsd-arm64, only for linux-amd64, linux-arm64, darwin-amd64, darwin-arm64',
    );
  });

  it('tries the official release when the packages cannot be had, and reports both failures', async () => {
    const noPackages: Run = async (command, args) => {
      const code = args.includes('--version') ? 0 : 100;
      return { code, stdout: '', stderr: code === 0 ? '' : `${command}: Unable to locate package` };
    };
    const failed = search({ run: noPackages, releases: () => Promise.reject(new Error('github.com: ENOTFOUND')) });
    await expect(findPrograms(failed)).rejects.toThrow(
      /apt: apt-get download: .*Unable to locate package[\s\S]*release: github\.com: ENOTFOUND/,
    );
    expect((await findPrograms(search({ run: noPackages, releases: fakeRelease }))).origin).toBe('release');
  });
});

describe('fetchReleases', () => {
  let server: Server;
  let base: string;
  let archives: Map<string, Buffer>;

  beforeEach(async () => {
    archives = new Map();
    server = createServer((request, response) => {
      const archive = archives.get(request.url ?? '');
      response.writeHead(archive ? 200 : 404).end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function publish(): Promise<Release> {
    const name = `prometheus-1.2.3.${platform}`;
    for (const program of ['prometheus', 'promtool']) await script(join(folder, 'made', name, program));
    await run('tar', ['-czf', join(folder, 'made.tar.gz'), '-C', join(folder, 'made'), name]);
    const archive = await readFile(join(folder, 'made.tar.gz'));
    archives.set(`/prometheus/releases/download/v1.2.3/${name}.tar.gz`, archive);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    return { repository: 'prometheus', version: '1.2.3', programs: ['prometheus', 'promtool'], sha256 };
  }

  it('unpacks the programs of an archive with the pinned hash', async () => {
    const release = await publish();
    await fetchReleases(join(folder), platform, run, { base, pinned: { [platform]: [release] } });
    expect((await run(join(folder, 'bin', 'promtool'), [])).stdout).toBe('fake\n');
  });

  it('refuses an archive with another hash before it touches the disk', async () => {
    const release = await publish();
    const into = join(folder, 'into');
    await mkdir(into);
    const pinned = { [platform]: [{ ...release, sha256: 'f'.repeat(64) }] };
    await expect(fetchReleases(into, platform, run, { base, pinned })).rejects.toThrow(
      `has SHA-256 ${release.sha256}, expected ${'f'.repeat(64)}`,
    );
    expect(await readdir(into)).toEqual([]);
  });

  it('names the address that did not answer', async () => {
    const release = { ...(await publish()), version: '9.9.9' };
    await expect(fetchReleases(folder, platform, run, { base, pinned: { [platform]: [release] } })).rejects.toThrow(
      /v9\.9\.9\/prometheus-9\.9\.9\.linux-amd64\.tar\.gz: answered 404/,
    );
  });

  it('pins both programs with a whole hash for every platform', () => {
    for (const pinned of Object.values(releases)) {
      expect(pinned.map(({ repository }) => repository)).toEqual(['prometheus', 'alertmanager']);
      for (const { sha256 } of pinned) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    const hashes = Object.values(releases).flatMap((pinned) => pinned.map(({ sha256 }) => sha256));
    expect(new Set(hashes).size).toBe(8);
  });
});

describe('the packages of Debian and Ubuntu', () => {
  it('fetches lists of its own when the system has none', async () => {
    const commands: string[] = [];
    const fresh: Run = async (command, args) => {
      const isPrivate = args.some((arg) => arg.startsWith('Dir::State::lists='));
      commands.push(`${command} ${args[0]}${isPrivate ? ' (own lists)' : ''}`);
      return { code: isPrivate && args[0] === 'download' ? 0 : 100, stdout: '', stderr: 'Unable to locate package prometheus' };
    };
    // Nothing was really downloaded, so that it cannot go on from there.
    await expect(fetchWithApt(folder, fresh)).rejects.toThrow('ENOENT');
    expect(commands).toEqual(['apt-get download', 'apt-get update (own lists)', 'apt-get download (own lists)']);
  });

  it('moves the share path of Alertmanager without changing the size of the program', () => {
    const before = Buffer.from('a/usr/share/prometheus/alertmanager/ui/b/usr/share/prometheus/alertmanagerc');
    const after = relocateShare(before);
    expect(after.length).toBe(before.length);
    const path = `.${'/'.repeat(21)}alertmanager`;
    expect(after.toString()).toBe(`a${path}/ui/b${path}c`);
  });

  it('are fetched, unpacked and run', async ({ skip }) => {
    const tools = await Promise.all(['apt-get', 'dpkg-deb'].map((tool) => run(tool, ['--version'])));
    if (tools.some(({ code }) => code !== 0)) skip('NOT TESTED HERE: no apt-get and dpkg-deb, so no packages to fetch');
    let releaseWasAsked = false;
    const found = await findPrograms({
      ...search({ run }),
      releases: async () => {
        releaseWasAsked = true;
        throw new Error('not in this test');
      },
    }).catch((error: Error) => skip(`NOT TESTED HERE: no packages to be had: ${error.message}`));
    expect(found.origin).toBe('apt');
    expect(releaseWasAsked).toBe(false);
    expect((await run(found.prometheus, ['--version'])).stdout).toContain('prometheus, version');
    expect((await readFile(found.alertmanager)).includes('/usr/share/prometheus/alertmanager')).toBe(false);
    expect(await readdir(join(found.shareDir ?? '', 'alertmanager'))).toContain('default.tmpl');
    expect(await cacheEntries()).toEqual([`monitoring-1-${platform}`]);
  }, 120_000);
});
