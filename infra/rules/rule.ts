/** A rule every environment keeps: asked after each synthesis, before anything is written. */
import type { Body, Environment, Resource } from '../synthesise.ts';

export interface Rule {
  id: string;
  /** What holds, in a sentence. */
  says: string;
  /** What breaks it, a line each. */
  faults(environment: Environment): string[];
}

/** `${aws_s3_bucket.x.id}` and the like: whether it names that resource of its own stack. */
export function refersTo(value: unknown, { type, name }: Resource): boolean {
  return typeof value === 'string' && value.includes(`\${${type}.${name}.`);
}

/** A block as Terraform's JSON has it: one, or a list of them. */
export function blocks(value: unknown): Body[] {
  if (Array.isArray(value)) return value as Body[];
  return typeof value === 'object' && value !== null ? [value as Body] : [];
}

export function block(value: unknown): Body {
  return blocks(value)[0] ?? {};
}

/** What a resource or statement is called in a fault. */
export function place({ stack, type, name }: Resource & { stack: string }): string {
  return `${stack}: ${type}.${name}`;
}
