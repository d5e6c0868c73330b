/** Reads what happened in one repository within a time: commits with their files, deployments with what they brought out, merged pull requests. */
import { inParallel } from '../answer.ts';
import type { Meter } from '../meter.ts';
import type { GithubClient, GithubRequest } from './client.ts';
import {
  type Commit,
  CommitDetail,
  Commits,
  Comparison,
  type Deployment,
  DeploymentStatuses,
  Deployments,
  type File,
  type Pull,
  Pulls,
  Repository,
} from './schema.ts';

export interface ReadOptions {
  /** `owner/name` */
  repository: string;
  /** Empty for the repository's own default. */
  branch: string;
  from: Date;
  to: Date;
  maxCommits: number;
  maxDeployments: number;
  /** Only deployments to this environment; empty for all. */
  environment: string;
  withDeployments: boolean;
  withPulls: boolean;
  signal: AbortSignal;
  meter: Meter;
  /** Takes what a part failed with, or raises the caller's own reason to stop. */
  onGap(error: unknown): void;
}

export interface CommitRead {
  commit: Commit;
  /** undefined when they could not be read. */
  files: File[] | undefined;
  pull: Pull | undefined;
}
export interface DeploymentRead {
  deployment: Deployment;
  /** Against what was deployed to the same environment before; undefined when there was nothing before, or it could not be compared. */
  comparison: Comparison | undefined;
  url: string;
}
export interface RepositoryRead {
  commits: CommitRead[];
  deployments: DeploymentRead[];
  /** What was left out. */
  cuts: string[];
}

const pageSize = 100;
const atOnce = 6;
/** Of these nothing was brought out. */
const neverOut = new Set(['failure', 'error', 'queued', 'pending']);

/** Raises only when the repository itself cannot be read; what else fails goes to `onGap`. */
export async function readRepository(client: GithubClient, options: ReadOptions): Promise<RepositoryRead> {
  const { repository, signal, meter, onGap } = options;
  const [owner = '', repo = ''] = repository.split('/');
  const get = async <Reply>(request: GithubRequest<Reply>) =>
    client.get({ ...request, parameters: { owner, repo, ...request.parameters } }, signal, meter);
  const metadata = { path: '/repos/{owner}/{repo}', parameters: {}, schema: Repository, permission: 'metadata: read' };
  // Asked even when the branch is known: what may not be seen at all is one failure, not one of each part.
  const { default_branch: defaultBranch } = (await get(metadata)).data;
  const branch = options.branch || defaultBranch;
  const cuts: string[] = [];
  const orGap = <T>(part: Promise<T>, otherwise: T): Promise<T> =>
    part.catch((error: unknown) => {
      onGap(error);
      return otherwise;
    });

  async function commits(): Promise<Commit[]> {
    const found: Commit[] = [];
    let hasNext = true;
    // Whole hours are asked for, so that a page more than the limit needs may hold only what lies before or after.
    const mostPages = Math.ceil(options.maxCommits / pageSize) + 1;
    for (let page = 1; hasNext && found.length < options.maxCommits && page <= mostPages; page += 1) {
      const { data, hasNext: isMore } = await get({
        path: '/repos/{owner}/{repo}/commits',
        parameters: { sha: branch, since: hourBefore(options.from), until: hourAfter(options.to), per_page: pageSize, page },
        schema: Commits,
        permission: 'contents: read',
      });
      found.push(...data);
      hasNext = isMore;
    }
    const inTime = found.filter(({ commit }) => isWithin(commit.committer.date, options));
    if (hasNext || inTime.length > options.maxCommits)
      cuts.push(`only the newest ${options.maxCommits} commits of ${repository} were read`);
    return inTime.slice(0, options.maxCommits);
  }

  async function filesOf(sha: string): Promise<File[]> {
    const request = { path: '/repos/{owner}/{repo}/commits/{ref}', parameters: { ref: sha }, schema: CommitDetail };
    return (await get({ ...request, permission: 'contents: read', isForever: true })).data.files;
  }

  async function pulls(): Promise<Pull[]> {
    if (!options.withPulls) return [];
    const { data } = await get({
      path: '/repos/{owner}/{repo}/pulls',
      parameters: { state: 'closed', base: branch, sort: 'updated', direction: 'desc', per_page: pageSize },
      schema: Pulls,
      permission: 'pull_requests: read',
    });
    return data.filter(({ merged_at: mergedAt }) => typeof mergedAt === 'string');
  }

  async function deployments(): Promise<DeploymentRead[]> {
    if (!options.withDeployments) return [];
    const { environment } = options;
    const { data } = await get({
      path: '/repos/{owner}/{repo}/deployments',
      parameters: { per_page: pageSize, ...(environment && { environment }) },
      schema: Deployments,
      permission: 'deployments: read',
    });
    const newestFirst = data.toSorted((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));
    const inTime = newestFirst.filter(({ created_at: time }) => isWithin(time, options));
    if (inTime.length > options.maxDeployments)
      cuts.push(`only the newest ${options.maxDeployments} deployments of ${repository} were read`);
    const read = await inParallel(
      atOnce,
      inTime.slice(0, options.maxDeployments).map((deployment) => () => orGap(deploymentRead(deployment, newestFirst), undefined)),
    );
    return read.filter((one) => one !== undefined);
  }

  async function deploymentRead(deployment: Deployment, newestFirst: readonly Deployment[]): Promise<DeploymentRead | undefined> {
    const statuses = await get({
      path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
      parameters: { deployment_id: deployment.id, per_page: 1 },
      schema: DeploymentStatuses,
      permission: 'deployments: read',
    });
    const status = statuses.data[0];
    if (status !== undefined && neverOut.has(status.state)) return undefined;
    const before = newestFirst
      .slice(newestFirst.indexOf(deployment) + 1)
      .find(({ environment, sha }) => environment === deployment.environment && sha !== deployment.sha);
    const comparison = before && (await orGap(compare(before.sha, deployment.sha), undefined));
    return { deployment, comparison, url: status?.log_url ?? '' };
  }

  async function compare(base: string, head: string): Promise<Comparison> {
    const request = { path: '/repos/{owner}/{repo}/compare/{basehead}', parameters: { basehead: `${base}...${head}`, per_page: pageSize } };
    return (await get({ ...request, schema: Comparison, permission: 'contents: read', isForever: true })).data;
  }

  const [listed, merged, deployed] = await Promise.all([orGap(commits(), []), orGap(pulls(), []), orGap(deployments(), [])]);
  const read = await inParallel(
    atOnce,
    listed.map(
      (commit) => async (): Promise<CommitRead> => ({
        commit,
        files: await orGap(filesOf(commit.sha), undefined),
        pull: merged.find(({ merge_commit_sha: sha }) => sha === commit.sha),
      }),
    ),
  );
  return { commits: read, deployments: deployed, cuts };
}

function isWithin(time: string, { from, to }: ReadOptions): boolean {
  return Date.parse(time) >= from.getTime() && Date.parse(time) <= to.getTime();
}

const hourMs = 3_600_000;

/** Whole hours: a question asked again a minute later is the same question, which GitHub then answers for nothing. */
function hourBefore(time: Date): string {
  return new Date(Math.floor(time.getTime() / hourMs) * hourMs).toISOString();
}
function hourAfter(time: Date): string {
  return new Date(Math.ceil(time.getTime() / hourMs) * hourMs).toISOString();
}
