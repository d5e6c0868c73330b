/** How one call of the API is answered: a method, a path with named parts, and what may go wrong in GitHub's words. */
import { z } from 'zod';
import type { GitRepository } from './git.ts';
import type { GitObjects } from './git-objects.ts';

export interface Page {
  number: number;
  size: number;
}

export interface Call {
  /** What the named parts of the path hold, decoded. */
  part: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
  page: Page;
}

export interface Answer {
  /** 200 for what was read, 201 for what was made, when not said. */
  status?: number;
  body: unknown;
  /** The list is one page already, and one entry more when there is a further one. */
  isOnePage?: boolean;
}

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/repos/{owner}/{repo}`: `/pulls/:number/merge`; a last part `:path*` may hold slashes. */
  path: string;
  answer(call: Call): Promise<Answer> | Answer;
}

/** What all parts of the API share. */
export interface Place {
  /** `owner/name` */
  repository: string;
  git: GitRepository;
  objects: GitObjects;
  /** ISO 8601, whole seconds. */
  time(): string;
  /** Whose token it is. */
  login: string;
  /** Called once a branch points somewhere else; `after` is undefined when it is gone. */
  pushed(branch: string, before: string | undefined, after: string | undefined): Promise<void>;
}

export class Refusal extends Error {
  readonly status: number;
  readonly errors: object[];
  constructor(status: number, message: string, errors: object[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const input = schema.safeParse(body);
  if (input.success) return input.data;
  const field = input.error.issues[0]?.path.join('.') ?? '';
  throw new Refusal(422, `Validation Failed: ${field}`, [{ field, code: 'invalid' }]);
}

/** Full id of what the name stands for. */
export async function resolved(git: GitRepository, name: string, status: 404 | 422, message = 'Not Found'): Promise<string> {
  const sha = await git.resolve(name);
  if (sha === undefined) throw new Refusal(status, message);
  return sha;
}

/** The first route that fits, with what its named parts hold. */
export function routeOf(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; part: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const found = patternOf(route.path).exec(path);
    if (found === null) continue;
    const part = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]));
    return { route, part };
  }
  return undefined;
}

function patternOf(path: string): RegExp {
  const pattern = path.replaceAll(/:(\w+)(\*?)/g, (_, name: string, isRest: string) => `(?<${name}>${isRest ? '.+' : '[^/]+'})`);
  return new RegExp(`^${pattern}$`);
}

export const Sha = z.string().regex(/^[0-9a-f]{40}$/);
