/** Secrets of the settings tree: how long they must be, and how they are described. */
import { z } from 'zod';
import { Secret } from '../domain/secret.ts';

const shortest = (schema: z.ZodString) => schema.min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32');

/** At least 32 characters, for a guessed token is an open door. */
export function secret(description: string) {
  return shortest(z.string())
    .transform((value) => new Secret(value))
    .meta({ description, secret: true });
}

/** None by default; each as long as a secret must be. */
export function secretList(description: string) {
  return z
    .array(shortest(z.string()))
    .default([])
    .transform((values) => values.map((value) => new Secret(value)))
    .meta({ description, secret: true });
}

/** A URL with a password in it; none by default. */
export function secretUrl(form: RegExp, example: string, description: string) {
  return z
    .string()
    .regex(form, `must look like ${example}`)
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description, secret: true });
}
