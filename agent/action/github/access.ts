/** What the actions that write to GitHub share: the settings, the token, and where the code of each service is. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import { createGithubCalls, type GithubCalls } from './call.ts';

/** One name of a repository, spelt exactly; `..` would lead out of it. */
const repositoryName = /^(?!\.{1,2}\/)[\w.-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/;

const Place = z.strictObject({
  repository: z.string().regex(repositoryName, 'must look like owner/name'),
  paths: z.array(z.string().min(1).max(300)).max(50).default([]),
  branch: z.string().max(255).default(''),
});
export type GithubPlace = Readonly<z.output<typeof Place>>;

export const githubSettingsSchema = z.strictObject({
  url: baseUrl('Base URL of the REST API; of GitHub Enterprise Server it is https://HOST/api/v3').default('https://api.github.com'),
  token: credential(
    'Token that may write; fine-grained: contents, issues and pull requests, checks and commit statuses to read. Without one nothing is written to GitHub',
  ),
  services: z
    .record(z.string().min(1), Place)
    .optional()
    .describe('Where the code of each service is, in the form of `evidence.github.services`, which holds when this is left out'),
  timeoutMs: z.int().min(100).max(120_000).default(10_000).describe('Time one call to GitHub may take, milliseconds'),
  maxBytes: z.int().min(10_000).default(4_000_000).describe('Largest reply to one call, bytes'),
});
export type GithubSettings = z.output<typeof githubSettingsSchema>;

export interface GithubAccess {
  calls: GithubCalls;
  /** undefined when nobody has said where its code is. */
  placeOf(service: string): GithubPlace | undefined;
}

/** undefined when nothing may be written: without a token. `elsewhere` are the places that evidence is read from. */
export function createGithubAccess(
  settings: GithubSettings,
  elsewhere: Readonly<Record<string, GithubPlace>>,
  deps: { fetch: typeof fetch },
): GithubAccess | undefined {
  const { token } = settings;
  if (token === undefined) return undefined;
  const places = new Map(Object.entries(settings.services ?? elsewhere));
  return {
    calls: createGithubCalls({ ...settings, token }, deps),
    placeOf(service) {
      const place = places.get(service) ?? places.get('*');
      // A function, for a name may hold what `replaceAll` takes for a reference.
      return place && { ...place, paths: place.paths.map((path) => path.replaceAll('{service}', () => service)) };
    },
  };
}

/** Whether the file is the folder itself or lies in it. */
export function isWithin(file: string, folder: string): boolean {
  const path = folder.replace(/\/+$/, '');
  return file === path || file.startsWith(`${path}/`);
}
