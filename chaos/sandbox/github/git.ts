/** A bare git repository, read by git itself. Names from a request are checked before git sees them, and never begin with a dash. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface CommitRead {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}
export interface Person {
  name: string;
  email: string;
  /** ISO 8601 */
  date: string;
}
export interface FileRead {
  filename: string;
  status: 'added' | 'removed' | 'modified' | 'renamed';
  previous: string;
  /** Of its content; of a removed file the content it had. */
  sha: string;
  additions: number;
  deletions: number;
  /** From the first `@@` on; undefined for what is no text. */
  patch: string | undefined;
}

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;
const revision = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}$/;
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const [fieldEnd, recordEnd] = ['\u001f', '\u001e'];
const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x1f');

export class GitRepository {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async #git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', ['--git-dir', this.#dir, ...args], { maxBuffer });
    return stdout;
  }

  async defaultBranch(): Promise<string> {
    return (await this.#git('symbolic-ref', '--short', 'HEAD')).trim();
  }

  /** Full id of a commit, branch or tag; undefined when there is none, or the name cannot be one. */
  async resolve(name: string): Promise<string | undefined> {
    if (!revision.test(name) || name.includes('..')) return undefined;
    return this.#git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).then(
      (text) => text.trim(),
      () => undefined,
    );
  }

  /** Newest first, as git orders them. Times are those of the committer, ISO 8601. */
  async log(
    range: string,
    limits: { since?: string; until?: string; path?: string; skip?: number; count?: number } = {},
  ): Promise<CommitRead[]> {
    const { since, until, path, skip, count } = limits;
    const text = await this.#git(
      'log',
      `--format=${format}%x1e`,
      ...(since === undefined ? [] : [`--since=${since}`]),
      ...(until === undefined ? [] : [`--until=${until}`]),
      ...(skip === undefined ? [] : [`--skip=${skip}`]),
      ...(count === undefined ? [] : [`--max-count=${count}`]),
      range,
      '--',
      ...(path === undefined ? [] : [`:(literal)${path}`]),
    );
    return text.split(recordEnd).flatMap((record) => (record.trim() === '' ? [] : commitOf(record.replace(/^\n/, ''))));
  }

  mergeBase(one: string, other: string): Promise<string | undefined> {
    return this.#git('merge-base', one, other).then(
      (text) => text.trim(),
      () => undefined,
    );
  }

  /** What `to` holds differently; undefined is the empty tree. */
  async diff(from: string | undefined, to: string): Promise<FileRead[]> {
    const range = ['-M', '--no-color', '--no-ext-diff', from ?? emptyTree, to, '--'];
    const [names, numbers, patches] = await Promise.all([
      this.#git('diff', '--raw', '--no-abbrev', '-z', ...range),
      this.#git('diff', '--numstat', '-z', ...range),
      this.#git('diff', '--patch', ...range),
    ]);
    const counts = countsOf(numbers);
    // One patch each, in the same order as the names.
    const texts = patches.split(/^diff --git .*\n/m).slice(1);
    return statusesOf(names).map((file, index) => {
      const [additions, deletions] = counts[index] ?? [0, 0];
      const text = texts[index] ?? '';
      const at = text.search(/^@@ /m);
      const patch = at < 0 ? undefined : text.slice(at).replace(/\n$/, '');
      return { ...file, additions, deletions, patch };
    });
  }
}

function commitOf(record: string): CommitRead[] {
  const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', ...body] = record.split(fieldEnd);
  return [
    {
      sha,
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: body.join(fieldEnd).replace(/\n+$/, ''),
    },
  ];
}

/** GitHub writes seconds, in UTC. */
function utc(time: string): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

/** `:mode mode sha sha letter`, then one name, or two of what was renamed or copied. */
function statusesOf(text: string): Omit<FileRead, 'additions' | 'deletions' | 'patch'>[] {
  const parts = text.split('\0');
  const found: Omit<FileRead, 'additions' | 'deletions' | 'patch'>[] = [];
  for (let at = 0; at + 1 < parts.length; ) {
    const [, , before = '', after = '', letter = ''] = (parts[at] ?? '').split(' ');
    const [first = '', second = ''] = [parts[at + 1], parts[at + 2]];
    const kind = letter.charAt(0);
    if (kind === 'R' || kind === 'C') {
      found.push({ status: kind === 'R' ? 'renamed' : 'added', previous: first, filename: second, sha: after });
      at += 3;
    } else {
      const status = kind === 'A' ? 'added' : kind === 'D' ? 'removed' : 'modified';
      found.push({ status, previous: '', filename: first, sha: kind === 'D' ? before : after });
      at += 2;
    }
  }
  return found;
}

/** Of a renamed file the names follow in fields of their own, which hold no tab. */
function countsOf(text: string): [additions: number, deletions: number][] {
  return text.split('\0').flatMap((part): [number, number][] => {
    const [added, deleted, ...rest] = part.split('\t');
    return rest.length === 0 || added === undefined ? [] : [[Number(added) || 0, Number(deleted) || 0]];
  });
}
