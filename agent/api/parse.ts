/** What a request holds, by its schema; every fault in one `API_INVALID`. */
import type { z } from 'zod';
import { InputError } from '../domain/errors.ts';

export function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new InputError('API_INVALID', faults.join('; '));
}
