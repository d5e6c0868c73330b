/** Objects and branches of a bare git repository, written by git itself. Everything it is given was checked before, for it becomes arguments of git. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TreeEntry {
  path: string;
  mode: string;
  type: string;
  sha: string;
  /** Bytes; undefined for what is no file. */
  size: number | undefined;
}
export interface TreeChange {
  path: string;
  mode: string;
  /** null takes the path away. */
  sha: string | null;
}
export interface NewCommit {
  message: string;
  tree: string;
  parents: readonly string[];
  author: { name: string; email: string; date: string };
}

const noObject = '0'.repeat(40);
const maxBuffer = 64 * 1024 * 1024;

export class GitObjects {
  readonly #dir: string;
  #indexes = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  #git(args: readonly string[], { input, env }: { input?: Buffer; env?: Record<string, string> } = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const settings = { maxBuffer, encoding: 'buffer' as const, env: { ...process.env, ...env } };
      const child = execFile('git', ['--git-dir', this.#dir, ...args], settings, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
      // Git may end before it has read everything; what it then says tells more than the broken pipe.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }

  async #line(args: readonly string[], more: { input?: Buffer; env?: Record<string, string> } = {}): Promise<string> {
    return (await this.#git(args, more)).toString('utf8').trim();
  }

  /** `blob`, `tree`, `commit` or `tag`; undefined when there is no such object. */
  typeOf(sha: string): Promise<string | undefined> {
    return this.#line(['cat-file', '-t', sha]).catch(() => undefined);
  }

  blob(sha: string): Promise<Buffer> {
    return this.#git(['cat-file', 'blob', sha]);
  }

  writeBlob(content: Buffer): Promise<string> {
    return this.#line(['hash-object', '-w', '--stdin'], { input: content });
  }

  treeOf(commit: string): Promise<string> {
    return this.#line(['rev-parse', `${commit}^{tree}`]);
  }

  async tree(sha: string, isRecursive: boolean): Promise<TreeEntry[]> {
    const text = (await this.#git(['ls-tree', '-z', '--long', ...(isRecursive ? ['-r', '-t'] : []), sha])).toString('utf8');
    return text.split('\0').flatMap((line) => {
      const [head = '', path] = line.split('\t');
      const [mode = '', type = '', id = '', size = '-'] = head.split(/ +/);
      return path === undefined ? [] : [{ path, mode, type, sha: id, size: size === '-' ? undefined : Number(size) }];
    });
  }

  /** What lies at the path of a tree; undefined when nothing does. */
  async entryAt(tree: string, path: string): Promise<TreeEntry | undefined> {
    return (await this.tree(tree, true)).find((entry) => entry.path === path);
  }

  /** The base with the changes made to it, as a tree of its own. */
  async writeTree(base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
    this.#indexes += 1;
    const env = { GIT_INDEX_FILE: join(tmpdir(), `sandbox-github-${process.pid}-${this.#indexes}.index`) };
    try {
      await this.#git(['read-tree', base ?? '--empty'], { env });
      const lines = changes.map(({ path, mode, sha }) => (sha === null ? `0 ${noObject}\t${path}\0` : `${mode} ${sha}\t${path}\0`));
      await this.#git(['update-index', '-z', '--index-info'], { env, input: Buffer.from(lines.join('')) });
      return await this.#line(['write-tree'], { env });
    } finally {
      await rm(env.GIT_INDEX_FILE, { force: true });
    }
  }

  writeCommit({ message, tree, parents, author }: NewCommit): Promise<string> {
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: author.date,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
      GIT_COMMITTER_DATE: author.date,
    };
    const from = parents.flatMap((parent) => ['-p', parent]);
    return this.#line(['commit-tree', tree, ...from], { env, input: Buffer.from(`${message}\n`) });
  }

  branch(name: string): Promise<string | undefined> {
    return this.#line(['rev-parse', '--verify', '--quiet', `refs/heads/${name}`]).catch(() => undefined);
  }

  isBranchName(name: string): Promise<boolean> {
    return this.#line(['check-ref-format', '--branch', name]).then(
      (text) => text === name,
      () => false,
    );
  }

  /** Answers whether it was done: not when the branch points elsewhere than `before`; undefined there is none, and makes or removes it. */
  moveBranch(name: string, before: string | undefined, after: string | undefined): Promise<boolean> {
    const ref = `refs/heads/${name}`;
    const args = after === undefined ? ['update-ref', '-d', ref, before ?? noObject] : ['update-ref', ref, after, before ?? noObject];
    return this.#git(args).then(
      () => true,
      () => false,
    );
  }

  isAncestor(one: string, other: string): Promise<boolean> {
    return this.#git(['merge-base', '--is-ancestor', one, other]).then(
      () => true,
      () => false,
    );
  }

  /** The tree of both commits merged; undefined when they conflict. */
  mergedTree(ours: string, theirs: string): Promise<string | undefined> {
    return this.#line(['merge-tree', '--write-tree', '--no-messages', ours, theirs]).then(
      (text) => text.split('\n')[0],
      (error: { code?: unknown }) => {
        if (error.code === 1) return undefined;
        throw error;
      },
    );
  }
}
