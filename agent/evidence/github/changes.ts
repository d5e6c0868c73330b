/** From what happened in a repository to changes of services. All words in it are strangers': cleaned, cut, never read as anything but data. */
import type { ChangeFact } from '../../domain/evidence.ts';
import { withoutSecrets } from '../../domain/secret-text.ts';
import { cleanText } from '../answer.ts';
import type { CommitRead, DeploymentRead } from './read.ts';
import type { File } from './schema.ts';

const maxMessageLength = 2_000;
const maxFiles = 200;
const maxFileNameLength = 300;
const maxLineLength = 400;

export interface ServicePaths {
  service: string;
  /** Folders and files that belong to the service; none means all of the repository does. */
  paths: readonly string[];
}

/** One fact for each service that the change touches; when its files are not known, that is every service of the repository. */
export function commitChanges(read: CommitRead, services: readonly ServicePaths[], maxDiffLength: number): ChangeFact[] {
  const { commit, files, pull } = read;
  const title = pull === undefined ? '' : `#${pull.number} ${pull.title}`;
  const said = commit.commit.message;
  const message = title === '' || said.includes(pull?.title ?? '') ? said : `${title} · ${said}`;
  const change = {
    changeKind: 'commit' as const,
    t: seconds(commit.commit.committer.date),
    sha: commit.sha,
    message: cleanText(message, maxMessageLength),
    url: cleanText(commit.html_url, maxFileNameLength),
  };
  return touched(files, services).map((service) => ({ kind: 'change', ...change, service, ...contentOf(files ?? [], maxDiffLength) }));
}

export function deploymentChanges(read: DeploymentRead, services: readonly ServicePaths[], maxDiffLength: number): ChangeFact[] {
  const { deployment, comparison, url } = read;
  const commits = comparison?.commits.map(({ commit }) => commit.message.split('\n', 1)[0] ?? '') ?? [];
  const where = deployment.environment === '' ? 'deployed' : `deployed to ${deployment.environment}`;
  const message = [where, deployment.description, ...commits.toReversed()].filter((part) => part !== '').join(' · ');
  const change = {
    changeKind: 'deploy' as const,
    t: seconds(deployment.created_at),
    sha: deployment.sha,
    message: cleanText(message, maxMessageLength),
    url: cleanText(url, maxFileNameLength),
  };
  // The same commit again is a change all the same: nothing tells which service it brought out.
  const files = comparison?.files;
  return touched(files, services).map((service) => ({ kind: 'change', ...change, service, ...contentOf(files ?? [], maxDiffLength) }));
}

function touched(files: readonly File[] | undefined, services: readonly ServicePaths[]): string[] {
  return services
    .filter(
      ({ paths }) => files === undefined || paths.length === 0 || files.some(({ filename }) => paths.some((path) => isIn(filename, path))),
    )
    .map(({ service }) => service);
}

function isIn(filename: string, path: string): boolean {
  const folder = path.replace(/\/+$/, '');
  return filename === folder || filename.startsWith(`${folder}/`);
}

/** Lines stay lines; within them nothing unprintable, and no secret that looks like one. */
function contentOf(files: readonly File[], maxDiffLength: number): Pick<ChangeFact, 'files' | 'diff'> {
  const names = files.slice(0, maxFiles).map(({ filename }) => cleanText(filename, maxFileNameLength));
  let diff = '';
  for (const { filename, patch } of files) {
    if (patch === '' || diff.length >= maxDiffLength) continue;
    const lines = patch
      .split('\n')
      .map((line) => withoutSecrets(line.slice(0, 1) + cleanText(`.${line.slice(1)}`, maxLineLength).slice(1)));
    diff += `--- ${cleanText(filename, maxFileNameLength)}\n${lines.join('\n')}\n`;
  }
  return { files: names, diff: diff.slice(0, maxDiffLength) };
}

function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1_000);
}
