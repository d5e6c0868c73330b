/** ECR as far as it tells and forgets what the sandbox's image index holds under names of ECR. Nothing is pushed or pulled here. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { read } from '../ecs/operations/input.ts';
import type { ImageIndex } from '../runtime/images.ts';
import { type ApiModule, ServiceException } from '../wire/operation.ts';

interface Account {
  region: string;
  accountId: string;
}

interface Image {
  reference: string;
  tag: string;
  digest: string;
}

const imageId = z.object({ imageTag: z.string().optional(), imageDigest: z.string().optional() });
const question = z.looseObject({ repositoryName: z.string(), imageIds: z.array(imageId).optional() });
type ImageId = z.infer<typeof imageId>;

/** `images` is changed: what is deleted cannot be pulled any more. */
export function ecrModule(images: Record<string, ImageIndex[string]>, { region, accountId }: Account): ApiModule {
  const registry = `${accountId}.dkr.ecr.${region}.amazonaws.com/`;

  function held(repositoryName: string): Image[] {
    const prefix = `${registry}${repositoryName}:`;
    const found = Object.entries(images).filter(([reference]) => reference.startsWith(prefix));
    if (found.length === 0) {
      const message = `The repository with name '${repositoryName}' does not exist in the registry with id '${accountId}'`;
      throw new ServiceException('RepositoryNotFoundException', message);
    }
    return found.map(([reference, { entry }]) => ({
      reference,
      tag: reference.slice(prefix.length),
      // Two tags of one program are one image.
      digest: `sha256:${createHash('sha256').update(entry).digest('hex')}`,
    }));
  }
  const matches =
    ({ imageTag, imageDigest }: ImageId) =>
    (image: Image) =>
      (imageTag === undefined || image.tag === imageTag) && (imageDigest === undefined || image.digest === imageDigest);
  const details = (all: readonly Image[]) =>
    [...new Set(all.map(({ digest }) => digest))].map((imageDigest) => ({
      registryId: accountId,
      imageDigest,
      imageTags: all.filter(({ digest }) => digest === imageDigest).map(({ tag }) => tag),
    }));

  return {
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    mutating: new Set(['BatchDeleteImage']),
    operations: {
      DescribeImages: (input) => {
        const { repositoryName, imageIds } = read(question, input);
        const all = held(repositoryName);
        if (imageIds === undefined) return { imageDetails: details(all) };
        const missing = imageIds.find((id) => !all.some(matches(id)));
        if (missing) {
          const message = `The image with imageId {${JSON.stringify(missing)}} does not exist within the repository with name '${repositoryName}'`;
          throw new ServiceException('ImageNotFoundException', message);
        }
        return { imageDetails: details(all.filter((image) => imageIds.some((id) => matches(id)(image)))) };
      },
      BatchDeleteImage: (input) => {
        const { repositoryName, imageIds = [] } = read(question, input);
        const all = held(repositoryName);
        const gone = all.filter((image) => imageIds.some((id) => matches(id)(image)));
        for (const { reference } of gone) delete images[reference];
        return {
          imageIds: gone.map(({ tag, digest }) => ({ imageTag: tag, imageDigest: digest })),
          failures: imageIds
            .filter((id) => !all.some(matches(id)))
            .map((id) => ({ imageId: id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' })),
        };
      },
    },
  };
}
