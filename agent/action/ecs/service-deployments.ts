/** Reads what a service ran before; changes nothing. */
import { DescribeServiceRevisionsCommand, type ECSClient, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Resource } from '../../domain/alert.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { type CallContext, readOnce } from '../aws/call.ts';

/** One deployment the service went through, with the task definition it was to bring. */
export interface PastServiceDeployment {
  arn: string;
  status: string;
  taskDefinition: string;
  createdAt: Date;
  finishedAt: Date | null;
  /** Its images with what their tags stood for when it began, as far as ECS keeps that. */
  images: ResolvedImage[];
}

export interface ResolvedImage {
  image: string;
  digest: string;
}

const ServiceDeploymentBrief = z.object({
  serviceDeploymentArn: z.string().min(1),
  targetServiceRevisionArn: z.string().min(1),
  status: z.string(),
  createdAt: z.date(),
  finishedAt: z.date().optional(),
});

const ServiceRevision = z.object({
  serviceRevisionArn: z.string().min(1),
  taskDefinition: z.string().min(1),
  containerImages: z.array(z.object({ image: z.string().optional(), imageDigest: z.string().optional() })).default([]),
});
type ServiceRevision = z.infer<typeof ServiceRevision>;
const DeploymentPage = z.object({ serviceDeployments: z.array(ServiceDeploymentBrief).default([]), nextToken: z.string().optional() });
const DescribedRevisions = z.object({ serviceRevisions: z.array(ServiceRevision).default([]) });

// DescribeServiceRevisions takes at most 20 ARNs a call.
const revisionsPerCall = 20;
// ECS answers the newest first; a service with more deployments than this in 90 days has its answer on the first pages.
const maxDeployments = 200;

/**
 * Newest first. Null when this account cannot list service deployments (no permission, or an endpoint without the call):
 * the caller then has only what the service itself says.
 */
export async function serviceDeployments(
  reader: ECSClient,
  target: Resource,
  context: CallContext,
): Promise<PastServiceDeployment[] | null> {
  const briefs: z.infer<typeof ServiceDeploymentBrief>[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await readOnce('ecs:ListServiceDeployments', DeploymentPage, context, (options) =>
        reader.send(
          new ListServiceDeploymentsCommand({ cluster: target.cluster, service: target.service, maxResults: 100, nextToken }),
          options,
        ),
      );
      briefs.push(...page.serviceDeployments);
      nextToken = page.nextToken;
    } while (nextToken && briefs.length < maxDeployments);
  } catch (error) {
    if (error instanceof UpstreamError && (error.reason === 'auth' || error.reason === 'client')) return null;
    throw error;
  }
  const revisions = await revisionsOf(reader, [...new Set(briefs.map((brief) => brief.targetServiceRevisionArn))], context);
  return briefs
    .flatMap((brief): PastServiceDeployment[] => {
      const revision = revisions.get(brief.targetServiceRevisionArn);
      if (!revision) return [];
      const { serviceDeploymentArn: arn, status, createdAt, finishedAt = null } = brief;
      return [{ arn, status, taskDefinition: revision.taskDefinition, createdAt, finishedAt, images: resolvedImages(revision) }];
    })
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

async function revisionsOf(reader: ECSClient, arns: string[], context: CallContext): Promise<Map<string, ServiceRevision>> {
  const found = new Map<string, ServiceRevision>();
  for (let start = 0; start < arns.length; start += revisionsPerCall) {
    const serviceRevisionArns = arns.slice(start, start + revisionsPerCall);
    const answer = await readOnce('ecs:DescribeServiceRevisions', DescribedRevisions, context, (options) =>
      reader.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }), options),
    );
    for (const revision of answer.serviceRevisions) found.set(revision.serviceRevisionArn, revision);
  }
  return found;
}

function resolvedImages({ containerImages }: ServiceRevision): ResolvedImage[] {
  return containerImages.flatMap(({ image, imageDigest: digest }) => (image && digest ? [{ image, digest }] : []));
}
