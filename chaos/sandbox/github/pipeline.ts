/**
 * What a team's pipeline does when its main branch moves: brings out the services whose task definition changed, and reports that to GitHub.
 * The task definition of a service lies in `deploy/<service>.json`, as RegisterTaskDefinition takes it. Over the wire only, as a pipeline would.
 */
import {
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { Octokit } from '@octokit/core';
import { GitRepository } from './git.ts';
import { GitObjects } from './git-objects.ts';
import type { Push } from './github.ts';

export interface PipelineOptions {
  gitDir: string;
  /** `owner/name` */
  repository: string;
  /** Where deployments are reported to; asked when there is one to report. */
  githubUrl: () => string;
  token?: string;
  ecs: ECSClient;
  cluster: string;
}

const deployFile = /^deploy\/([\w-]+)\.json$/;
/** Where image builders write the commit down. */
const revisionLabel = 'org.opencontainers.image.revision';

export function createPipeline(options: PipelineOptions): (push: Push) => Promise<void> {
  const { gitDir, repository, ecs, cluster } = options;
  const git = new GitRepository(gitDir);
  const objects = new GitObjects(gitDir);
  const [owner = '', repo = ''] = repository.split('/');

  async function deploy(service: string, path: string, commit: string): Promise<void> {
    const entry = await objects.entryAt(await objects.treeOf(commit), path);
    if (entry === undefined) return;
    const input = JSON.parse((await objects.blob(entry.sha)).toString('utf8')) as RegisterTaskDefinitionCommandInput;
    const containerDefinitions = input.containerDefinitions?.map((container) => ({
      ...container,
      dockerLabels: { ...container.dockerLabels, [revisionLabel]: commit },
    }));
    const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand({ ...input, containerDefinitions }));
    await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: taskDefinition?.taskDefinitionArn }));
  }

  return async ({ branch, before, after }) => {
    if (branch !== (await git.defaultBranch()) || after === undefined) return;
    const changed = (await git.diff(before, after)).flatMap(({ filename }) => {
      const service = deployFile.exec(filename)?.[1];
      return service === undefined ? [] : [{ service, path: filename }];
    });
    if (changed.length === 0) return;
    const octokit = new Octokit({ baseUrl: options.githubUrl(), ...(options.token && { auth: options.token }) });
    const place = { owner, repo };
    const services = changed.map(({ service }) => service).join(', ');
    const made = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
      ...place,
      ref: after,
      description: `deploy ${services}`,
    });
    const { id } = made.data as { id: number };
    const report = (state: 'success' | 'failure') =>
      octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', { ...place, deployment_id: id, state });
    try {
      for (const { service, path } of changed) await deploy(service, path, after);
    } catch (error) {
      await report('failure');
      throw error;
    }
    await report('success');
  };
}
