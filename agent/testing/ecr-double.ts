/** ECR as far as it tells which images a repository holds, in its own JSON 1.1. Changes nothing. */
import { type AwsAnswer, type AwsDouble, AwsRefusal, jsonAnswer } from './aws-double.ts';

export interface EcrRow {
  tags: string[];
  digest: string;
  /** Digests of the images for each platform, when it is a list of them. */
  platforms?: string[];
}

export interface EcrDouble extends AwsDouble {
  /** Repository → what it holds. */
  repositories: Record<string, EcrRow[]>;
}

const contentType = 'application/x-amz-json-1.1';
type ImageId = { imageTag?: string; imageDigest?: string };

export function ecrDouble(repositories: Record<string, EcrRow[]> = {}): EcrDouble {
  const find = (input: Record<string, unknown>) => {
    const name = String(input.repositoryName);
    const held = repositories[name];
    if (!held) throw new AwsRefusal(400, 'RepositoryNotFoundException', `The repository with name '${name}' does not exist`);
    const [asked = {}] = input.imageIds as ImageId[];
    return held.find((row) => (asked.imageDigest ? row.digest === asked.imageDigest : row.tags.includes(asked.imageTag ?? '')));
  };
  return {
    repositories,
    changing: new Set(),
    read(request, body) {
      const [service, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
      const isOurs = service === 'AmazonEC2ContainerRegistry_V20150921';
      return isOurs ? { operation, input: JSON.parse(body.toString()) as Record<string, unknown> } : undefined;
    },
    answer({ operation, input }): AwsAnswer {
      const row = find(input);
      switch (operation) {
        case 'DescribeImages':
          if (!row) throw new AwsRefusal(400, 'ImageNotFoundException', 'The image does not exist within the repository');
          return jsonAnswer({ imageDetails: [{ imageDigest: row.digest, imageTags: row.tags }] }, 200, contentType);
        case 'BatchGetImage': {
          const manifests = (row?.platforms ?? []).map((digest) => ({ digest }));
          return jsonAnswer({ images: row ? [{ imageManifest: JSON.stringify({ manifests }) }] : [], failures: [] }, 200, contentType);
        }
        default:
          throw new AwsRefusal(400, 'UnknownOperationException', operation);
      }
    },
    refuse: ({ status, type, message }) => jsonAnswer({ __type: type, message }, status, contentType),
  };
}
