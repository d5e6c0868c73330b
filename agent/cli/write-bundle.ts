/** Writes a bundle where somebody asked for it: whole, or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { UpstreamError } from '../domain/errors.ts';

export async function writeBundle(file: string, bundle: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await writeFile(unfinished, `${bundle}\n`, { mode: 0o600 });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    throw new UpstreamError('files', 'client', `${file} cannot be written: ${why}`, { cause: error });
  }
}
