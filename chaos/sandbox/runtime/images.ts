/** The sandbox's registry: image reference → the Node program that stands for the image. */
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `entry`: a file to run with Node; absolute, `file:` URL, or relative to the working directory. */
export type ImageIndex = Readonly<Record<string, { entry: string }>>;

/** File of the image, or the text ECS gives as the task's stopped reason. */
export function pull(images: ImageIndex, reference: string): { entry: string } | { error: string } {
  const image = Object.hasOwn(images, reference) ? images[reference] : undefined;
  const problem = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: not found`;
  if (image === undefined) return { error: problem };
  const entry = image.entry.startsWith('file:') ? fileURLToPath(image.entry) : image.entry;
  const path = isAbsolute(entry) ? entry : resolve(entry);
  return existsSync(path) ? { entry: path } : { error: `${problem} (the index names ${path}, which does not exist)` };
}
