/** A value that prints as `***` wherever it ends up by mistake: logs, errors, JSON. */
import { z } from 'zod';

export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}

/** At least 32 characters, for a guessed token is an open door. */
export function secret(description: string) {
  return z
    .string()
    .min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32')
    .transform((value) => new Secret(value))
    .meta({ description, secret: true });
}
