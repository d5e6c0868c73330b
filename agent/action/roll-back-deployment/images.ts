/** Whether the images of a revision can still be had: what ECR holds, and what could not be pulled within the last hour. Changes nothing. */
import { BatchGetImageCommand, DescribeImagesCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { DescribeTasksCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import type { Resource } from '../../domain/alert.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { awsErrorName } from '../../evidence/aws-failure.ts';
import { type CallContext, readOnce } from '../aws/call.ts';
import type { ResolvedImage } from '../ecs/service-deployments.ts';
import { DescribedImages, FoundManifests, StoppedTaskPage, StoppedTasks } from './schema.ts';

export interface ImageState {
  image: string;
  /** `lost`: it is gone, or its tag stands for another image by now. */
  state: 'there' | 'lost' | 'not-known';
  /** Why, in words that follow the image's name. */
  why: string;
}

// account.dkr.ecr.region.amazonaws.com/repository:tag@digest; China ends in .cn, FIPS and dual-stack names differ in the middle and the end.
const ecrImage =
  /^(?<registryId>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/(?<repositoryName>[a-z0-9._/-]+?)(?::(?<imageTag>[\w.-]{1,128}))?(?:@(?<imageDigest>sha256:[0-9a-f]{64}))?$/;

const goneNames: ReadonlySet<string> = new Set(['ImageNotFoundException', 'RepositoryNotFoundException']);

/**
 * `resolved` is what the revision ran when it completed. `byDigest`: ECS itself goes back and pulls exactly that, whatever the tags stand for
 * by now. Raises UpstreamError when ECR fails for the moment.
 */
export async function imageState(
  ecr: ECRClient,
  image: string,
  resolved: readonly ResolvedImage[],
  byDigest: boolean,
  context: CallContext,
): Promise<ImageState> {
  const parts = ecrImage.exec(image)?.groups;
  if (!parts) return { image, state: 'not-known', why: 'its registry is not ECR' };
  const { registryId, repositoryName, imageTag = 'latest', region } = parts;
  const ours = await ecr.config.region();
  if (region !== ours) return { image, state: 'not-known', why: `its registry is in ${region}, the agent looks into ${ours}` };
  const ran = resolved.find((one) => one.image === image)?.digest;
  const imageDigest = parts.imageDigest ?? (byDigest ? ran : undefined);
  const command = new DescribeImagesCommand({ registryId, repositoryName, imageIds: [imageDigest ? { imageDigest } : { imageTag }] });
  try {
    const { imageDetails } = await readOnce('ecr:DescribeImages', DescribedImages, context, (options) => ecr.send(command, options));
    const found = imageDetails[0]?.imageDigest;
    if (!found) return { image, state: 'lost', why: 'is not in its repository' };
    if (!imageDigest && ran && found !== ran && !(await holds(ecr, { registryId, repositoryName, imageTag }, ran, context))) {
      return { image, state: 'lost', why: `stands for ${found} by now, ${ran} is what completed` };
    }
    return { image, state: 'there', why: 'is in its repository' };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (goneNames.has(awsErrorName(error.cause))) return { image, state: 'lost', why: `is gone from ${repositoryName}` };
    if (error.reason === 'auth' || error.reason === 'client') return { image, state: 'not-known', why: error.message };
    throw error;
  }
}

/** Whether the tag stands for a list of images, one for each platform, with this one among them. */
async function holds(
  ecr: ECRClient,
  { registryId, repositoryName, imageTag }: { registryId: string | undefined; repositoryName: string | undefined; imageTag: string },
  digest: string,
  context: CallContext,
): Promise<boolean> {
  const command = new BatchGetImageCommand({ registryId, repositoryName, imageIds: [{ imageTag }] });
  const { images } = await readOnce('ecr:BatchGetImage', FoundManifests, context, (options) => ecr.send(command, options));
  return images.some(({ imageManifest }) => imageManifest.includes(digest));
}

/** Images that tasks of the service could not pull; ECS lists stopped tasks for about an hour. */
export async function unpullable(ecs: ECSClient, { cluster, service }: Resource, context: CallContext): Promise<Set<string>> {
  const { taskArns: tasks } = await readOnce('ecs:ListTasks', StoppedTaskPage, context, (options) =>
    ecs.send(new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'STOPPED', maxResults: 100 }), options),
  );
  if (tasks.length === 0) return new Set();
  const answer = await readOnce('ecs:DescribeTasks', StoppedTasks, context, (options) =>
    ecs.send(new DescribeTasksCommand({ cluster, tasks }), options),
  );
  const containers = answer.tasks.flatMap((task) => task.containers);
  return new Set(containers.flatMap(({ image, reason }) => (image && reason.startsWith('CannotPull') ? [image] : [])));
}
