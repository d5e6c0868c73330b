/** Which commit a task definition was built from, as far as anything in it says so. A digest names an image, not a commit. */
import type { TaskDefinition } from './schema.ts';

const label = 'org.opencontainers.image.revision';
const variables = ['GIT_SHA', 'GIT_COMMIT', 'GIT_REVISION', 'COMMIT_SHA', 'SOURCE_COMMIT', 'SOURCE_VERSION', 'GITHUB_SHA', 'CI_COMMIT_SHA'];
const sha = /^[0-9a-f]{7,64}$/;

/** Empty when nothing does. What the builder wrote down goes before what a tag looks like. */
export function shaOf({ containerDefinitions, tags }: TaskDefinition): string {
  const essential = containerDefinitions.filter((container) => container.essential);
  const said = [
    ...essential.map(({ dockerLabels }) => dockerLabels[label]),
    ...[label, 'git-sha', 'git-commit'].map((name) => tags.find(({ key }) => key.toLowerCase() === name)?.value),
    ...variables.flatMap((name) => essential.map(({ environment }) => environment.find((one) => one.name === name)?.value)),
  ];
  const named = said.map((value) => value?.trim().toLowerCase() ?? '').find((value) => sha.test(value));
  return named ?? essential.map(({ image }) => shaOfTag(image)).find((value) => value !== '') ?? '';
}

/** `repo:3f2a1c9`, `repo:sha-3f2a1c9`; digits alone are rather a date or a build number. */
function shaOfTag(image: string): string {
  const [name = ''] = image.split('@', 1);
  const tag =
    /:([^:/]{1,128})$/
      .exec(name)?.[1]
      ?.toLowerCase()
      .replace(/^(?:sha|git)-/, '') ?? '';
  return sha.test(tag) && (/[a-f]/.test(tag) || tag.length === 40) ? tag : '';
}
