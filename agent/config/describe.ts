/** Walks the settings tree and names every leaf: what the loader reads, the reference page lists and `.env.example` shows. */
import { z } from 'zod';

export interface SettingDescription {
  path: readonly string[];
  /** `KINTSUGI_` and the path in upper snake case. */
  env: string;
  type: string;
  /** As it would be written in the environment; undefined when the setting is required. */
  default: string | undefined;
  description: string;
  secret: boolean;
  schema: z.ZodType;
}

export function describeSettings(schema: z.ZodType, path: readonly string[] = []): SettingDescription[] {
  const { inner, fallback, description, isSecret } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, child]) => describeSettings(child as z.ZodType, [...path, key]));
  }
  return [
    {
      path,
      env: envName(path),
      type: typeName(inner),
      default: fallback === undefined ? undefined : typeof fallback === 'string' ? fallback : listOrJson(fallback),
      description,
      secret: isSecret,
      schema: inner,
    },
  ];
}

export function envName(path: readonly string[]): string {
  const words = path.flatMap((key) => key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').split(/[^A-Za-z0-9]+/));
  return ['KINTSUGI', ...words].join('_').toUpperCase();
}

/** What an environment string means for this leaf; the schema then judges the value. */
export function parseSetting(schema: z.ZodType, text: string): unknown {
  if (schema instanceof z.ZodNumber) return text.trim() === '' ? text : Number(text);
  if (schema instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema instanceof z.ZodArray && !text.trimStart().startsWith('[')) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; fallback: unknown; description: string; isSecret: boolean } {
  let inner = schema;
  let fallback: unknown;
  let description = '';
  let isSecret = false;
  for (;;) {
    const meta = inner.meta();
    description ||= meta?.description ?? '';
    isSecret ||= meta?.secret === true;
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      fallback ??= inner.def.defaultValue;
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodReadonly) {
      fallback ??= inner instanceof z.ZodOptional ? '' : undefined;
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.def.in as z.ZodType;
    } else {
      return { inner, fallback, description, isSecret };
    }
  }
}

function listOrJson(value: unknown): string {
  const isWords = Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(','));
  return isWords ? value.join(',') : JSON.stringify(value);
}

function typeName(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.join(' | ');
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodString ? 'comma-separated list' : 'JSON list';
  if (schema instanceof z.ZodString || schema instanceof z.ZodURL) return 'text';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'true | false';
  return 'JSON';
}
