/** Reads what a caller sent: the fields an operation uses are checked, the rest is kept as it came. */
import { z } from 'zod';
import { ServiceException } from '../../wire/operation.ts';

export function read<T>(schema: z.ZodType<T>, input: Record<string, unknown>): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw invalid(problems.join('; '));
}

export function invalid(message: string): ServiceException {
  return new ServiceException('InvalidParameterException', message);
}

export function client(message: string): ServiceException {
  return new ServiceException('ClientException', message);
}

export const tagList = z
  .array(z.object({ key: z.string(), value: z.string().optional() }))
  .optional()
  .transform((tags) => Object.fromEntries((tags ?? []).map((tag) => [tag.key, tag.value ?? ''])));

export const pageFields = { nextToken: z.string().optional(), maxResults: z.number().int().min(1).max(100).optional() };

export interface Page<T> {
  items: T[];
  nextToken?: string;
}

/** The token is the offset; a list that changes between pages may repeat or skip an item, as AWS's may. */
export function page<T>(all: readonly T[], request: { nextToken?: string | undefined; maxResults?: number | undefined }): Page<T> {
  const from = request.nextToken === undefined ? 0 : Number(Buffer.from(request.nextToken, 'base64url').toString());
  if (!Number.isInteger(from) || from < 0) throw invalid('Invalid token.');
  const to = from + (request.maxResults ?? 100);
  const items = all.slice(from, to);
  return to < all.length ? { items, nextToken: Buffer.from(String(to)).toString('base64url') } : { items };
}

export function tagsOut(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
