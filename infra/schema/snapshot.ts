/**
 * What the AWS provider takes, as a snapshot of its own schema: only the types we use, without descriptions. `refresh.ts` makes it where
 * Terraform and the provider are at hand; reading it needs neither.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** As Terraform writes types: `"string"`, `["list", "string"]`, `["object", {…}]`. */
export type SchemaType = string | [string, SchemaType | Record<string, SchemaType>];

export interface Attribute {
  type?: SchemaType;
  nested_type?: { attributes: Record<string, Attribute>; nesting_mode: string };
  required?: boolean;
  optional?: boolean;
  computed?: boolean;
}

export interface Block {
  attributes?: Record<string, Attribute>;
  block_types?: Record<string, { block: Block; min_items?: number; max_items?: number }>;
}

export interface Snapshot {
  provider: string;
  resource: Record<string, Block>;
  data: Record<string, Block>;
  ephemeral: Record<string, Block>;
}

export const snapshotFile = join(import.meta.dirname, 'aws-5.100.0.json.br');

export function readSnapshot(): Snapshot {
  return JSON.parse(brotliDecompressSync(readFileSync(snapshotFile)).toString('utf8')) as Snapshot;
}
