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

/** A password or token that another system gave out: of any length, and none by default. */
export function credential(description: string) {
  return z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description, secret: true });
}
