/** GitHub's git database over HTTP: blobs, trees, commits and branches, and the one-file form of them, contents. */
import { z } from 'zod';
import { type Answer, type Call, notFound, type Place, parsed, Refusal, type Route, resolved, Sha } from './route.ts';

const Mode = z.enum(['100644', '100755', '040000', '160000', '120000']);
const BlobInput = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') });
const TreePath = z.string().refine(isTreePath);
const TreeInput = z.object({
  base_tree: Sha.optional(),
  tree: z.array(z.object({ path: TreePath, mode: Mode, type: z.string().optional(), sha: Sha.nullish(), content: z.string().optional() })),
});
const Person = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const CommitInput = z.object({ message: z.string(), tree: Sha, parents: z.array(Sha).default([]), author: Person.optional() });
const RefInput = z.object({ ref: z.string(), sha: Sha });
const RefChange = z.object({ sha: Sha, force: z.boolean().default(false) });
const ContentInput = z.object({ message: z.string(), content: z.string(), branch: z.string().optional(), sha: Sha.optional() });

export function gitDataRoutes(place: Place): Route[] {
  const { git, objects, repository } = place;

  /** A commit's id stands for its tree. */
  async function treeNamed(name: string): Promise<string> {
    const sha = /^[0-9a-f]{40}$/.test(name) ? name : await resolved(git, name, 404);
    const type = await objects.typeOf(sha);
    if (type !== 'tree' && type !== 'commit') throw notFound();
    return objects.treeOf(sha);
  }

  async function tree({ part, query }: Call): Promise<Answer> {
    const sha = await treeNamed(part.sha ?? '');
    const entries = await objects.tree(sha, query.has('recursive'));
    return {
      body: { sha, truncated: false, tree: entries.map(({ size, ...entry }) => ({ ...entry, ...(size !== undefined && { size }) })) },
    };
  }

  async function newTree({ body }: Call): Promise<Answer> {
    const input = parsed(TreeInput, body);
    const changes = [];
    for (const { path, mode, sha, content } of input.tree) {
      if (sha && (await objects.typeOf(sha)) === undefined) {
        throw new Refusal(422, 'GitRPC::BadObjectState', [{ resource: 'Tree', field: 'sha', code: 'invalid' }]);
      }
      changes.push({ path, mode, sha: content === undefined ? (sha ?? null) : await objects.writeBlob(Buffer.from(content)) });
    }
    const sha = await objects.writeTree(input.base_tree && (await treeNamed(input.base_tree)), changes);
    return { body: { sha, truncated: false, tree: await objects.tree(sha, false) } };
  }

  async function commitRead(sha: string): Promise<object> {
    if ((await objects.typeOf(sha)) !== 'commit') throw notFound();
    const [commit] = await git.log(sha, { count: 1 });
    if (commit === undefined) throw notFound();
    const { author, committer, message, parents } = commit;
    return { sha, message, author, committer, tree: { sha: commit.tree }, parents: parents.map((parent) => ({ sha: parent })) };
  }

  async function newCommit({ body }: Call): Promise<Answer> {
    const { message, tree: treeSha, parents, author } = parsed(CommitInput, body);
    if ((await objects.typeOf(treeSha)) !== 'tree') throw new Refusal(422, 'Tree SHA does not exist');
    for (const parent of parents) {
      if ((await objects.typeOf(parent)) !== 'commit') throw new Refusal(422, 'Parent SHA does not exist or is not a commit object');
    }
    const who = {
      ...authorOf(place),
      ...(author && { name: author.name, email: author.email, ...(author.date && { date: author.date }) }),
    };
    return { body: await commitRead(await objects.writeCommit({ message, tree: treeSha, parents, author: who })) };
  }

  const refBody = (name: string, sha: string) => ({ ref: `refs/heads/${name}`, object: { type: 'commit', sha } });

  async function branchNamed(ref: string): Promise<{ name: string; sha: string }> {
    const name = ref.startsWith('heads/') ? ref.slice('heads/'.length) : '';
    const sha = name === '' ? undefined : await objects.branch(name);
    if (sha === undefined) throw new Refusal(422, 'Reference does not exist');
    return { name, sha };
  }

  async function newRef({ body }: Call): Promise<Answer> {
    const { ref, sha } = parsed(RefInput, body);
    const name = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
    if (name === undefined || !(await objects.isBranchName(name))) throw new Refusal(422, `${ref} is not a valid ref name.`);
    if ((await objects.typeOf(sha)) !== 'commit') throw new Refusal(422, 'Object does not exist');
    if (!(await objects.moveBranch(name, undefined, sha))) throw new Refusal(422, 'Reference already exists');
    await place.pushed(name, undefined, sha);
    return { body: refBody(name, sha) };
  }

  async function changedRef({ part, body }: Call): Promise<Answer> {
    const { name, sha: before } = await branchNamed(part.ref ?? '');
    const { sha, force } = parsed(RefChange, body);
    if ((await objects.typeOf(sha)) !== 'commit') throw new Refusal(422, 'Object does not exist');
    if (!force && !(await objects.isAncestor(before, sha))) throw new Refusal(422, 'Update is not a fast forward');
    if (!(await objects.moveBranch(name, before, sha))) throw new Refusal(409, 'Reference cannot be updated');
    await place.pushed(name, before, sha);
    return { status: 200, body: refBody(name, sha) };
  }

  async function removedRef({ part }: Call): Promise<Answer> {
    const { name, sha } = await branchNamed(part.ref ?? '');
    await objects.moveBranch(name, sha, undefined);
    await place.pushed(name, sha, undefined);
    return { status: 204, body: undefined };
  }

  async function content({ part, query }: Call): Promise<Answer> {
    const path = part.path ?? '';
    const commit = await resolved(git, query.get('ref') ?? (await git.defaultBranch()), 404);
    const entry = await objects.entryAt(await objects.treeOf(commit), path);
    if (entry === undefined) throw notFound();
    if (entry.type !== 'blob') throw new Refusal(422, 'The sandbox shows files, not folders');
    const bytes = await objects.blob(entry.sha);
    const name = path.split('/').at(-1);
    return {
      body: { type: 'file', name, path, sha: entry.sha, size: bytes.length, encoding: 'base64', content: bytes.toString('base64') },
    };
  }

  async function newContent({ part, body }: Call): Promise<Answer> {
    const path = parsed(TreePath, part.path);
    const input = parsed(ContentInput, body);
    const branch = input.branch ?? (await git.defaultBranch());
    const before = await objects.branch(branch);
    if (before === undefined) throw new Refusal(404, `Branch ${branch} not found`);
    const entry = await objects.entryAt(await objects.treeOf(before), path);
    if (entry !== undefined && input.sha === undefined) throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    if (entry?.sha !== input.sha) throw new Refusal(409, `${path} does not match ${input.sha ?? ''}`);
    const sha = await objects.writeBlob(Buffer.from(input.content, 'base64'));
    const written = await objects.writeTree(await objects.treeOf(before), [{ path, mode: entry?.mode ?? '100644', sha }]);
    const commit = await objects.writeCommit({ message: input.message, tree: written, parents: [before], author: authorOf(place) });
    if (!(await objects.moveBranch(branch, before, commit))) throw new Refusal(409, 'is at another commit by now');
    await place.pushed(branch, before, commit);
    return { status: entry === undefined ? 201 : 200, body: { content: { path, sha }, commit: { sha: commit } } };
  }

  return [
    { method: 'POST', path: '/git/blobs', answer: newBlob },
    { method: 'GET', path: '/git/blobs/:sha', answer: blob },
    { method: 'GET', path: '/git/trees/:sha', answer: tree },
    { method: 'POST', path: '/git/trees', answer: newTree },
    { method: 'GET', path: '/git/commits/:sha', answer: async ({ part }) => ({ body: await commitRead(parsed(Sha, part.sha)) }) },
    { method: 'POST', path: '/git/commits', answer: newCommit },
    { method: 'GET', path: '/git/ref/:ref*', answer: ref },
    { method: 'POST', path: '/git/refs', answer: newRef },
    { method: 'PATCH', path: '/git/refs/:ref*', answer: changedRef },
    { method: 'DELETE', path: '/git/refs/:ref*', answer: removedRef },
    { method: 'GET', path: '/contents/:path*', answer: content },
    { method: 'PUT', path: '/contents/:path*', answer: newContent },
  ];

  async function newBlob({ body }: Call): Promise<Answer> {
    const { content: text, encoding } = parsed(BlobInput, body);
    const sha = await objects.writeBlob(Buffer.from(text, encoding));
    return { body: { sha, url: `https://api.github.com/repos/${repository}/git/blobs/${sha}` } };
  }

  async function blob({ part }: Call): Promise<Answer> {
    const sha = parsed(Sha, part.sha);
    if ((await objects.typeOf(sha)) !== 'blob') throw notFound();
    const bytes = await objects.blob(sha);
    return { body: { sha, size: bytes.length, encoding: 'base64', content: bytes.toString('base64') } };
  }

  async function ref({ part }: Call): Promise<Answer> {
    const { name, sha } = await branchNamed(part.ref ?? '').catch(() => {
      throw notFound();
    });
    return { body: refBody(name, sha) };
  }
}

export function authorOf({ login, time }: Pick<Place, 'login' | 'time'>): { name: string; email: string; date: string } {
  return { name: login, email: `${login}@users.noreply.github.com`, date: time() };
}

/** What git itself would refuse to hold, and what it would read as something else. */
function isTreePath(path: string): boolean {
  return (
    /^[^\0\n]+$/.test(path) &&
    path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && name.toLowerCase() !== '.git')
  );
}
