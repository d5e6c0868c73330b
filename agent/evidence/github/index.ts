/** Evidence from GitHub: what was committed, merged and deployed before the trouble began. Reads on demand, only GET, and takes every word for data. */

import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { EvidenceQuestion } from '../../domain/evidence.ts';
import { credential } from '../../domain/secret.ts';
import { answerOf, cleanText, inParallel, neverThrowing, unaskable } from '../answer.ts';
import { deadlineOf } from '../deadline.ts';
import { baseUrl } from '../http-settings.ts';
import { Meter } from '../meter.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { commitChanges, deploymentChanges, type ServicePaths } from './changes.ts';
import { createGithubClient, type GithubClient } from './client.ts';
import { type ReadOptions, readRepository } from './read.ts';

const Place = z.strictObject({
  repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'must look like owner/name'),
  paths: z.array(z.string().min(1).max(300)).max(50).default([]),
  branch: z.string().max(255).default(''),
});

const config = z
  .object({
    url: baseUrl('Base URL of the REST API; of GitHub Enterprise Server it is https://HOST/api/v3').default('https://api.github.com'),
    token: credential(
      'Token that may read; fine-grained: metadata, contents, deployments and pull requests. Without one GitHub shows public repositories, 60 requests an hour',
    ),
    services: z
      .record(z.string().min(1), Place)
      .default({})
      .describe(
        'Where the code of each service is, by its name: {"checkout": {"repository": "owner/name", "paths": ["services/checkout"], "branch": "main"}}; the name * stands for every other service, {service} in a path for its name. None turns this source off',
      ),
    environment: z.string().max(255).default('').describe('Only deployments to this environment of GitHub count; empty for all'),
    deployments: z.boolean().default(true).describe('Read deployments, for whoever writes them down in GitHub'),
    pullRequests: z.boolean().default(true).describe('Read the titles of merged pull requests'),
    lookbackSeconds: z
      .int()
      .min(60)
      .max(2_592_000)
      .default(86_400)
      .describe('How far before the onset changes are read; what was changed earlier is no suspect'),
    maxCommits: z
      .int()
      .min(1)
      .max(300)
      .default(30)
      .describe('Most commits read of one repository, the newest; each is one request the first time'),
    maxDeployments: z.int().min(1).max(100).default(10).describe('Most deployments read of one repository, the newest'),
    maxDiffLength: z.int().min(0).max(100_000).default(8_000).describe('Most characters kept of the diff of one change'),
    maxBytes: z.int().min(10_000).default(4_000_000).describe('Largest reply to one request, bytes'),
    cacheBytes: z.int().min(0).default(8_000_000).describe('Replies kept in memory so that asking again costs nothing, bytes'),
    timeoutMs: z
      .int()
      .min(100)
      .default(8_000)
      .describe('Time for one answer in all, milliseconds; what is not read by then is reported as missing'),
  })
  .prefault({});
type Config = z.output<typeof config>;

interface Deps {
  fetch: typeof fetch;
  clock: Clock;
}

export const github = {
  id: 'github',
  config,
  create(settings: Config, deps: Deps): EvidenceSource | undefined {
    if (Object.keys(settings.services).length === 0) return undefined;
    const client = createGithubClient(settings, deps);
    return {
      id: 'github',
      ask: (question, signal) => neverThrowing(wording(settings, question), signal, () => ask(settings, client, question, signal)),
    };
  },
} satisfies EvidencePlugin<'github', typeof config, Deps>;

const repositoriesAtOnce = 3;

function wording(settings: Config, { cluster, focus }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `commits, merged pull requests and deployments of ${services}, cluster ${cleanText(cluster, 100)}, from ${settings.lookbackSeconds} s before the onset until now`;
}

interface Repository {
  repository: string;
  branch: string;
  services: ServicePaths[];
}

async function ask(settings: Config, client: GithubClient, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(settings, question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  const nothing = (detail: string): EvidenceAnswer => ({ status: 'nothing', question: asked, detail, facts: [] });
  if (question.purpose === 'verification') return nothing('a verification reads no changes');
  const { repositories, unmapped } = repositoriesOf(settings, question.focus);
  const unknown = unmapped.length === 0 ? '' : `no repository is set for ${cleanText(unmapped.join(', '), 300)}`;
  if (repositories.length === 0) return nothing(unknown || 'no service was asked about');

  const deadline = deadlineOf('github', settings.timeoutMs, signal);
  const meter = new Meter('records');
  const gaps: string[] = [];
  /** The caller's signal ends everything; any other failure is a gap. */
  const onGap = (error: unknown): void => {
    gaps.push(deadline.reasonOf(error));
  };
  const options: Omit<ReadOptions, 'repository' | 'branch'> = {
    from: new Date(Math.min(question.onset.getTime(), question.now.getTime()) - settings.lookbackSeconds * 1_000),
    to: question.now,
    maxCommits: settings.maxCommits,
    maxDeployments: settings.maxDeployments,
    environment: settings.environment,
    withDeployments: settings.deployments,
    withPulls: settings.pullRequests,
    signal: deadline.signal,
    meter,
    onGap,
  };
  let answered = 0;
  const found = await inParallel(
    repositoriesAtOnce,
    repositories.map(({ repository, branch, services }) => async () => {
      try {
        const { commits, deployments, cuts } = await readRepository(client, { ...options, repository, branch });
        answered += 1;
        gaps.push(...cuts);
        return [
          ...deployments.flatMap((one) => deploymentChanges(one, services, settings.maxDiffLength)),
          ...commits.flatMap((one) => commitChanges(one, services, settings.maxDiffLength)),
        ];
      } catch (error) {
        onGap(error);
        return [];
      }
    }),
  );
  const facts = found.flat().sort((one, other) => other.t - one.t);
  const answer = answerOf({ question: asked, facts, gaps, answered, nothing: unknown || 'nothing was changed', cost: meter.cost() });
  return answer.status === 'found' ? { ...answer, detail: unknown } : answer;
}

/** Services that share a repository and a branch are read together. */
function repositoriesOf(settings: Config, focus: readonly string[]): { repositories: Repository[]; unmapped: string[] } {
  const repositories = new Map<string, Repository>();
  const unmapped: string[] = [];
  const places = new Map(Object.entries(settings.services));
  for (const service of new Set(focus)) {
    const place = places.get(service) ?? places.get('*');
    if (place === undefined) {
      unmapped.push(service);
      continue;
    }
    const { repository, branch } = place;
    const key = JSON.stringify([repository, branch]);
    const known = repositories.get(key) ?? { repository, branch, services: [] };
    // A function, for a name may hold what `replaceAll` takes for a reference.
    known.services.push({ service, paths: place.paths.map((path) => path.replaceAll('{service}', () => service)) });
    repositories.set(key, known);
  }
  return { repositories: [...repositories.values()], unmapped };
}
