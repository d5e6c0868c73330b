/** Holds a synthesised stack against the provider's schema: what cdktf's types let through and only Terraform would refuse. */
import type { Body, SynthesisedStack } from '../synthesise.ts';
import type { Attribute, Block, SchemaType, Snapshot } from './snapshot.ts';

/** Terraform's own, in every resource. */
const metaArguments = new Set(['//', 'connection', 'count', 'depends_on', 'for_each', 'lifecycle', 'provider', 'provisioner']);

/** What is wrong, a line each; empty when the provider would take it, as far as a schema tells. */
export function schemaFaults({ name, json }: SynthesisedStack, snapshot: Snapshot): string[] {
  return (['resource', 'data', 'ephemeral'] as const).flatMap((kind) =>
    Object.entries((json[kind] ?? {}) as Record<string, Record<string, Body>>).flatMap(([type, named]) => {
      const block = snapshot[kind][type];
      if (!block) return [`${name}: ${type} is not in the snapshot of the schema; run infra/schema/refresh.ts`];
      return Object.entries(named).flatMap(([id, body]) => {
        const own = Object.fromEntries(Object.entries(body).filter(([key]) => !metaArguments.has(key)));
        return blockFaults(own, block, `${name}: ${type}.${id}`);
      });
    }),
  );
}

function blockFaults(body: Body, block: Block, at: string): string[] {
  const { attributes = {}, block_types: inner = {} } = block;
  const faults: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    const attribute = attributes[key];
    const nested = inner[key];
    if (value === null || value === undefined) continue;
    if (attribute) faults.push(...attributeFaults(value, attribute, `${at}.${key}`));
    else if (nested) {
      for (const [number, item] of itemsOf(value).entries()) faults.push(...blockFaults(item, nested.block, `${at}.${key}[${number}]`));
    } else faults.push(`${at}: ${key} is no argument`);
  }
  for (const [key, { required }] of Object.entries(attributes)) {
    if (required && (body[key] === undefined || body[key] === null)) faults.push(`${at}: ${key} is missing`);
  }
  for (const [key, { min_items: least = 0, max_items: most = 0 }] of Object.entries(inner)) {
    const count = itemsOf(body[key]).length;
    if (isExpression(body[key])) continue;
    if (count < least) faults.push(`${at}: ${key} is missing`);
    if (most > 0 && count > most) faults.push(`${at}: ${key} may be there ${most} times, not ${count}`);
  }
  return faults;
}

function attributeFaults(value: unknown, attribute: Attribute, at: string): string[] {
  if (attribute.computed && !attribute.optional && !attribute.required) return [`${at} is for the provider to say`];
  if (isExpression(value)) return [];
  if (attribute.nested_type) {
    const block: Block = { attributes: attribute.nested_type.attributes };
    return itemsOf(value).flatMap((item, number) => blockFaults(item, block, `${at}[${number}]`));
  }
  return attribute.type === undefined ? [] : typeFaults(value, attribute.type, at);
}

function typeFaults(value: unknown, type: SchemaType, at: string): string[] {
  if (isExpression(value) || value === null || value === undefined) return [];
  if (typeof type === 'string') return isOf(value, type) ? [] : [`${at} must be a ${type}, not ${JSON.stringify(value).slice(0, 60)}`];
  const [kind, of] = type;
  if (kind === 'list' || kind === 'set') {
    if (!Array.isArray(value)) return [`${at} must be a list`];
    return value.flatMap((item, number) => typeFaults(item, of as SchemaType, `${at}[${number}]`));
  }
  if (typeof value !== 'object' || Array.isArray(value)) return [`${at} must be a ${kind}`];
  if (kind === 'map') return Object.entries(value).flatMap(([key, item]) => typeFaults(item, of as SchemaType, `${at}.${key}`));
  const fields = of as Record<string, SchemaType>;
  return Object.entries(value).flatMap(([key, item]) =>
    fields[key] === undefined ? [`${at}: ${key} is no field`] : typeFaults(item, fields[key], `${at}.${key}`),
  );
}

/** Terraform turns texts into numbers and truth values, and back, where that loses nothing. */
function isOf(value: unknown, type: string): boolean {
  if (type === 'number') return typeof value === 'number' || (typeof value === 'string' && value !== '' && Number.isFinite(Number(value)));
  if (type === 'bool') return typeof value === 'boolean' || value === 'true' || value === 'false';
  if (type === 'string') return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return true;
}

function isExpression(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

function itemsOf(value: unknown): Body[] {
  if (Array.isArray(value)) return value as Body[];
  return typeof value === 'object' && value !== null ? [value as Body] : [];
}
