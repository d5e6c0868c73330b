/**
 * `node infra/schema/refresh.ts SCHEMA.json`: makes the snapshot from what `terraform providers schema -json` wrote in a folder that requires
 * the provider in the version of its name. Only the types that our stacks use are kept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { dev } from '../settings/dev.ts';
import { prod } from '../settings/prod.ts';
import { checkSettings } from '../settings/settings.ts';
import { type Body, synthesise } from '../synthesise.ts';
import { type Block, type Snapshot, snapshotFile } from './snapshot.ts';

interface ProviderSchema {
  resource_schemas: Record<string, { block: Block }>;
  data_source_schemas: Record<string, { block: Block }>;
  ephemeral_resource_schemas?: Record<string, { block: Block }>;
}

const provider = 'registry.terraform.io/hashicorp/aws';
const wordsOnly = new Set(['description', 'description_kind', 'deprecated', 'sensitive']);

/** Words about attributes, not attributes that are called so: those are objects. */
function withoutWords(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => !(wordsOnly.has(key) && typeof inner !== 'object')));
}

const written = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as { provider_schemas: Record<string, ProviderSchema> };
const schema = written.provider_schemas[provider];
if (!schema) throw new Error(`${process.argv[2]} says nothing of ${provider}`);
const stacks = [dev, prod].flatMap((settings) => synthesise(checkSettings(settings)).stacks);
const used = (kind: string) => [...new Set(stacks.flatMap(({ json }) => Object.keys((json[kind] ?? {}) as Body)))].sort();
const keep = (kind: string, all: Record<string, { block: Block }> = {}) =>
  Object.fromEntries(used(kind).map((type) => [type, all[type]?.block ?? {}]));
const snapshot: Snapshot = {
  provider,
  resource: keep('resource', schema.resource_schemas),
  data: keep('data', schema.data_source_schemas),
  ephemeral: keep('ephemeral', schema.ephemeral_resource_schemas),
};
const text = Buffer.from(JSON.stringify(snapshot, withoutWords));
writeFileSync(snapshotFile, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }));
process.stdout.write(`${snapshotFile}: ${Object.keys(snapshot.resource).length} types\n`);
